"""What an agent sees of a call, fact by fact; and that all ways to it show the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recorded
from unit.desk.pages import STARTED, Log, check_schema, heard, new_panel
from warmline.assist.card import FlowCard
from warmline.assist.packet_builder import PacketBuilder
from warmline.desk.changes import Change
from warmline.desk.panel import MAX_ALERTS, MAX_SCROLL, PACKET_S, Panel
from warmline.desk.texts import entry_text, snapshot_text
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentPartial,
    AgentSpeech,
    AlertRaised,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    ChecklistTicked,
    DigitPressed,
    Entry,
    Escalated,
    Fact,
    HandedBack,
    HintClosed,
    HintShown,
    NodeEntered,
    NothingHeard,
    PartialTranscript,
    QueueMoved,
    SentimentChanged,
    SpeakingFinished,
    SpeakingStarted,
    SpeechStarted,
    TurnResumed,
)

Shown = dict[str, Any]
ANNA = AgentJoined(agent="u1", name="Anna", role="agent")


def partial(turn: int, stable: str, unstable: str = "", audio_at: float = 1.0) -> PartialTranscript:
    return PartialTranscript(turn=turn, stable=stable, unstable=unstable, audio_at=audio_at)


def hint(name: str) -> HintShown:
    return HintShown(
        hint=name, rule="refunds", kind="rule", title="Refunds", text="…", source="hints.yaml"
    )


class Screen:
    """A panel, and a page that applies what it is told."""

    def __init__(self) -> None:
        self.panel = new_panel()
        self.log = Log()
        self.shown: dict[str, Shown] = {}

    def __call__(self, *facts: Fact) -> list[Change]:
        changes: list[Change] = []
        for fact in facts:
            entry = self.log.add(fact)
            changes = self.panel.handle(entry)
            check_schema(json.loads(entry_text("c1", entry.seq, entry.at, changes)))
            apply(self.shown, changes)
        return changes

    def __getitem__(self, key: str) -> Shown:
        return self.shown[key]

    def texts(self) -> list[str]:
        return [one["text"] for one in self.shown.values() if one["kind"] == "event"]


def apply(shown: dict[str, Shown], changes: list[Change]) -> None:
    for change in changes:
        if "gone" in change:
            shown.pop(change["key"], None)
        else:
            shown[change["key"]] = dict(change)


@pytest.fixture
def screen() -> Screen:
    return Screen()


# --- lines -----------------------------------------------------------------------------------


def test_a_callers_turn_grows_in_its_place(screen: Screen) -> None:
    screen(STARTED, SpeechStarted(audio_at=0.4), partial(1, "where", "is my", 0.9))
    line = screen["caller-1"]
    assert (line["who"], line["text"], line["unstable"], line["final"]) == (
        "caller", "where", "is my", False,
    )  # fmt: skip
    assert (line["at"], line["audio_at"], line["audio_end"]) == (0.3, 0.4, 0.9)
    screen(partial(1, "where is my", "order", 1.2))
    assert (screen["caller-1"]["at"], screen["caller-1"]["audio_at"]) == (0.3, 0.4)
    screen(heard(1, "Where is my order?", 0.8))
    line = screen["caller-1"]
    assert (line["text"], line["unstable"], line["final"]) == ("Where is my order?", "", True)
    assert (line["at"], line["audio_at"], line["audio_end"]) == (0.3, 1, 1.5)
    assert (line["confidence"], line["seq"]) == (0.8, 5)


def test_a_turn_that_goes_on_is_open_again(screen: Screen) -> None:
    screen(STARTED, heard(1, "I want"), TurnResumed(turn=1, audio_at=2.0))
    line = screen["caller-1"]
    assert (line["text"], line["unstable"], line["final"]) == ("", "I want", False)
    screen(heard(1, "I want my money back"))
    assert screen["caller-1"]["text"] == "I want my money back"
    assert [key for key in screen.shown if key.startswith("caller")] == ["caller-1"]


def test_a_sound_without_words_takes_its_line_away(screen: Screen) -> None:
    screen(STARTED, partial(1, "", "ah"))
    screen(NothingHeard(turn=1, audio_at=1.0, reason="no_words"))
    assert "caller-1" not in screen.shown
    assert screen(NothingHeard(turn=2, audio_at=1.0, reason="no_words")) == []


def test_the_bot_has_said_what_was_played(screen: Screen) -> None:
    screen(STARTED, SpeakingStarted(say_id="s1", node="n", text="How can I help you today?"))
    line = screen["bot-s1"]
    assert (line["text"], line["unstable"], line["final"]) == (
        "", "How can I help you today?", False,
    )  # fmt: skip
    screen(SpeakingFinished(say_id="s1", text="How can I", played_s=0.75, interrupted=True))
    line = screen["bot-s1"]
    assert (line["text"], line["unstable"], line["interrupted"]) == ("How can I", "", True)
    assert line["audio_end"] == pytest.approx(line["audio_at"] + 0.75)


def test_what_was_never_played_was_not_said(screen: Screen) -> None:
    screen(STARTED, SpeakingStarted(say_id="s1", node="n", text="Hello"))
    screen(SpeakingFinished(say_id="s1", text="", played_s=0.0, interrupted=True))
    assert "bot-s1" not in screen.shown


def test_agents_lines_have_their_names(screen: Screen) -> None:
    screen(STARTED, ANNA, AgentSpeech(agent="u1", speaking=True, audio_at=7.5))
    screen(AgentPartial(agent="u1", turn=1, stable="hello", unstable="", audio_at=8.0))
    assert (screen["agent-u1-1"]["name"], screen["agent-u1-1"]["audio_at"]) == ("Anna", 7.5)
    said: dict[str, Any] = {
        "agent": "u1",
        "turn": 1,
        "confidence": 0.9,
        "started_at": 7.6,
        "audio_at": 8.2,
    }
    screen(AgentHeard(text="Hello, this is Anna.", **said))
    assert screen["agent-u1-1"]["text"] == "Hello, this is Anna."
    screen(AgentPartial(agent="u1", turn=2, stable="", unstable="eh", audio_at=9.0))
    screen(AgentHeard(text="", **{**said, "turn": 2}))
    assert "agent-u1-2" not in screen.shown


def test_hostile_text_is_inert(screen: Screen) -> None:
    screen(STARTED, heard(1, "x" * 1_000_000))
    assert len(screen["caller-1"]["text"]) < 4100
    screen(heard(2, "abc \N{RIGHT-TO-LEFT OVERRIDE}fed\x00"))
    assert screen["caller-2"]["text"] == "abc \ufffdfed\ufffd"


# --- events, state -----------------------------------------------------------------------------


def test_keys_are_one_event_until_something_is_said(screen: Screen) -> None:
    screen(STARTED, *(DigitPressed(digit=digit) for digit in "45x"))
    assert screen.texts()[1:] == ["Caller pressed 4 5 •"]
    screen(heard(1, "yes"), DigitPressed(digit="1"))
    assert screen.texts()[1:] == ["Caller pressed 4 5 •", "Caller pressed 1"]


def state(screen: Screen) -> str:
    return str(screen["state"]["state"])


def test_where_a_call_stands(screen: Screen) -> None:
    screen(STARTED)
    assert screen.panel.view()[0] == {
        "key": "state", "kind": "state", "state": "bot", "queue": "", "reason": "",
        "agents": [], "handback_nodes": ["survey"], "at": 0.0,
    }  # fmt: skip
    screen(Escalated(queue="billing", reason="asked"))
    assert (state(screen), screen["state"]["queue"]) == ("waiting", "billing")
    screen(AgentJoined(agent="u2", name="Sam", role="listen"))
    assert state(screen) == "waiting"
    screen(ANNA)
    assert state(screen) == "talking"
    assert [one["name"] for one in screen["state"]["agents"]] == ["Sam", "Anna"]
    screen(CallerHeld(held=True, by="u1"))
    assert state(screen) == "held"
    screen(CallerHeld(held=False, by="u1"))
    assert state(screen) == "talking"
    screen(HandedBack(by="u1", node="survey"), AgentLeft(agent="u1", role="agent", reason="ended"))
    assert state(screen) == "bot"
    screen(CallEnded(reason="completed"))
    assert (state(screen), screen["state"]["agents"]) == ("ended", [])


@pytest.mark.parametrize(
    ("reason", "after"),
    [("lost", "waiting"), ("signed_out", "waiting"), ("transferred", "waiting"),
     ("ended", "talking"), ("caller_gone", "talking")],
)  # fmt: skip
def test_when_the_agent_leaves(screen: Screen, reason: str, after: str) -> None:
    screen(STARTED, ANNA, AgentLeft(agent="u1", role="agent", reason=reason))
    assert state(screen) == after


def test_a_colleague_takes_over(screen: Screen) -> None:
    screen(STARTED, ANNA, AgentJoined(agent="u2", name="Ben", role="consult"))
    screen(AgentJoined(agent="u2", name="Ben", role="agent"))
    screen(AgentLeft(agent="u1", role="agent", reason="transferred"))
    assert (state(screen), len(screen["state"]["agents"])) == ("talking", 1)


def test_waiting_again_and_back(screen: Screen) -> None:
    screen(STARTED, QueueMoved(queue="orders", position=1, wait_s=30))
    assert (state(screen), screen["state"]["queue"]) == ("waiting", "orders")
    assert screen(QueueMoved(queue="orders", position=1, wait_s=20)) == []
    screen(CallbackRequested(queue="orders", number=""))
    assert state(screen) == "bot"


# --- help --------------------------------------------------------------------------------------


def test_mood_of_a_turn(screen: Screen) -> None:
    screen(STARTED, SentimentChanged(turn=3, mood=-0.5, trend="falling", reasons=("pitch +4 st",)))
    assert screen["mood-3"]["reasons"] == ["pitch +4 st"]
    screen(SentimentChanged(turn=3, mood=-0.1, abstained="short"))
    assert (screen["mood-3"]["mood"], screen["mood-3"]["abstained"]) == (-0.1, "short")


def test_one_hint_at_a_time(screen: Screen) -> None:
    screen(STARTED, hint("h1"))
    assert screen["hint"]["hint"]["title"] == "Refunds"
    screen(hint("h2"))
    assert screen(HintClosed(hint="h1", rule="refunds", outcome="expired")) == []
    screen(HintClosed(hint="h2", rule="refunds", outcome="used"))
    assert screen["hint"]["hint"] is None
    assert screen(HintClosed(hint="h2", rule="refunds", outcome="used")) == []
    assert screen.panel.rules == {"h1": "refunds", "h2": "refunds"}


def test_the_checklist_says_what_is_missing(screen: Screen) -> None:
    screen(STARTED)
    screen(ChecklistTicked(item="name", text="other words", by="agent", evidence=7))
    items = [(item["text"], item["done"], item["by"]) for item in screen["checklist"]["items"]]
    assert items == [("Greet the caller", False, ""), ("Ask for the name", True, "agent")]
    screen(ChecklistTicked(item="new", text="An item of a newer file", by="bot", evidence=9))
    assert len(screen["checklist"]["items"]) == 3


def test_alerts_by_rule(screen: Screen) -> None:
    screen(STARTED, AlertRaised(rule="silence", severity="warning", text="silent for 20 s"))
    screen(AlertRaised(rule="silence", severity="warning", text="silent for 40 s"))
    assert screen["alert-silence"]["text"] == "silent for 40 s"
    for number in range(2 * MAX_ALERTS):
        screen(AlertRaised(rule=f"rule {number}", severity="notice", text=""))
    assert sum(one["kind"] == "alert" for one in screen.panel.view() if "gone" not in one) == 100


def test_the_packet_comes_when_it_changes(screen: Screen) -> None:
    screen(STARTED)
    assert "packet" not in screen.shown
    screen(heard(1, "4527"))
    assert screen["packet"]["packet"]["told"] == 1
    assert all(change["key"] != "packet" for change in screen(NodeEntered(node="n")))
    assert screen.panel.packet() == screen["packet"]["packet"]


def test_a_packet_is_told_anew_after_a_while_or_when_somebody_waits_for_it(
    screen: Screen,
) -> None:
    def told() -> int:
        return int(screen["packet"]["packet"]["told"])

    screen(STARTED, heard(1, "4527"), heard(2, "no, 4528"))
    assert (told(), screen.panel.packet()["told"]) == (1, 2)
    screen(Escalated(queue="orders", reason="asked"))
    assert told() == 2
    screen(heard(3, "hello?"))
    assert told() == 2
    screen(*(NodeEntered(node="n") for _ in range(int(10 * PACKET_S))))
    assert told() == 3
    screen(heard(4, "yes"), ANNA)
    assert told() == 4


def test_a_packets_texts_are_inert_too(screen: Screen) -> None:
    screen(STARTED, heard(1, "\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 1_000_000))
    (slot,) = screen["packet"]["packet"]["slots"]
    assert slot["spoken"].startswith("\ufffdxxx") and len(slot["spoken"]) < 1100


# --- all ways lead to the same -----------------------------------------------------------------

words = st.text(st.characters(codec="utf-8"), max_size=12)
turns = st.integers(1, 3)
users = st.sampled_from(["u1", "u2"])
roles = st.sampled_from(["agent", "consult", "listen", "whisper", "join"])
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(SpeechStarted, audio_at=st.floats(0, 9)),
    st.builds(partial, turns, words, words),
    st.builds(heard, turns, words),
    st.builds(NothingHeard, turn=turns, audio_at=st.just(1.0), reason=st.just("no_words")),
    st.builds(TurnResumed, turn=turns, audio_at=st.just(1.0)),
    st.builds(SpeakingStarted, say_id=st.sampled_from("ab"), node=st.just("n"), text=words),
    st.builds(
        SpeakingFinished, say_id=st.sampled_from("ab"), text=words,
        played_s=st.floats(0, 9), interrupted=st.booleans(),
    ),
    st.builds(DigitPressed, digit=st.sampled_from("0123456789*#x")),
    st.builds(NodeEntered, node=st.just("n")),
    st.builds(Escalated, queue=st.just("q"), reason=st.just("asked")),
    st.builds(AgentJoined, agent=users, name=words, role=roles),
    st.builds(AgentLeft, agent=users, role=roles, reason=st.sampled_from(["ended", "lost"])),
    st.builds(
        AgentPartial, agent=users, turn=turns, stable=words, unstable=words,
        audio_at=st.just(1.0),
    ),
    st.builds(
        AgentHeard, agent=users, turn=turns, text=words, confidence=st.just(0.5),
        started_at=st.just(1.0), audio_at=st.just(2.0),
    ),
    st.builds(CallerHeld, held=st.booleans(), by=users),
    st.builds(HandedBack, by=users),
    st.builds(SentimentChanged, turn=turns, mood=st.floats(-1, 1)),
    st.builds(hint, st.sampled_from(["h1", "h2"])),
    st.builds(
        HintClosed, hint=st.sampled_from(["h1", "h2"]), rule=st.just("r"), outcome=st.just("used")
    ),
    st.builds(
        ChecklistTicked, item=st.sampled_from(["greet", "x"]), text=words, by=st.just("bot"),
        evidence=st.integers(1, 9),
    ),
)  # fmt: skip


def seen(changes: list[Change]) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    apply(shown, changes)
    return shown


@given(st.lists(facts, max_size=40), st.data())
def test_a_late_joiner_and_one_who_resumes_see_what_all_see(
    told: list[Fact], data: st.DataObject
) -> None:
    log = Log()
    log.add(STARTED, *told)
    live, watched = new_panel(), dict[str, Shown]()
    after = data.draw(st.integers(0, len(log.entries)), "last entry before the break")
    resumed: dict[str, Shown] = {}
    for entry in log.entries:
        apply(watched, live.handle(entry))
        if entry.seq == after:
            resumed = dict(watched)
    joined = seen(live.view())
    watched["packet"] = joined["packet"]  # has a pace of its own
    assert {key: joined[key] for key in watched} == watched
    assert order(joined) == order(watched)

    rebuilt = new_panel()
    for entry in log.entries:
        changes = rebuilt.replay(entry)
        assert not (isinstance(entry.fact, PartialTranscript | AgentPartial) and changes)
        if entry.seq > after:
            apply(resumed, changes)
    apply(resumed, rebuilt.unsettled())
    assert {key: resumed[key] for key in watched} == watched
    assert rebuilt.view() == live.view()


def order(shown: dict[str, Shown]) -> list[str]:
    return [key for key, one in shown.items() if one["kind"] in ("line", "event", "mood")]


@given(st.lists(facts, max_size=30))
def test_whatever_happens_it_fits_the_schema(told: list[Fact]) -> None:
    screen = Screen()
    screen(STARTED, *told)
    check_schema(json.loads(snapshot_text("c1", 1, screen.panel.view())))


@pytest.mark.parametrize("name", ["order_status", "bank_card"])
def test_calls_of_the_flows_that_ship(name: str) -> None:
    card = FlowCard.of(recorded.flow(name))
    for script in recorded.scripts(name):
        panel = Panel(PacketBuilder(card), handback_nodes=card.handback_nodes)
        shown: dict[str, Shown] = {}
        for entry in recorded.record(recorded.flow(name), script):
            changes = panel.handle(entry)
            check_schema(json.loads(entry_text("c1", entry.seq, entry.at, changes)))
            apply(shown, changes)
        assert shown["state"]["state"] == "ended"
        said = [one for one in shown.values() if one["kind"] == "line" and one["who"] == "bot"]
        assert said and all(line["final"] for line in said)
        assert shown["packet"]["packet"] == panel.packet()


def long_call(panel: Panel, turns: int, words: str) -> Entry:
    log = Log()
    log.add(STARTED)
    for turn in range(turns):
        log.add(
            SpeakingStarted(say_id=f"s{turn}", node="n", text=words),
            SpeakingFinished(say_id=f"s{turn}", text=words, played_s=2.0, interrupted=False),
            partial(turn, words),
            heard(turn, words),
            SentimentChanged(turn=turn, mood=0.0),
        )
    for entry in log.entries:
        panel.handle(entry)
    return log.entries[-1]


def test_five_hundred_turns_are_all_there() -> None:
    panel = new_panel()
    long_call(panel, 500, "a sentence of a common length, as callers and bots speak them")
    keys = {change["key"] for change in panel.view()}
    assert {f"caller-{turn}" for turn in range(500)} <= keys
    assert {f"bot-s{turn}" for turn in range(500)} <= keys


def test_no_view_is_longer_than_a_message_may_be() -> None:
    panel = new_panel()
    last = long_call(panel, 200, "\N{SNOWMAN}" * 100_000)
    text = snapshot_text("c1", last.seq, panel.view())
    assert MAX_SCROLL / 2 < len(text) < MAX_SCROLL + 10_000
    keys = [change["key"] for change in panel.view()]
    assert "caller-199" in keys and "caller-0" not in keys
