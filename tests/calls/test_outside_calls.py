"""Whole calls that reach outside: endpoints, secrets, consent. In virtual time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes import ScriptedFetcher, silence, voice
from warmline.events import (
    CallStarted,
    ConsentAnswered,
    DigitPressed,
    FetchFinished,
    FetchStarted,
    SpeakingStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.ports import Digit
from whole import Log, call

CARD = "4111111111111111"
HEAD = """\
flow: tiny
start: welcome
escape: { queue: help }
endpoints: [vault, get_order, book]
nodes:
  welcome:
    say: "This is a virtual assistant."
    then: question
  done: { end: "Thank you." }
  desk: { escalate: "down" }
"""
SECRET = """\
  question:
    secure_input:
      { slot: card, type: digits(16), check: luhn, prompt: "Your card?", endpoint: vault,
        save: { token: $.token } }
    on: { ok: done, error: desk }
"""
BOOK = """\
  question:
    ask: { slot: day, type: free, prompt: "Which day?" }
    then: book
  book:
    call: { endpoint: ENDPOINT, with: { day: "{day}" }, while_waiting: "One moment." }
    on: { ok: done, error: desk }
"""
CONSENT = """\
  question:
    consent: { purpose: recording, prompt: "May we record this call for training?" }
    then: done
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[[str], Flow]:
    def build(nodes: str) -> Flow:
        (tmp_path / "flow.yaml").write_text(HEAD + nodes, encoding="utf-8")
        return load_flow(tmp_path)

    return build


def seen(log: Log) -> str:
    return repr([entry.fact for entry in log.entries])


def test_a_typed_secret_is_in_no_entry(tiny: Callable[[str], Flow]) -> None:
    vault = ScriptedFetcher({"vault": {"token": "t"}})
    script = [silence(5), *map(Digit, CARD), silence(8)]
    log = call(script, flow=tiny(SECRET), fetcher=vault)
    (fetch, key), *more = vault.asked
    assert not more
    assert dict(fetch.values) == {"card": CARD}
    assert key.endswith("fetch-1")
    assert {fact.digit for fact in log.all(DigitPressed)} == {"x"}
    assert "4" not in {entry.fact.digit for entry in log.entries if hasattr(entry.fact, "digit")}
    assert log.reason == "completed"


def test_a_spoken_secret_is_in_no_entry(tiny: Callable[[str], Flow]) -> None:
    vault = ScriptedFetcher({"vault": {"token": "t"}})
    words = ["4111 1111", "1111 1111"]
    script = [silence(5), voice(3.0, 0), silence(0.5), voice(3.0, 1), silence(10)]
    log = call(script, words, flow=tiny(SECRET), fetcher=vault)
    assert [dict(fetch.values) for fetch, _ in vault.asked] == [{"card": CARD}]
    assert "1111" not in seen(log)
    assert [fact.text for fact in log.all(UtteranceHeard)][-1] == "[secret]"
    assert log.all(FetchFinished)[0].values == (("token", "t"),)


def test_what_changes_something_waits_until_the_caller_has_finished(
    tiny: Callable[[str], Flow],
) -> None:
    shop = ScriptedFetcher({"book": {}})
    flow = tiny(BOOK.replace("ENDPOINT", "book"))
    # The caller takes a breath of 0.8 s, and the first half is taken for all of it.
    script = [silence(5), voice(1.5, 0), silence(0.8), voice(1.5, 1), silence(12)]
    log = call(script, ["On Monday.", "no, on Friday."], flow=flow, fetcher=shop)
    assert log.all(TurnResumed)
    assert [dict(fetch.values) for fetch, _ in shop.asked] == [{"day": "On Monday. no, on Friday."}]
    assert len(log.all(FetchStarted)) == 2  # the first was never sent
    assert len(log.all(FetchFinished)) == 1
    assert log.reason == "completed"


def test_who_waits_hears_that_it_takes_a_moment(tiny: Callable[[str], Flow]) -> None:
    flow = tiny(BOOK.replace("ENDPOINT", "get_order"))
    slow = ScriptedFetcher({"get_order": {}}, takes_s=3.0)
    log = call([silence(5), voice(1.0, 0), silence(15)], ["Monday."], flow=flow, fetcher=slow)
    asked = log.all(FetchStarted)[0]
    moment = next(f for f in log.all(SpeakingStarted) if f.text == "One moment.")
    assert log.at(moment) - log.at(asked) == pytest.approx(0.8, abs=0.2)
    quick = ScriptedFetcher({"get_order": {}}, takes_s=0.3)
    log = call([silence(5), voice(1.0, 0), silence(15)], ["Monday."], flow=flow, fetcher=quick)
    assert "One moment." not in log.said


def test_an_endpoint_that_fails_leads_to_a_person(tiny: Callable[[str], Flow]) -> None:
    flow = tiny(BOOK.replace("ENDPOINT", "get_order"))
    log = call([silence(5), voice(1.0, 0), silence(15)], ["Monday."], flow=flow)
    assert log.all(FetchFinished)[0].code == "unknown_endpoint"
    assert log.reason == "escalated"


def test_consent_counts_once_the_question_was_played(tiny: Callable[[str], Flow]) -> None:
    early = [silence(1.7), voice(0.5, 0), silence(12), voice(0.5, 0), silence(8)]
    log = call(early, ["Yes."], flow=tiny(CONSENT))
    (consent,) = log.all(ConsentAnswered)
    assert consent.granted
    assert consent.wording == "May we record this call for training?"
    heard = [entry.at for entry in log.entries if isinstance(entry.fact, UtteranceHeard)]
    assert heard[0] < heard[1] <= log.at(consent)
    assert isinstance(log.entries[0].fact, CallStarted)
