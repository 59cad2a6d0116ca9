"""Whole handoffs with real models and real audio: callers and agents are programs, all else is
`warmline serve`. Each test looks at what the three calls of `handoff_day` left.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
import soundfile
from aioice.ice import get_host_addresses

from real.desk_person import Phone
from real.handoff_day import CARD, Day, Desk, Say, lead, lines, open_desk
from warmline.audio.frame import RATE, Pcm
from warmline.caller.tracks import Track
from warmline.gateway.playout import LEAD_S
from warmline.hearing.whisper import Whisper
from warmline.spoken import words


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture(scope="module")
def day(desk: Desk, say: Say) -> Day:
    return asyncio.run(lead(desk, lines(say)))


def words_of(ears: Whisper, pcm: Pcm) -> str:
    return " ".join(words(ears.transcribe(pcm).text))


def loudness(pcm: Pcm) -> float:
    return float(np.sqrt((pcm.astype(np.float64) ** 2).mean())) if pcm.size else 0.0


def test_the_offer_has_all_that_the_caller_told_the_bot(day: Day) -> None:
    offer = day["solved"].notes.shown["offer"]
    packet = offer["packet"]
    assert (offer["queue"], offer["caller"], offer["reason"]) == ("billing", "+15550111", "flow")
    assert packet["intent"]["value"] == "charged_twice"
    slots = {slot["slot"]: slot for slot in packet["slots"]}
    assert (slots["order"]["value"], slots["order"]["verified"]) == ("4527", True)
    assert (slots["amount"]["value"], slots["amount"]["verified"]) == ("49.00", False)
    assert packet["consents"][0]["granted"] and packet["disclosures"][0]["complete"]
    assert packet["who"]["identity"] == "unknown"
    assert len(packet["summary"]) == 3 and "4 5 2 7" in packet["opening"]
    events = {event["seq"]: event for event in day["solved"].events}
    for sentence in packet["summary"]:
        assert sentence["evidence"] and all(seq in events for seq in sentence["evidence"])


def test_both_hear_each_other_and_read_along(day: Day, base: Whisper) -> None:
    heard, shown = day["solved"].notes.heard, day["solved"].notes.shown
    assert "i have your order in front of me" in words_of(base, heard["by the caller"])
    assert "i want my money back" in words_of(base, heard["by the agent"])
    assert [line for line in shown["lines"] if line.startswith("Anna: ") and "in front of" in line]
    assert [line for line in shown["lines"] if line.startswith("Caller: ") and "back" in line]


def test_hints_and_checklist(day: Day) -> None:
    story = day["solved"]
    hint = story.notes.shown["hint"]
    assert hint["title"].startswith("Refunds") and hint["source"] == "hints.yaml: refund_policy"
    closed = {event["hint"]: event["outcome"] for event in story.of("HintClosed")}
    assert closed[hint["hint"]] == "used"
    ticked = {event["item"]: event["by"] for event in story.of("ChecklistTicked")}
    bots = {"disclosure": "bot", "consent": "bot"}
    assert ticked == bots | {"order_confirmed": "agent", "refund_deadline": "agent"}


def test_the_last_words_again_are_for_the_agent_only(day: Day, base: Whisper) -> None:
    notes = day["solved"].notes
    assert notes.shown["again"] == pytest.approx(2.6, abs=0.7)
    assert "money back" in words_of(base, notes.heard["again"])
    assert loudness(notes.heard["again, by the caller"]) < 30


def test_on_hold_and_muted_nobody_is_heard(day: Day, base: Whisper) -> None:
    story = day["solved"]
    heard = story.notes.heard
    assert [event["held"] for event in story.of("CallerHeld")] == [True, False]
    assert loudness(heard["on hold"]) > 100, "there is music"
    assert "nobody" not in words_of(base, heard["on hold"])
    assert "anybody" not in words_of(base, heard["of who is on hold"])
    assert loudness(heard["muted"]) < 30
    assert not [e for e in story.of("AgentHeard") if "hears" in e["text"]]
    assert "working days" in words_of(base, heard["after it"])


def test_the_survey_the_wrap_up_and_the_history(day: Day) -> None:
    story = day["solved"]
    assert [event["node"] for event in story.of("HandedBack")] == ["survey"]
    assert story.events[-1]["reason"] == "completed"
    draft = story.notes.shown["draft"]
    assert "charged twice" in draft["summary"] and draft["fields"]["order"] == "4527"
    (past,) = [one for one in day.found["money back"] if one["call_id"] == story.notes.call_id]
    assert (past["survey"], past["disposition"], past["queue"]) == (4, "Refunded", "billing")
    assert past["summary"] == "Refunded the second charge."
    assert [one["name"] for one in past["agents"]] == ["Anna"]
    assert "caller" in {line["who"] for line in past["lines"]}


def test_both_tracks_of_the_recording_are_where_they_belong(day: Day) -> None:
    """The caller left, all that they heard right, on the caller's clock."""
    story = day["solved"]
    samples, rate = soundfile.read(BytesIO(day.audio), dtype="int16")
    assert (rate, samples.shape[1]) == (RATE, 2)
    caller = story.notes.caller
    assert caller is not None
    begins = story.of("RecordingChanged")[0]["audio_at"]
    assert loudness(samples[: round(begins * RATE)]) == 0, "nobody had agreed yet"
    assert samples.shape[0] == pytest.approx(caller.sent.size, abs=RATE)
    for event in story.of("UtteranceHeard")[1:]:
        begin, end = event["started_at"], event["audio_at"]
        assert abs(late(samples[:, 0], caller.sent, begin, end)) < 0.05, event["text"]
    hold, *_, over = [event["at"] for event in story.of("CallerHeld")]
    for event in story.of("AgentHeard"):
        begin, end = event["started_at"], event["audio_at"]
        if not hold < begin < over:
            assert in_place(samples[:, 1], caller, begin, end), event["text"]
    assert loudness(samples[round(hold * RATE) : round(over * RATE), 1]) < 30, "it was private"
    bot = story.of("SpeakingFinished")[-1]
    at = bot["at"] - bot["played_s"]
    assert in_place(samples[:, 1], caller, at, bot["at"])


def in_place(recorded: Pcm, caller: Phone, begin: float, end: float) -> bool:
    """Is it where the caller heard it, but for what their line held up?

    What is only sent ahead, as always, was not held up.
    """
    least, most = (max(0.0, wait - LEAD_S) for wait in caller.held_up_between(begin, end))
    return -most - 0.2 < late(recorded, caller.heard, begin, end) < 0.2 - least


def late(recorded: Pcm, track: Track, begin: float, end: float) -> float:
    """By how much a stretch (seconds) of what the caller sent or heard is late in the recording."""
    piece = track.samples()[round(begin * RATE) : round(end * RATE)].astype(np.float64)
    first = max(0, round((begin - 1) * RATE))
    there = recorded[first : round((end + 1) * RATE)].astype(np.float64)
    size = 1 << (piece.size + there.size).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(piece, size)), size)
    return float(first + likeness[: there.size - piece.size + 1].argmax()) / RATE - begin


def test_an_angry_agent_and_a_calm_caller(day: Day) -> None:
    """Moods are the caller's: each is of a turn of theirs, and all of them are calm."""
    story = day["angry"]
    assert any("ridiculous" in event["text"] for event in story.of("AgentHeard"))
    turns = {event["turn"]: event for event in story.of("UtteranceHeard")}
    moods = story.of("SentimentChanged")
    assert len(moods) >= 3
    newest = None
    for event in story.events:
        if event["type"] == "UtteranceHeard":
            newest = event
        if event["type"] == "SentimentChanged":
            assert newest and event["turn"] == newest["turn"], "no mood but after a caller's turn"
            assert event["mood"] > -0.2 and event["voice"] == 0, event
            assert not any(word in str(event["reasons"]) for word in ("ridiculous", "sick", "hate"))
    together = [turn for turn in turns.values() if "tomorrow" in turn["text"]]
    assert [e["abstained"] for e in moods if e["turn"] == together[-1]["turn"]][-1] == "overlap"
    assert not [event for event in story.of("AlertRaised") if "mood" in event["rule"]]


def test_after_a_second_thought_nothing_is_judged_or_recorded(day: Day, desk: Desk) -> None:
    story = day["angry"]
    consents = story.of("ConsentAnswered")
    assert [event["granted"] for event in consents] == [True, False]
    after = [event for event in story.events if event["seq"] > consents[1]["seq"]]
    assert any("disgrace" in e["text"] for e in after if e["type"] == "UtteranceHeard")
    assert not [event for event in after if event["type"] == "SentimentChanged"]
    changed = story.of("RecordingChanged")
    assert [(event["on"], event["reason"]) for event in changed][-1] == (False, "refused")
    samples, _ = soundfile.read(desk.recording(story.notes.call_id), dtype="int16")
    assert samples.shape[0] / RATE < changed[-1]["audio_at"] + 0.1


def test_without_consent_nothing_is_judged_or_recorded(day: Day, desk: Desk) -> None:
    story = day["refused"]
    assert any("horrible" in event["text"] for event in story.of("UtteranceHeard"))
    assert not story.of("SentimentChanged", "RecordingChanged")
    assert not desk.recording(story.notes.call_id).exists()


def test_a_card_is_seen_by_the_payment_system_only(day: Day, desk: Desk) -> None:
    story = day["angry"]
    assert [each["card_number"] for each in desk.charged] == [CARD]
    assert not day.found[CARD] and not day.found[CARD[-6:]]
    secret = next(event for event in story.of("UtteranceHeard") if event["text"] == "[secret]")
    assert {event["digit"] for event in story.of("DigitPressed")} == {"x"}
    samples, _ = soundfile.read(desk.recording(story.notes.call_id), dtype="int16")
    begin, end = (round(secret[key] * RATE) for key in ("started_at", "audio_at"))
    assert loudness(samples[begin:end, 0]) == 0
    assert loudness(samples[: begin - 5 * RATE, 0]) > 100
    left = [file for file in desk.folder.rglob("*") if file.is_file() and "flows" not in str(file)]
    assert len(left) > 4
    for told in (CARD.encode(), CARD[-6:].encode(), b"other bag"):
        assert not [file.name for file in left if told in file.read_bytes()]
        assert told.decode() not in json.dumps(story.notes.seen)


def test_the_server_speaks_to_nobody_else_and_complains_of_nothing(day: Day, desk: Desk) -> None:
    ours = {"127.0.0.1", "localhost", "None", *get_host_addresses(use_ipv4=True, use_ipv6=True)}
    watched = set((desk.folder / "watched").read_text().split())
    assert "127.0.0.1" in watched, "the payment system is at least one"
    assert watched <= ours
    assert not re.search("Traceback|ERROR", desk.log)
