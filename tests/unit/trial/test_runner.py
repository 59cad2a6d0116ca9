"""Conversations against a flow: what passes, what fails, and what the author is told."""

from collections.abc import Callable

import pytest

from warmline.trial.outcome import Outcome

Play = Callable[..., Outcome]

NO = 'caller: "no"'
PARCEL = 'caller: "my parcel"'
NUMBER = 'caller: "four five two seven"'
YES = 'caller: "yes"'
SHIPPED = "endpoints: { orders: [ { ok: { status: shipped } } ] }\n"
FOUND = (NO, PARCEL, NUMBER, YES)


def told(outcome: Outcome) -> list[str]:
    return [f"{f.line}: {f.expected} | {f.found}" for f in outcome.failures]


@pytest.mark.parametrize(
    "steps",
    [
        ["bot: { node: [welcome, recording], says: automated assistant, absent: goodbye }"],
        ['bot: "hello … may we RECORD"'],
        [NO, "bot: { node: reason, consent: { recording: no }, slot: { recording: no } }"],
        ["caller: { dtmf: '1' }", "bot: { consent: { recording: yes } }"],
        ['caller: { interrupts: "yes" }', "bot: { says: in full, node: recording }"],
        [*FOUND, "bot: { says: it is shipped, slot: { order: 4527, reason: parcel } }"],
        [*FOUND, "bot: { fetches: { orders: { id: 4527 } } }"],
        [*FOUND, "bot: { node: order, within_turns: 3, ends: false }"],
        [*FOUND, NO, "bot: { says: goodbye, node: goodbye, ends: true }"],
        [NO, PARCEL, 'caller: { dtmf: "4527#" }', 'bot: "4 5 2 7"'],
        [NO, PARCEL, 'caller: { dtmf: "45" }', 'bot: "I need four digits"'],
        [NO, "caller: { silence: true }", 'bot: "I didn\'t hear anything"'],
        [NO, "caller: { silence: 5 }", "bot: { absent: hear anything }"],
        [NO, "caller: { silence: 30 }", 'bot: "are you still there"'],
        [NO, "caller: { noise: true }", 'bot: { absent: "parcel" }'],
        [NO, "caller: { noise: failed }", 'bot: "couldn\'t make that out"'],
        [NO, "caller: { text: mumble, alternatives: [a parcel] }", "bot: { node: order }"],
        ['caller: "agent"', "bot: { escalates: parcels, packet: { reason: asked }, ends: true }"],
        [NO, 'caller: "a loan"', "bot: { escalates: loans, packet: { reason: a loan } }"],
        [NO, "caller: { mood: -0.9 }", PARCEL, "bot: { node: order }"],
        [NO, "caller: { hangs_up: true }", "bot: { ends: false }"],
        [
            'caller: "agent"',
            "agent: { hands_back: anna }",
            "bot: { node: [again, more], says: with the automated assistant again, ends: false }",
            NO,
            "bot: { ends: true }",
        ],
    ],
)
def test_what_is_so_passes(play: Play, steps: list[str]) -> None:
    assert told(play(*steps, head=SHIPPED)) == []


@pytest.mark.parametrize(
    ("steps", "failures"),
    [
        (["bot: goodbye"], ['5: "goodbye" to be said | other words']),
        (
            ['bot: "may we record … hello"'],
            ['5: "hello" to be said | it was said earlier'],
        ),
        (["bot: { absent: hello }"], ['5: "hello" not to be said | it was said']),
        (
            ["bot: { node: more }"],
            ["5: the node more | welcome, recording; the call stands at recording"],
        ),
        ([NO, "bot: { slot: { recording: yes } }"], ["6: recording = 'yes' | 'no'"]),
        ([NO, "bot: { slot: { order: 4527 } }"], ["6: order = '4527' | nothing"]),
        ([NO, "bot: { consent: { recording: yes } }"], ["6: yes to recording | no"]),
        (
            ["bot: { consent: { recording: yes } }"],
            ["5: yes to recording | no answer that counts"],
        ),
        (["bot: { escalates: parcels }"], ["5: a person of the queue parcels | none"]),
        (
            ['caller: "agent"', "bot: { packet: { reason: no_match, slots: { order: 1 } } }"],
            ["6: order = '1' for the person | nothing", "6: the reason 'no_match' | asked"],
        ),
        (["bot: { callback: true }"], ["5: a call back | none"]),
        (["bot: { ends: true }"], ["5: the call to end | it goes on"]),
        (
            ['caller: "agent"', "bot: { ends: false }"],
            ["6: the call to go on | it is over (escalated)"],
        ),
        (['caller: "agent"', NO], ["6: the call to go on | it is over (escalated)"]),
        (
            ["caller: { hangs_up: true }", NO],
            ["6: the call to go on | the caller has hung up"],
        ),
        (
            ["bot: { waits: true }"],
            ["5: an endpoint that has not answered yet | none is waited for"],
        ),
        (
            ["bot: { fetches: { orders: {} } }"],
            ["5: the endpoint orders to be asked | it was not"],
        ),
        (
            [*FOUND, "bot: { fetches: { orders: { id: 1 } } }"],
            ["9: orders to be sent id = '1' | '4527'"],
        ),
    ],
)
def test_what_is_not_so_is_told(play: Play, steps: list[str], failures: list[str]) -> None:
    assert told(play(*steps, head="\n" + SHIPPED)) == failures


def test_a_failure_says_where_and_what_was_said(play: Play) -> None:
    [failure] = play("bot: goodbye").failures
    first, *said = str(failure).splitlines()
    assert first.endswith(
        'conversations/one.yaml:3: expected "goodbye" to be said, found other words'
    )
    assert said == [
        "    said: Hello, this is the automated assistant.",
        "    said: May we record this call?",
    ]


# --- endpoints -----------------------------------------------------------------------------------


def test_answers_come_in_order_and_the_last_one_stays(play: Play) -> None:
    head = "endpoints: { orders: [ not_found, { ok: { status: lost } } ] }\n"
    steps = [*FOUND, "bot: { node: order, absent: it is }", NUMBER, YES, 'bot: "it is lost"']
    again = ["caller: 'yes'", PARCEL, NUMBER, YES, 'bot: "it is lost"']
    assert told(play(*steps, *again, head=head)) == []


def test_a_late_answer_is_waited_for(play: Play) -> None:
    head = "endpoints: { orders: [ { after: 3, ok: { status: late } } ] }\n"
    waiting = "bot: { waits: true, says: one moment, absent: late }"
    assert told(play(*FOUND, waiting, "bot: it is late", head=head)) == []
    busy = ["caller: 'hello?'", "bot: it is late"]
    assert told(play(*FOUND, waiting, *busy, head=head)) == []
    person = ["caller: 'agent please'", "bot: { escalates: parcels }"]
    assert told(play(*FOUND, waiting, *person, head=head)) == []


def test_an_error_is_a_road(play: Play) -> None:
    head = "endpoints: { orders: [ { error: timeout } ] }\n"
    reason = "the system is down"
    end = f"bot: {{ escalates: parcels, packet: {{ reason: {reason} }} }}"
    assert told(play(*FOUND, end, head=head)) == []


def test_an_endpoint_without_a_script_is_told(play: Play) -> None:
    assert told(play(*FOUND)) == ["6: an answer of orders under 'endpoints' | none"]


def test_an_answer_that_the_flow_could_not_use_is_told(play: Play) -> None:
    head = "endpoints: { orders: [ ok ] }\n"
    assert told(play(*FOUND, head=head)) == ["7: orders to answer ok with status | none"]


# --- hours, secrets, the trace -------------------------------------------------------------------


@pytest.mark.parametrize("hours", ["closed", "2026-03-01T12:00:00Z"])
def test_nobody_is_there(play: Play, hours: str) -> None:
    steps = [
        'caller: "agent"',
        "bot: { node: number_back, says: nobody is here, ends: false }",
        'caller: { dtmf: "5550" }',
        'bot: { callback: "5550", ends: true }',
    ]
    assert told(play(*steps, head=f"hours: {hours}\n")) == []


def test_secrets_stay_out_of_the_trace(play: Play) -> None:
    head = "endpoints: { cards: [ ok ] }\n"
    outcome = play(
        NO, 'caller: "paying"', 'caller: { dtmf: "9182" }', "bot: { ends: true }", head=head
    )
    assert told(outcome) == []
    assert outcome.turns[-1].caller == "(secret)"
    assert "9182" not in str(outcome)


def test_the_trace_tells_each_turn(play: Play) -> None:
    outcome = play(NO, PARCEL, "bot: { node: order }")
    assert [turn.caller for turn in outcome.turns] == ["", "no", "my parcel"]
    assert [turn.node for turn in outcome.turns] == ["recording", "reason", "order"]
    last = outcome.turns[-1]
    assert (last.line, last.heard, last.entered) == (4, "my parcel", ("order",))
    assert [(slot, value) for slot, value, _ in last.slots] == [("reason", "parcel")]
    assert last.said == ("What is your order number?",)
    assert 0 < outcome.turns[1].at < last.at < outcome.seconds
    assert outcome.passed


def test_the_same_conversation_always_goes_the_same_way(play: Play) -> None:
    steps = [*FOUND, "caller: { silence: true }", "bot: { ends: true }"]
    assert play(*steps, head=SHIPPED) == play(*steps, head=SHIPPED)
