"""Whole calls in virtual time: every room but the models is the real one.

What the caller says, and when, stands in the script; what must come of it is read from the
call's own log.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from fakes import (
    LoudnessDetector,
    ScriptedFetcher,
    ScriptedLine,
    ScriptedTranscriber,
    ToneSynthesizer,
    silence,
    voice,
)
from virtual_time import run
from warmline.audio.frame import Pcm
from warmline.call.session import Services, run_call
from warmline.errors import CallRefused
from warmline.events import (
    CallEnded,
    Entry,
    Escalated,
    NothingHeard,
    PartialTranscript,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    TimerFired,
    Transferred,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.ports import Digit, Priority, Transcript
from warmline.speaking.cache import ClauseCache
from whole import GREETING, MESSAGE, ORDER, Script, call

# --- the main job ---------------------------------------------------------------------------


def test_the_whole_conversation_by_voice() -> None:
    log = call(
        [
            GREETING,
            voice(2.0, 0),
            silence(5),
            voice(2.0, 1),
            silence(5),
            voice(0.5, 2),
            silence(10),
            voice(0.5, 3),
            silence(10),
        ],
        ["Where is my order?", "4 5 2 7", "Yes.", "No, thank you."],
    )
    assert log.heard == ["Where is my order?", "4 5 2 7", "Yes.", "No, thank you."]
    assert ("order", "4527") in [(slot.slot, slot.value) for slot in log.all(SlotFilled)]
    assert "automated assistant" in log.said
    assert "I have 4 5 2 7. Is that right?" in log.said
    assert "on its way" in log.said
    assert log.reason == "completed"
    assert len(log.all(TurnMeasured)) == 4
    assert not log.all(StageFailed)


def test_the_whole_conversation_by_keypad() -> None:
    keys = [Digit(key) for key in "4527"]
    log = call([GREETING, Digit("1"), silence(4), *keys, silence(6), Digit("1"), silence(9)])
    assert "I have 4 5 2 7" in log.said
    assert "on its way" in log.said


def test_the_answer_comes_as_soon_as_it_is_complete() -> None:
    log = call([GREETING, Digit("1"), silence(4), voice(2.0, 0), silence(5)], ["4 5 2 7"])
    (ended,) = log.all(SpeechEnded)
    assert ended.reason == "complete"
    (turn,) = log.all(TurnMeasured)
    assert turn.endpoint_ms == pytest.approx(208, abs=40)  # 0.1 s of silence and the decode
    assert turn.total_ms == sum(ms for _, ms in turn.waits)
    assert turn.ended == "complete"


def test_half_a_number_is_waited_for() -> None:
    numbers = [voice(0.8, 0), silence(0.9), voice(0.8, 1), silence(4)]
    log = call([GREETING, Digit("1"), silence(4), *numbers], ["4 5", "2 7"])
    assert log.heard == ["4 5 2 7"]
    assert "I have 4 5 2 7" in log.said


# --- taking turns -----------------------------------------------------------------------------


def test_the_caller_may_interrupt_and_only_what_was_played_counts_as_said() -> None:
    log = call([silence(6.4), voice(2.0, 0), silence(6)], ["Where is my order?"])
    first, second = log.all(SpeakingFinished)[:2]
    assert (first.interrupted, second.interrupted) == (False, True)
    assert "How can I help you today?".startswith(second.text)
    assert second.text != "How can I help you today?"
    (onset,) = log.all(SpeechStarted)
    assert log.at(second) - onset.audio_at < 0.2
    assert log.line.cleared == 1
    assert "order number" in log.said


def test_a_sound_without_words_gives_the_floor_back() -> None:
    log = call([silence(6.4), voice(0.3, 99), silence(8)])
    assert [fact.reason for fact in log.all(NothingHeard)] == ["no_words"]
    assert [f.text for f in log.all(SpeakingFinished)].count("How can I help you today?") == 1
    assert log.said.endswith("How can I help you today?")


def test_a_caller_who_goes_on_is_joined_and_the_early_reply_taken_back() -> None:
    log = call(
        [GREETING, voice(1.5, 0), silence(0.8), voice(1.5, 1), silence(6)],
        ["Where is my order?", "I mean, change my address."],
    )
    assert log.heard == [
        "Where is my order?",
        "Where is my order? I mean, change my address.",
    ]
    assert [fact.turn for fact in log.all(UtteranceHeard)] == [1, 1]
    assert len(log.all(TurnResumed)) == 1
    taken_back = next(f for f in log.all(SpeakingFinished) if f.interrupted)
    assert taken_back.played_s < 0.6


def test_even_a_goodbye_is_taken_back() -> None:
    log = call(
        [GREETING, voice(1.5, 0), silence(0.9), voice(1.0, 1), silence(6)],
        ["Something else.", "No, where is my order?"],
    )
    assert len(log.all(Escalated)) == 1
    assert log.heard[-1] == "Something else. No, where is my order?"
    assert log.reason == "caller_hung_up"


def test_a_goodbye_that_was_not_meant_for_these_words_stays_one() -> None:
    thanks = [silence(1.5), voice(0.5, 1), silence(1.0), voice(0.5, 1), silence(9)]
    log = call([GREETING, voice(1.5, 0), *thanks], ["I want an agent.", "Thanks."])
    assert len(log.all(TurnResumed)) == 1
    assert log.reason == "escalated"


def test_silence_is_asked_about_and_ends_at_a_person() -> None:
    log = call([silence(90)])
    assert log.heard == []
    assert len([f for f in log.all(TimerFired) if f.name == "no_input"]) == 3
    assert [fact.reason for fact in log.all(Escalated)] == ["no_input"]
    assert log.reason == "escalated"


def test_what_is_never_understood_ends_at_a_person() -> None:
    turns = [part for _ in range(4) for part in (voice(1.0, 0), silence(9))]
    log = call([GREETING, *turns], ["Blue bananas."])
    assert [fact.reason for fact in log.all(Escalated)] == ["no_match"]
    assert log.reason == "escalated"


@pytest.mark.parametrize("way", [[Digit("*")], [Digit("0")], [voice(1.0, 0)]])
def test_a_person_is_always_one_step_away(way: Script) -> None:
    log = call([GREETING, *way, silence(10)], ["Can I talk to a human being please?"])
    assert [fact.reason for fact in log.all(Escalated)] == ["asked"]
    assert log.reason == "escalated"


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_failing_recogniser_offers_the_keypad() -> None:
    log = call(
        [GREETING, voice(1.0, 0), silence(9)],
        transcriber=ScriptedTranscriber(["Where is my order?"], failures=1),
    )
    assert [fact.reason for fact in log.all(NothingHeard)] == ["failed"]
    assert "press 1" in log.said


def test_a_slow_recogniser_loses_no_turn() -> None:
    log = call(
        [GREETING, voice(1.0, 0), silence(8), Digit("*"), silence(9)],
        transcriber=ScriptedTranscriber(["Where is my order?"], takes_s=5.0),
    )
    assert log.heard == ["Where is my order?"]


def test_a_caller_who_hangs_up_while_speaking_is_still_heard() -> None:
    log = call([GREETING, voice(1.0, 0)], ["Where is my order?"])
    assert log.heard == ["Where is my order?"]
    assert log.all(SpeechEnded)[0].reason == "hang_up"
    assert log.reason == "caller_hung_up"


def test_a_caller_who_hangs_up_at_once() -> None:
    assert call([silence(0.02)]).reason == "caller_hung_up"


def test_a_caller_who_never_stops_is_heard_in_parts() -> None:
    story = "On and on I tell you a very long story."
    log = call([silence(8), voice(70, 0), silence(5)], [story], flow=MESSAGE)
    assert log.heard == [story] * 3
    assert [f.reason for f in log.all(SpeechEnded)] == ["max_speech", "max_speech", "silence"]
    assert log.all(PartialTranscript)


def test_a_call_has_a_longest_time() -> None:
    log = call([part for _ in range(60) for part in (voice(1, 0), silence(14))], ["Yes."], MESSAGE)
    assert log.reason == "time_limit"
    assert log.entries[-1].at == pytest.approx(600, abs=15)


def test_a_key_storm_neither_stalls_nor_confuses() -> None:
    log = call([GREETING, Digit("1"), silence(3), *[Digit("4")] * 500, silence(30)])
    assert log.reason in ("caller_hung_up", "escalated")


def test_an_unknown_flow_is_refused_before_the_call_begins() -> None:
    def refuse(name: str) -> Flow:
        raise CallRefused("unknown_flow", "there is no such flow")

    async def main() -> None:
        line = ScriptedLine([silence(1)])
        services = Services(
            find_flow=refuse,
            new_detector=LoudnessDetector,
            transcriber=ScriptedTranscriber(),
            clips=ClauseCache(ToneSynthesizer()),
            fetcher=ScriptedFetcher(),
        )
        with pytest.raises(CallRefused):
            await run_call(line, services)
        await line.close()

    run(main())


def test_a_bug_in_a_room_ends_one_call_cleanly_and_says_nothing_of_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(LoudnessDetector):
        def probability(self, samples: Pcm) -> float:
            raise ValueError("secret words")

    async def main() -> list[Entry]:
        entries: list[Entry] = []
        services = Services(
            find_flow=lambda name: ORDER,
            new_detector=Broken,
            transcriber=ScriptedTranscriber(),
            clips=ClauseCache(ToneSynthesizer()),
            fetcher=ScriptedFetcher(),
            sinks=[entries.append],
        )
        line = ScriptedLine([silence(30)])
        await run_call(line, services)
        await line.close()
        return entries

    facts = [entry.fact for entry in run(main())]
    assert facts[-1] == CallEnded(reason="failed")
    assert any(isinstance(fact, StageFailed) for fact in facts)
    assert "secret" not in caplog.text


@pytest.mark.parametrize("can_transfer", [True, False])
def test_a_telephone_system_that_can_leads_the_caller_to_a_person(can_transfer: bool) -> None:
    log = call([GREETING, Digit("0"), silence(30.0)], can_transfer=can_transfer)
    (escalated,) = log.all(Escalated)
    (handover,) = log.line.handovers
    assert (handover.queue, handover.reason) == (escalated.queue, escalated.reason)
    assert handover.summary_id == log.line.call_id
    assert [fact.queue for fact in log.all(Transferred)] == [escalated.queue] * can_transfer
    assert log.reason == "escalated"


def test_who_reads_along_sees_both_sides() -> None:
    log = call([GREETING, voice(1.0), silence(8.0)], ["where is my order"])
    assert [c.text for c in log.line.shown if c.who == "caller" and c.final] == [
        "where is my order"
    ]
    assert len([c for c in log.line.shown if c.who == "bot"]) == len(log.all(SpeakingStarted))


# --- who is written along -------------------------------------------------------------------------


class UrgentEars(ScriptedTranscriber):
    """Notes how urgent what was asked is."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words)
        self.asked: set[Priority] = set()

    async def transcribe(
        self, samples: Pcm, *, priority: Priority = Priority.FINAL, **given: Any
    ) -> Transcript:
        self.asked.add(priority)
        return await super().transcribe(samples, priority=priority, **given)


@pytest.mark.parametrize("reads", [True, False])
def test_a_caller_who_reads_captions_is_written_along_as_if_watched(reads: bool) -> None:
    ears = UrgentEars(["My order is late."])
    new_line = partial(ScriptedLine, reads=reads)
    call([GREETING, voice(3, 0), silence(6)], transcriber=ears, new_line=new_line)
    assert (Priority.WATCHED in ears.asked) is reads
    assert (Priority.PARTIAL in ears.asked) is not reads
