"""The history on a real database: searched, looked up, counted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.dialects import postgresql

from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    CallEnded,
    CallStarted,
    Entry,
    Escalated,
    Fact,
    SlotFilled,
    SpeakingFinished,
    TurnMeasured,
    UtteranceHeard,
)
from warmline.records import StoreError, history
from warmline.records.desk import DeskStore, Wrapup
from warmline.records.history import LINES_SHOWN, MAX_CALLS, History, PastCall
from warmline.records.store import Store

ESCALATED = Escalated(queue="orders", reason="asked")
ANNA = AgentJoined(agent="u1", name="Anna", role="agent")
ANNA_LEFT = AgentLeft(agent="u1", role="agent", reason="caller_gone")
HUNG_UP = CallEnded(reason="caller_hung_up")
COMPLETED = CallEnded(reason="completed")


def heard(text: str, turn: int = 1) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text=text, confidence=0.5, started_at=0.0, audio_at=turn + 0.5)


def said(text: str) -> SpeakingFinished:
    return SpeakingFinished(say_id="s", text=text, played_s=1.0, interrupted=False)


def anna_said(text: str) -> AgentHeard:
    return AgentHeard(agent="u1", turn=1, text=text, confidence=0.9, started_at=1.0, audio_at=2.0)


async def call(
    store: Store, call_id: str, *facts: Fact, caller: str = "+1", flow: str = "order"
) -> None:
    started = CallStarted(door="socket", caller=caller, flow=flow, flow_version="v1")
    for seq, fact in enumerate([started, *facts], 1):
        store.append(Entry(call_id=call_id, seq=seq, at=float(seq), fact=fact))
    assert await store.flush(10)


def ids(found: list[PastCall]) -> list[str]:
    return sorted(one.call.call_id for one in found)


@pytest.fixture
def past(store: Store) -> History:
    return History(store.database)


async def test_words_are_found_whoever_said_them(store: Store, past: History) -> None:
    await call(store, "c1", said("How can I help?"), heard("My BILL is wrong"), HUNG_UP)
    await call(store, "c2", heard("my order"), ESCALATED, ANNA, anna_said("Your bill?"), HUNG_UP)
    await call(store, "c3", heard("hello"), HUNG_UP)
    assert ids(await past.search("bill")) == ["c1", "c2"]
    assert ids(await past.search("bill order")) == ["c2"]
    assert ids(await past.search("HELP wrong")) == ["c1"]
    assert ids(await past.search("bill hello")) == []
    assert ids(await past.search("")) == ["c1", "c2", "c3"]
    (found,) = await past.search("order bill")
    lines = [(line.seq, line.who, line.name, line.audio_at) for line in found.lines]
    assert lines == [(2, "caller", "", 1.5), (5, "agent", "Anna", 2.0)]
    parts = [(part.text, part.found) for part in found.lines[1].snippet]
    assert parts == [("Your ", False), ("bill", True), ("?", False)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("100%", ["percent"]),
        ("100", ["percent", "thousand"]),
        ("%", ["percent"]),
        ("_", ["under"]),
        ("a_b", ["under"]),
        ("\\", ["slash"]),
        ("'", ["quotes"]),
        ('"', ["quotes"]),
        ("'; drop table calls; --", []),
        ("שלום", ["hebrew"]),
        ("arviz", ["accents"]),
        ("ÁRVÍZ", ["accents"]),
        ("straße", ["street"]),
        ("STRASSE", ["street"]),
        ("zerowidth", ["invisible"]),
        ("zero\u200dwidth", ["invisible"]),
        ("\ud800", ["replaced"]),
        ("\0", ["replaced"]),
    ],
)
async def test_hostile_and_foreign_text(
    store: Store, past: History, question: str, found: list[str]
) -> None:
    for call_id, text in {
        "percent": "it is 100% wrong",
        "thousand": "I paid 1000",
        "under": "my name is a_b",
        "slash": "C:\\temp",
        "quotes": 'it\'s "so" wrong',
        "hebrew": "\u202eשָׁלוֹם\u202c",
        "accents": "árvíztűrő",
        "street": "Hauptstrasse",
        "invisible": "ze\u200bro\u00adwidth",
        "replaced": "odd \ud800 \0",
        "plain": "axb",
    }.items():
        await call(store, call_id, heard(text), HUNG_UP)
    assert ids(await past.search(question)) == found


async def test_only_some_lines_of_each_call_are_shown(store: Store, past: History) -> None:
    lines = [said(f"bill number {n}") for n in range(20)]
    await call(store, "c1", *lines, heard("x" * 100_000 + " my bill"), said("my Bill"), HUNG_UP)
    (found,) = await past.search("my bill")
    assert [line.seq for line in found.lines] == [2, 22, 23]
    assert len(found.lines) == LINES_SHOWN
    assert all(sum(len(p.text) for p in line.snippet) < 200 for line in found.lines)


async def test_narrowed_down(store: Store, past: History) -> None:
    listener = AgentJoined(agent="u2", name="Sue", role="listen")
    await call(store, "c1", COMPLETED, flow="billing")
    await call(store, "c2", ESCALATED, ANNA, listener, HUNG_UP)
    await call(store, "c3", Escalated(queue="billing", reason="mood"), HUNG_UP)
    await call(store, "c4", ESCALATED)
    assert ids(await past.search(flow="billing")) == ["c1"]
    assert ids(await past.search(queue="orders")) == ["c2"]
    assert ids(await past.search(reason="mood")) == ["c3"]
    assert ids(await past.search(reason="caller_hung_up")) == ["c2", "c3"]
    assert ids(await past.search(reason="caller_hung_up", queue="billing")) == ["c3"]
    assert ids(await past.search(agent="u1")) == ["c2"]
    assert ids(await past.search(agent="u2")) == []
    assert ids(await past.search()) == ["c1", "c2", "c3", "c4"]


async def test_pages(store: Store, past: History) -> None:
    for number in range(7):
        await call(store, f"c{number}", heard("bill"), HUNG_UP)
    seen, before = list[str](), None
    while page := await past.search("bill", before=before, limit=3):
        seen += [one.call.call_id for one in page]
        before = seen[-1]
    assert seen == [one.call_id for one in await store.calls()]
    assert await past.search("bill", before="nobody") == []
    assert await past.search("bill", before="\ud800") == []
    assert len(await past.search(limit=0)) == 1
    assert len(await past.search(limit=10 * MAX_CALLS)) == 7


async def test_a_callers_earlier_calls(store: Store, past: History) -> None:
    survey = SlotFilled(slot="survey", value="4", confidence=1.0)
    await call(store, "c1", heard("bill"), ESCALATED, ANNA, ANNA_LEFT, survey, COMPLETED)
    await call(store, "other", COMPLETED, caller="+2")
    await call(store, "c2", COMPLETED)
    await call(store, "now")
    desk = DeskStore(store.database)
    now = datetime.now(UTC)
    for later_s, summary in enumerate(("Wrong bill.", "Bill sent again.")):
        await desk.save_wrapup(
            Wrapup(
                call_id="c1",
                user_id=f"u{later_s}",
                disposition="solved",
                summary=summary,
                at=now + timedelta(seconds=later_s),
            )
        )
    earlier = await past.earlier("+1", "now")
    assert [one.call.call_id for one in earlier] == ["c2", "c1"]
    assert (earlier[1].disposition, earlier[1].summary) == ("solved", "Bill sent again.")
    assert (earlier[1].agents, earlier[1].survey) == ((("u1", "Anna"),), 4)
    assert (earlier[1].wait_s, earlier[1].talk_s) == (1.0, 1.0)
    assert (earlier[0].contained, earlier[0].summary, earlier[0].lines) == (True, "", ())
    assert ids(await past.earlier("+1", "c2")) == ["c1"]
    assert ids(await past.earlier("+1", "now", limit=1)) == ["c2"]
    assert await past.earlier("+3", "now") == []


@pytest.mark.parametrize("caller", ["", "anonymous"])
async def test_callers_without_a_number_are_not_one_person(
    store: Store, past: History, caller: str
) -> None:
    await call(store, "c1", COMPLETED, caller=caller)
    await call(store, "c2", COMPLETED, caller=caller)
    assert await past.earlier(caller, "c2") == []


async def test_statistics_of_what_is_over(
    store: Store, past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_AT_ONCE", 2)
    fast = TurnMeasured(
        turn=1,
        endpoint_ms=400,
        transcript_ms=0,
        decision_ms=0,
        first_audio_ms=0,
        total_ms=400,
    )
    since = datetime.now(UTC) - timedelta(minutes=5)
    await call(store, "c1", heard("yes"), fast, COMPLETED)
    await call(store, "c2", ESCALATED, ANNA, heard("yes"), ANNA_LEFT, HUNG_UP, caller="+2")
    await call(store, "c3", ESCALATED, HUNG_UP, caller="+3")
    await call(store, "c4", heard("yes"), caller="+1")
    desk = DeskStore(store.database)
    ended = await store.call("c2")
    assert ended is not None and ended.ended_at is not None
    saved_at = datetime.fromisoformat(ended.ended_at) + timedelta(seconds=30)
    for user, resolved in (("u1", True), ("u2", False), ("u3", None)):
        paper = Wrapup(call_id="c2", user_id=user, first_contact_resolved=resolved, at=saved_at)
        await desk.save_wrapup(paper)
    made = (await past.statistics(since)).total
    assert (made.calls, made.contained, made.escalated) == (3, 1 / 3, 2 / 3)
    assert (made.answered, made.abandoned, made.service_level) == (1, 1, 0.5)
    assert (made.talk_s, made.handling_s) == (2.0, 32.0)
    # c1 called again, one wrap-up says that c2 is settled, c3 did not call again.
    assert made.first_contact == pytest.approx(2 / 3)
    assert (made.confidence, made.answer_p50_ms) == (0.5, 400)
    assert (await past.statistics(since, in_time_s=0.5)).total.service_level == 0
    assert (await past.statistics(datetime.now(UTC) + timedelta(hours=1))).total.calls == 0


async def test_a_history_that_is_closed(store: Store, past: History) -> None:
    await store.close()
    with pytest.raises(StoreError, match="is closed"):
        await past.search("bill")
    with pytest.raises(StoreError, match="is closed"):
        await past.statistics(datetime.now(UTC))


def test_postgresql_understands_the_questions() -> None:
    conditions = (history._has("100%"), history._had_agent("u1"), history._is_before("c1"))
    query = history._query().where(*conditions).limit(1)
    written = str(query.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert "(calls.started_at, calls.call_id) < (SELECT" in written
    assert "lines.folded LIKE %(folded_1)s::VARCHAR ESCAPE '\\'" in written
    assert "(events.body ->> %(body_1)s" in written
