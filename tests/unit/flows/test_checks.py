"""Proofs about flows: one table for errors, one for warnings, one for what is fine."""

from pathlib import Path
from textwrap import indent

import pytest

from warmline.connect import jsonpath
from warmline.flows.checks import check
from warmline.flows.checks_roads import longest_way
from warmline.flows.flow import FlowFile, Table
from warmline.flows.problem import Problem, Severity
from warmline.flows.reader import parse

ASK = 'ask: { slot: s, type: free, prompt: "What?" }'
ROADS = "on: { ok: bye, error: bye }"


def flow(nodes: str, head: str = "") -> FlowFile:
    """Greets, then goes to the node `question`; `bye` ends."""
    hello = 'hello: { say: "A virtual assistant.", then: question }'
    bye = 'bye: { end: "Goodbye." }' if ": bye" in nodes else ""
    text = f"flow: f\nnodes:\n{indent(chr(10).join((hello, bye, nodes)), '  ')}\n{head}\n"
    given = {"start": "hello", "escape": {"queue": "q"}} | parse(Path("f"), text.encode()).value
    return FlowFile.model_validate(given)


def told(problems: list[Problem], severity: Severity) -> list[str]:
    found = (problem for problem in problems if problem.severity is severity)
    return [f"{'.'.join(map(str, problem.path))}: {problem.message}" for problem in found]


def errors(nodes: str, head: str = "", tables: dict[str, Table] | None = None) -> list[str]:
    return told(check(flow(nodes, head), tables or {}), Severity.ERROR)


def warnings(nodes: str, head: str = "", tables: dict[str, Table] | None = None) -> list[str]:
    problems = check(flow(nodes, head), tables or {})
    assert not told(problems, Severity.ERROR)
    return told(problems, Severity.WARNING)


# --- roads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (
            f"question: {{ {ASK}, then: bye_ }}",
            "question.then: there is no node 'bye_'; did you mean",
        ),
        (f"question: {{ {ASK}, then: question }}", "nodes.question: no road leads from here"),
        (
            "question: { say: a, then: again }\nagain: { say: b, then: question }",
            "nodes.again: the call comes back here without asking anything",
        ),
        (
            "question: { call: { endpoint: e }, on: { ok: bye, error: again } }\n"
            "again: { set: { x: y }, then: question }",
            "nodes.question: the call comes back here without asking anything",
        ),
        (
            "question: { look_up: { table: t, key: k, save: {} }, on: { found: bye, "
            "not_found: b } }\nb: { branch: hours, on: { open: bye, closed: question } }",
            "nodes.b: the call comes back here without asking anything",
        ),
    ],
)
def test_roads_that_lead_astray(nodes: str, message: str) -> None:
    assert any(message in text for text in errors(nodes)), errors(nodes)


def test_closed_hours_lead_to_a_node() -> None:
    head = "escape: { queue: q, closed: night }"
    assert (
        "escape.closed: there is no node 'night'"
        in errors(f"question: {{ {ASK}, then: bye }}", head)[0]
    )


def test_a_node_beside_all_roads_is_told() -> None:
    nodes = f"question: {{ {ASK}, then: bye }}\nisland: {{ end: x }}"
    assert warnings(nodes) == ["nodes.island: no road from the start leads here"]


def test_hand_backs_and_closed_hours_need_no_road() -> None:
    nodes = (
        f"question: {{ {ASK}, then: bye }}\nback: {{ handback: 'Welcome back.', then: question }}\n"
        "night: { end: 'We are closed.' }"
    )
    head = "escape: { queue: q, closed: night }\nhours: { open: { mon: ['09:00-17:00'] } }"
    assert not warnings(nodes, head)


def test_a_person_is_near() -> None:
    chain = "".join(f"n{at}: {{ say: and, then: n{at + 1} }}\n" for at in range(8))
    nodes = f"question: {{ say: so, then: n0 }}\n{chain}n8: {{ {ASK}, then: bye }}"
    (warning,) = warnings(nodes)
    assert warning == (
        "nodes.hello: 10 nodes follow before the caller can speak, and ask for a person"
    )
    assert longest_way(flow(nodes)) == 10
    assert longest_way(flow(f"question: {{ {ASK}, then: bye }}")) == 1


@pytest.mark.parametrize(
    ("first", "disclosed"),
    [
        ("{ say: This is an automated line., then: bye }", True),
        ("{ say: I'm an AI., then: bye }", True),
        ("{ say: 'Hello, this is Joe. I said hello.', then: bye }", False),
        ("{ say: 'Hello [from the {s} robot].', then: bye }", False),
        ("{ ask: { slot: s, type: free, prompt: Virtual me? }, then: bye }", True),
        ("{ ask: { slot: s, type: free, prompt: [Yes?, A machine?] }, then: bye }", False),
        ("{ ask: { prompt: A robot?, slots: { a: { type: name } } }, then: bye }", True),
        ("{ menu: { prompt: A bot., items: { a: x } }, on: { else: bye } }", True),
        ("{ consent: { purpose: p, prompt: May I? }, then: bye }", False),
        ("{ escalate: x }", False),
        ("{ escalate: { say: The machine passes you on. } }", True),
        ("{ set: { a: b }, then: robot }", True),
        ("{ set: { a: b }, then: human }", False),
        ("{ branch: hours, on: { open: robot, closed: robot } }", True),
        ("{ branch: hours, on: { open: robot, closed: human } }", False),
        ("{ call: { endpoint: e }, on: { ok: robot, error: robot } }", False),
        (
            "{ call: { endpoint: e, while_waiting: The computer looks. }, "
            "on: { ok: human, error: robot } }",
            True,
        ),
        ("{ end: {} }", False),
    ],
)
def test_the_first_words_disclose_the_machine(first: str, disclosed: bool) -> None:
    nodes = (
        f"question: {first}\nrobot: {{ say: A virtual one., then: bye }}\n"
        "human: { say: I'm Ann., then: bye }"
    )
    head = "start: question\nendpoints: [e]"
    lacking = [text for text in errors(nodes, head) if "disclose the machine" in text]
    assert (not lacking) is disclosed


# --- answers -------------------------------------------------------------------------------------


def ask(rest: str, road: str = "then: bye") -> str:
    return f"question: {{ ask: {{ slot: s, prompt: 'What?', {rest} }}, {road} }}"


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (f"question: {{ {ASK} }}", "nodes.question: expected either 'then' or 'on'"),
        (
            f"question: {{ {ASK}, then: bye, on: {{ else: bye }} }}",
            "expected either 'then' or 'on'",
        ),
        (f"question: {{ {ASK}, on: {{ a: bye }} }}", "on.a: the answer is never 'a'"),
        (ask("type: yes_no", "on: { yes: bye }"), "expected a node for 'no', or an 'else'"),
        (ask("type: yes_no", "on: { yess: bye, else: bye }"), "never 'yess'; did you mean 'yes'?"),
        (
            ask("type: number", "on: { '1': bye }") and ask("type: date", "on: { a: bye }"),
            "never 'a'",
        ),
        (ask("type: choice, options: { a: [x] }"), "expected 2 or more options, found 1"),
        (
            ask("type: choice, options: { a: [x], b: [X!] }"),
            "nodes.question.ask.options.b.0: 'X!' stands under 'a' already",
        ),
        (ask("type: choice, options: { a: [x], b: ['!?'] }"), "b.0: expected words, found '!?'"),
        (ask("type: free, options: { a: [x] }"), "ask.options: expected an 'on' with their roads"),
        (
            ask("type: digits(4), options: { none: [x] }", "on: { none: bye }"),
            "expected a node for all other answers, or an 'else'",
        ),
        (ask("type: yes_no, read_back: 'Yes?'"), "ask.read_back: a yes or no is not read back"),
        (ask("type: yes_no, confirm: always"), "ask.confirm: a yes or no is not read back"),
        (ask("type: digits, minDigits: 4"), "ask.minDigits: expected a 'maxDigits' beside it"),
        (ask("type: digits(4), maxDigits: 4"), "maxDigits: expected it beside 'type: digits'"),
        (
            "question: { menu: { prompt: Which?, items: { a: one, b: two } }, on: { a: bye } }",
            "nodes.question.on: expected a node for 'b', or an 'else'",
        ),
        (
            "question: { menu: { prompt: Which?, items: { a: one, b: One } }, on: { else: bye } }",
            "menu.items.b.0: 'One' stands under 'a' already",
        ),
        (
            "question: { ask: { prompt: p, slots: { a: { type: name } } }, on: { else: bye } }",
            "expected 'then': a form has one road",
        ),
        (
            "question: { ask: { prompt: p, slots: { a: { type: name, options: { x: [y] } } } }, "
            "then: bye }",
            "slots.a.options: expected options beside 'choice' only",
        ),
        (
            "question: { ask: { prompt: p, slots: { a: { type: intent } } }, then: bye }",
            "slots.a.type: expected no intent in a form",
        ),
        ("question: { consent: { purpose: p, prompt: P? } }", "expected either 'then' or 'on'"),
        ("question: { branch: s, on: { a: bye } }", "nodes.question.on: expected an 'else'"),
        ("question: { branch: hours, on: { open: bye } }", "expected a node for 'closed'"),
        ("question: { branch: hours, on: { opn: bye, else: bye } }", "did you mean 'open'?"),
    ],
)
def test_answers_without_a_road_or_with_two(nodes: str, message: str) -> None:
    assert any(message in text for text in errors(nodes)), errors(nodes)


INTENTS = "intents: { pay: [pay my bill], move: [I moved] }"


@pytest.mark.parametrize(
    ("head", "road", "message"),
    [
        (INTENTS, "on: { pai: bye, move: bye }", "there is no intent 'pai'; did you mean 'pay'?"),
        (INTENTS, "on: { pay: bye, else: bye }", "an intent question has no 'else'"),
        (
            "intents: { pay: [a b], move: [A B] }",
            "on: { pay: bye }",
            "intents.move.0: 'A B' stands",
        ),
        ("intents: { pay: ['…'] }", "on: { pay: bye }", "intents.pay.0: expected words"),
    ],
)
def test_intents(head: str, road: str, message: str) -> None:
    nodes = ask("type: intent", road)
    assert any(message in text for text in errors(nodes, head)), errors(nodes, head)


def test_more_options_than_keys() -> None:
    options = ", ".join(f"o{at}: [word{at}]" for at in range(10))
    options = options.replace("word", "word ")
    (warning,) = warnings(ask(f"type: choice, options: {{ {options} }}"))
    assert "10 options: more than 9 have no keys" in warning


# --- slots ---------------------------------------------------------------------------------------

FORM = (
    "question: { ask: { prompt: What?, READ slots: { size: { type: name, prompt: Size? }, "
    "milk: { type: name }, extra: { type: name, prompt: More?, optional: true } } }, then: told }\n"
)


def secure(more: str = "", road: str = ROADS) -> str:
    slot = "slot: pin, type: digits(4), prompt: Your PIN?, endpoint: e"
    return f"question: {{ secure_input: {{ {slot}{more} }}, {road} }}"


TOLD = "on: { ok: told, error: bye }"


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ("question: { branch: s, on: { else: bye } }", "branch: nothing fills the slot 's'"),
        ("question: { say: 'Dear {nam}.', then: bye }", "nothing fills the slot 'nam'"),
        (
            "question: { branch: hours, on: { open: more, else: told } }\n"
            f"more: {{ {ASK}, then: told }}\ntold: {{ end: 'You said {{s}}.' }}",
            "nodes.told.end.say: the slot 's' is not filled on every road",
        ),
        (
            f"question: {{ branch: s, on: {{ else: more }} }}\nmore: {{ {ASK}, then: bye }}",
            "nodes.question.branch: the slot 's' is not filled on any road",
        ),
        (
            f"question: {{ say: 'Hello[ {{s}}].', then: more }}\nmore: {{ {ASK}, then: bye }}",
            "nodes.question.say: the slot 's' is not filled on any road",
        ),
        (
            "question: { ask: { slot: s, type: free, prompt: '{s}?' }, then: bye }",
            "nodes.question.ask.prompt: the slot 's' is not filled on every road",
        ),
        (
            "question: { ask: { slot: s, type: free, prompt: What?, options: { x: [stop] } }, "
            "on: { x: told, else: bye } }\ntold: { end: 'You said {s}.' }",
            "nodes.told.end.say: the slot 's' is not filled on every road",
        ),
        (
            ask("type: digits(4), options: { x: [I have none] }", "on: { x: told, else: bye }")
            + "\ntold: { end: 'You said {s}.' }",
            "nodes.told.end.say: the slot 's' is not filled on every road",
        ),
        (FORM + "told: { end: 'A {size} with {milk}.' }", "the slot 'milk' is not filled on every"),
        (FORM + "told: { end: 'A {size} with {extra}.' }", "the slot 'extra' is not filled on ev"),
        (
            FORM.replace("READ", "read_back: 'With {milk}?',") + "told: { end: x }",
            "ask.read_back: the slot 'milk' is not filled on every",
        ),
        (
            "question: { look_up: { table: t, key: '{s}', save: {} }, "
            "on: { found: bye, not_found: bye } }",
            "look_up.key: nothing fills the slot 's'",
        ),
        (
            f"question: {{ call: {{ endpoint: e, with: {{ id: '{{s}}' }} }}, {ROADS} }}",
            "call.with.id: nothing fills the slot 's'",
        ),
        (
            "question: { call: { endpoint: e, save: { s: $.s } }, on: { ok: bye, error: told } }\n"
            "told: { end: 'It is {s}.' }",
            "nodes.told.end.say: the slot 's' is not filled on every road",
        ),
        ("question: { set: { a: '{b}' }, then: bye }", "set.a: nothing fills the slot 'b'"),
        (
            "question: { escalate: { callback: phone } }",
            "escalate.callback: nothing fills the slot",
        ),
        ("question: { set: { hours: open }, then: bye }", "the slot 'hours' is always there"),
        (
            f"question: {{ {ASK}, then: bye }}\nback: {{ handback: '{{s}} again.', then: bye }}",
            "handback.say: the slot 's' is not filled on every road",
        ),
        # Secrets are for one endpoint.
        (
            secure(road=TOLD) + "\ntold: { end: '{pin}.' }",
            "nodes.told.end.say: the secret 'pin' goes to its endpoint by itself",
        ),
        (
            secure(", with: { p: '{pin}' }"),
            "secure_input.with.p: the secret 'pin' goes to its endpoint by itself",
        ),
        (
            secure(road=TOLD)
            + "\ntold: { ask: { slot: pin, type: free, prompt: Again? }, then: bye }",
            "nodes.told: the secret 'pin' is filled by a secure_input only",
        ),
        (
            secure(road=TOLD) + "\ntold: { branch: pin, on: { else: bye } }",
            "nodes.told.branch: the secret 'pin' goes to its endpoint",
        ),
    ],
)
def test_slots_that_are_not_filled_or_not_to_be_told(nodes: str, message: str) -> None:
    nodes = nodes.replace("READ", "")
    found = errors(nodes, "endpoints: [e]\ntables: { t: t.json }")
    assert any(message in text for text in found), found


@pytest.mark.parametrize(
    "nodes",
    [
        f"question: {{ {ASK}, on: {{ else: bye }} }}",
        ask("type: yes_no", "on: { no: bye, else: bye }"),
        ask("type: free, read_back: '{s}?'"),
        ask("type: digits, minDigits: 3, maxDigits: 5"),
        ask("type: digits(4), options: { none: [I have none] }", "on: { none: bye, else: bye }"),
        f"question: {{ {ASK}, then: more }}\nmore: {{ branch: s, on: {{ else: bye }} }}",
        FORM + "told: { end: 'A {size}[ with {milk}][ and {extra}].' }",
        FORM.replace("READ", "read_back: 'A {size}[ with {milk}]?',") + "told: { end: x }",
        "question: { consent: { purpose: rec, prompt: May I? }, then: more }\n"
        "more: { branch: rec, on: { 'yes': bye, else: bye } }",
        "question: { menu: { slot: s, prompt: Which?, items: { a: one, b: two } }, on: { a: told, "
        "b: told } }\ntold: { end: 'You chose {s}.' }",
        "question: { set: { a: b }, then: told }\ntold: { end: '{a} {hours}.' }",
        secure(),
        ask("type: phone", "then: later") + "\nlater: { escalate: { callback: s } }",
        "question: { branch: hours, on: { open: bye, closed: told } }\n"
        f"told: {{ {ASK}, then: bye }}\nback: {{ handback: 'Hello[ {{s}}].', then: bye }}",
    ],
)
def test_good_flows(nodes: str) -> None:
    nodes = nodes.replace("READ", "")
    head = "endpoints: [e]" if "endpoint" in nodes else ""
    assert not warnings(nodes, head)


@pytest.mark.parametrize(
    ("nodes", "path"),
    [
        ("question: { set: { a: b }, then: bye }", "set.a"),
        (f"question: {{ call: {{ endpoint: e, save: {{ a: $.a }} }}, {ROADS} }}", "call.save.a"),
        (secure(", save: { a: $.a }"), "save.a"),
        (
            "question: { look_up: { table: t, key: k, save: { a: f } }, "
            "on: { found: bye, not_found: bye } }",
            "look_up.save.a",
        ),
    ],
)
def test_slots_that_nobody_reads(nodes: str, path: str) -> None:
    head = "endpoints: [e]" if "endpoint" in nodes else "tables: { t: t.json }"
    if "set:" in nodes:
        head = ""
    (warning,) = warnings(nodes, head, {"t": {"k": {"f": "x"}}})
    assert f"{path}: the slot 'a' is never used" in warning


# --- what a flow names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (
            "question: { look_up: { table: peple, key: k, save: {} }, "
            "on: { found: bye, not_found: bye } }",
            "look_up.table: there is no table 'peple'; did you mean 'people'?",
        ),
        (
            "question: { look_up: { table: people, key: k, save: { a: nom } }, "
            "on: { found: bye, not_found: bye } }",
            "look_up.save.a: 1 of 1 records have no field 'nom'",
        ),
        (
            "question: { answer: { prompt: What?, knowledge: faqs }, then: bye }",
            "answer.knowledge: there is no knowledge 'faqs'; did you mean 'faq'?",
        ),
        (
            f"question: {{ call: {{ endpoint: order }}, {ROADS} }}",
            "call.endpoint: 'order' is not among the flow's endpoints; did you mean 'orders'?",
        ),
        (
            secure(),
            "secure_input.endpoint: 'e' is not among the flow's endpoints",
        ),
        (
            f"question: {{ call: {{ endpoint: orders, save: {{ a: status }} }}, {ROADS} }}",
            "call.save.a: expected a JSON path to one value",
        ),
    ],
)
def test_what_is_named_exists(nodes: str, message: str) -> None:
    head = "tables: { people: p.json }\nknowledge: { faq: faq }\nendpoints: [orders]"
    found = errors(nodes, head, {"people": {"k": {"name": "Ann"}}})
    assert any(message in text for text in found), found


def test_a_table_that_could_not_be_read_is_not_checked() -> None:
    nodes = (
        "question: { look_up: { table: t, key: k, save: { a: b } }, on: { found: told, "
        "not_found: bye } }\ntold: { end: '{a}.' }"
    )
    assert not errors(nodes, "tables: { t: t.json }")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("tables: { t: t.json }", "tables.t: 't' is never used"),
        ("knowledge: { k: folder }", "knowledge.k: 'k' is never used"),
        ("endpoints: [e]", "endpoints: 'e' is never used"),
        (INTENTS, "intents.pay: 'pay' is never used"),
        ("hours: { open: {} }", "hours: no node for callers who want a person outside these"),
        (
            "escape: { queue: q, closed: bye }",
            "escape.closed: a flow without hours is never closed",
        ),
    ],
)
def test_what_is_named_for_nothing(head: str, message: str) -> None:
    found = warnings(f"question: {{ {ASK}, then: bye }}", head)
    assert any(message in text for text in found), found


@pytest.mark.parametrize(
    "path",
    [
        *("$", "$.a", "$.a.b_c[0]", "$[-1]", "$['a b'].c", '$["it\'s"]', r"$['it\'s']", "$.état"),
        *("", "a", "$.", "$..a", "$.*", "$[*]", "$[?(@.a)]", "$[1:2]", "$.a b", "$[01]", "$['a"),
        *("$.a" * 2, "$" + ".a" * 20, "$" + ".a" * 21, "$.1a", "$['" + "a" * 190, "$[9999999999]"),
    ],
)
def test_json_paths_are_those_of_the_connector(path: str) -> None:
    try:
        jsonpath.parse(path)
        fine = True
    except ValueError:
        fine = False
    quoted = "'" + path.replace("'", "''") + "'"
    found = errors(f"question: {{ call: {{ endpoint: e, save: {{ a: {quoted} }} }}, {ROADS} }}")
    assert (not any("JSON path" in text for text in found)) is fine


# --- how it sounds -------------------------------------------------------------------------------


def test_what_is_too_long_before_a_question() -> None:
    say = " ".join(["word"] * 34)
    nodes = f"question: {{ say: '{say}', then: more }}\nmore: {{ {ASK}, then: bye }}"
    (warning,) = warnings(nodes)
    assert warning == (
        "nodes.more: the caller hears 38 words (about 15 s) before the answer; 37 are enough"
    )
    assert not warnings(nodes.replace("word ", "", 1))


def test_the_longest_way_to_a_question_counts() -> None:
    say = " ".join(["word"] * 40)
    nodes = (
        "question: { branch: hours, on: { open: more, closed: long } }\n"
        f"long: {{ say: '{say}', then: more }}\nmore: {{ {ASK}, then: bye }}"
    )
    assert "nodes.more: the caller hears 44 words" in warnings(nodes)[0]


def test_a_menu_is_read_out_in_full() -> None:
    items = ", ".join(f"i{at}: thing number {at}" for at in range(6))
    nodes = f"question: {{ menu: {{ prompt: Which?, items: {{ {items} }} }}, on: {{ else: bye }} }}"
    found = warnings(nodes)
    assert "nodes.question: the caller hears 40 words" in found[0]
    assert "nodes.question.menu.items: 6 items: a caller remembers 5" in found[1]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("This is *important*.", "*"),
        ("Go to https://example.org now.", "://"),
        ("See www.example.org.", "www."),
        ("Press #.", "#"),
        ("Great \U0001f600!", "\U0001f600"),
        ("Open → close.", "→"),
        ("<b>Now</b>", "<"),
    ],
)
def test_what_a_voice_cannot_read(text: str, sign: str) -> None:
    (warning,) = warnings(
        f"question: {{ ask: {{ slot: s, type: free, prompt: '{text}' }}, then: bye }}"
    )
    assert warning == f"nodes.question.ask.prompt: a voice cannot read {sign!r}; write it as words"


@pytest.mark.parametrize(
    ("nodes", "head", "path"),
    [
        ("question: { say: '…', then: bye }", "", "nodes.question.say"),
        (
            f"question: {{ {ASK}, then: bye }}",
            "repair: { no_match: [Sorry., '...'] }",
            "repair.no_match",
        ),
        (f"question: {{ {ASK}, then: bye }}", "escape: { queue: q, say: ' ' }", "escape.say"),
        (
            "question: { menu: { prompt: Which?, help: '?', items: { a: x } }, on: { else: bye } }",
            "",
            "nodes.question.menu.help",
        ),
    ],
)
def test_texts_without_words(nodes: str, head: str, path: str) -> None:
    (error,) = errors(nodes, head)
    assert error.startswith(f"{path}: expected words to say")


def test_formats_are_no_markdown() -> None:
    nodes = "question: { set: { order_no: x }, then: told }\ntold: { end: '{order_no:last4}.' }"
    assert not warnings(nodes)
