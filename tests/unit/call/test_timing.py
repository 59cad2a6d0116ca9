"""The waits of a turn, on calls made of known delays."""

from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.call.timing import AudioClock, TurnTimer
from warmline.events import (
    CallEnded,
    Entry,
    Escalated,
    Fact,
    FetchFinished,
    FetchStarted,
    NodeEntered,
    NothingHeard,
    PauseJudged,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)


class Call:
    """Feeds a timer with facts at given times; audio arrives `epoch` after its position."""

    def __init__(self, epoch: float = 0.0, *, echoes: bool = False, network_s: float = 0.0) -> None:
        self.timer = TurnTimer(echoes=echoes, network_s=lambda: network_s)
        self.measured: list[TurnMeasured] = []
        self._numbers = count(1)
        self.timer.observe_audio(0.0, epoch)

    def at(self, at: float, *facts: Fact) -> None:
        for fact in facts:
            entry = Entry(call_id="c", seq=next(self._numbers), at=at, fact=fact)
            self.measured += self.timer.handle(entry)

    @property
    def waits(self) -> dict[str, float]:
        """Of the last turn, those that are not 0."""
        return {name: ms for name, ms in self.measured[-1].waits if ms}


def ended(audio_at: float, turn: int = 1, reason: str = "silence") -> SpeechEnded:
    return SpeechEnded(turn=turn, audio_at=audio_at, reason=reason)


def judged(
    audio_at: float, known_at: float, words: str = "", finished: float = -1.0, because: str = "-"
) -> PauseJudged:
    return PauseJudged(
        audio_at=audio_at,
        known_at=known_at,
        kind="digits",
        words=words,
        finished=finished,
        wait_s=0.3,
        because=because,
    )


def speaks(ready_s: float = 0.0, behind_s: float = 0.0) -> SpeakingStarted:
    return SpeakingStarted(
        say_id="s", node="n", text="Thank you.", ready_s=ready_s, behind_s=behind_s
    )


def fetched(request_id: str) -> FetchFinished:
    return FetchFinished(request_id=request_id, endpoint="shop", outcome="ok", code="")


def heard(turn: int = 1) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text="yes", confidence=0.9, started_at=0.0, audio_at=1.0)


def nothing(turn: int = 1) -> NothingHeard:
    return NothingHeard(turn=turn, audio_at=1.0, reason="no_words")


SPEAKS = speaks()
SPOKE = SpeakingFinished(say_id="s", text="Thank you.", played_s=1.0, interrupted=False)
NODE = NodeEntered(node="n")
SLOT = SlotFilled(slot="order", value="4017", confidence=0.9)

delays = st.floats(min_value=0, max_value=10, allow_subnormal=False)


@given(
    epoch=delays,
    jitters=st.lists(delays, max_size=20),
    turns=st.lists(st.tuples(delays, delays, delays, delays, st.booleans()), max_size=5),
)
def test_measures_the_delays_that_a_call_was_made_of(
    epoch: float, jitters: list[float], turns: list[tuple[float, float, float, float, bool]]
) -> None:
    call = Call(epoch)
    for number, jitter in enumerate(jitters):
        call.timer.observe_audio(number * 0.02, epoch + number * 0.02 + jitter)
    voice_end = 1.0
    for turn, (endpoint, transcript, decision, first_audio, notes) in enumerate(turns, start=1):
        at = epoch + voice_end + endpoint
        call.at(at, ended(voice_end, turn))
        call.at(at := at + transcript, heard(turn))
        if notes:
            call.at(at := at + decision, NODE, SLOT)
        call.at(at := at + first_audio, SPEAKS)
        call.at(at + 1, SPOKE)
        m = call.measured[-1]
        parts = (m.endpoint_ms, m.transcript_ms, m.decision_ms, m.first_audio_ms)
        wanted = (endpoint, transcript, decision if notes else 0.0, first_audio)
        assert parts == pytest.approx([1000 * s for s in wanted], abs=0.2)
        assert m.total_ms == sum(ms for _, ms in m.waits)
        voice_end += 30.0
    assert [m.turn for m in call.measured] == list(range(1, len(turns) + 1))


def test_the_decision_lasts_until_its_last_note() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard())
    call.at(1.25, NODE, SLOT, Escalated(queue="q", reason="asked"))
    call.at(1.5, SPEAKS)
    assert (call.measured[0].decision_ms, call.measured[0].first_audio_ms) == (250, 250)


def test_only_the_first_reply_is_measured() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard(), SPEAKS, SPOKE, SPEAKS)
    assert len(call.measured) == 1


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([SPEAKS], id="a greeting"),
        pytest.param([heard(), SPEAKS], id="text without an end"),
        pytest.param([ended(1.0), SPEAKS], id="speaking before the text"),
        pytest.param([ended(1.0), nothing(), SPEAKS], id="no words"),
        pytest.param([ended(1.0, 1), heard(2), SPEAKS], id="another turn's text"),
        pytest.param([ended(1.0), heard(), ended(2.0), SPEAKS], id="undone, not heard again"),
        pytest.param([ended(1.0), heard(), CallEnded(reason="failed")], id="no reply"),
    ],
)
def test_no_measurement(facts: list[Fact]) -> None:
    call = Call()
    call.at(2.0, *facts)
    assert call.measured == []


def test_an_undone_turn_is_measured_once_from_its_last_end() -> None:
    call = Call()
    call.at(1.2, ended(1.0))
    call.at(1.3, heard())
    call.at(1.4, SpeechStarted(audio_at=1.4))
    call.at(2.5, ended(2.0))
    call.at(2.6, heard())
    call.at(3.0, SPEAKS)
    assert [round(m.total_ms) for m in call.measured] == [1000]


def test_an_earlier_turns_noise_does_not_take_the_measurement_away() -> None:
    call = Call()
    call.at(1.5, ended(1.0, 2), nothing(1), heard(2), SPEAKS)
    assert len(call.measured) == 1


def test_without_audio_nothing_can_be_said() -> None:
    call = Call()
    call.timer = TurnTimer()
    call.at(1.0, ended(0.5), heard(), SPEAKS)
    assert call.measured == []


def test_the_waits_of_a_whole_turn() -> None:
    call = Call(network_s=0.06)
    call.at(1.2, SpeechPaused(audio_at=1.0), judged(1.0, 1.2, because="nothing known yet"))
    call.at(1.26, judged(1.0, 1.25, finished=0.9))
    call.at(1.3, judged(1.0, 1.28, words="complete", finished=0.9, because="all digits"))
    call.at(1.3, ended(1.0, reason="complete"))
    call.at(1.31, heard())
    call.at(1.32, NODE, FetchStarted(request_id="r", endpoint="shop"))
    call.at(1.82, fetched("r"))
    call.at(1.83, NODE)
    call.at(2.03, speaks(ready_s=0.17, behind_s=0.1))
    assert call.waits == pytest.approx(
        {
            **{"endpoint": 300, "transcript": 10, "decision": 20, "fetch": 500},
            **{"first_audio": 30, "playout": 170, "network": 60},
        },
        abs=0.2,
    )
    (m,) = call.measured
    assert m.total_ms == sum(ms for _, ms in m.waits) == pytest.approx(1090, abs=0.2)
    assert (m.paused_ms, m.voice_ms, m.words_ms) == (200, 250, 280)
    assert (m.expected, m.ended, m.because) == ("digits", "complete", "all digits")


@given(
    parts=st.lists(delays, min_size=7, max_size=7),
    behind=delays,
    echoes=st.booleans(),
)
def test_the_waits_add_up_to_what_the_caller_heard(
    parts: list[float], behind: float, echoes: bool
) -> None:
    """The caller hears the reply as late as the synthetic call was made to be."""
    endpoint, transcript, decision, fetch, first_audio, playout, network = parts
    call = Call(epoch=0.25, echoes=echoes, network_s=network)
    at = 0.25 + 3.0 + endpoint
    call.at(at, ended(3.0))
    call.at(at := at + transcript, heard())
    call.at(at := at + decision, FetchStarted(request_id="r", endpoint="shop"))
    call.at(at := at + fetch, fetched("r"))
    handed = at + first_audio
    played = handed + max(playout, behind)
    told = played + network if echoes else played
    call.at(told, speaks(ready_s=told - handed, behind_s=min(playout, behind)))
    wanted = [*parts[:5], max(playout, behind), network]
    (m,) = call.measured
    assert [ms for _, ms in m.waits] == pytest.approx([1000 * s for s in wanted], abs=0.2)
    assert m.total_ms == sum(ms for _, ms in m.waits)
    assert m.total_ms == pytest.approx(1000 * sum(wanted), abs=0.2)


def test_a_frame_of_silence_that_still_plays_is_waited_for() -> None:
    """A mark is told at once on a line that was silent, whose sound begins at the next frame."""
    call = Call()
    call.at(1.5, ended(1.0), heard(), speaks(behind_s=0.02))
    assert call.waits == {"endpoint": 500, "playout": 20}


def test_two_requests_at_once_are_waited_for_once() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard(), FetchStarted(request_id="a", endpoint="shop"))
    call.at(1.2, FetchStarted(request_id="b", endpoint="stock"))
    call.at(1.5, fetched("a"))
    call.at(1.75, fetched("b"), fetched("unknown"), SPEAKS)
    assert call.waits == {"fetch": 750}


def test_a_request_that_outlasts_the_reply_counts_until_the_last_decision() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard())
    call.at(1.25, FetchStarted(request_id="a", endpoint="shop"))
    call.at(1.5, NODE)
    call.at(2.0, SPEAKS)
    assert call.waits == {"decision": 250, "fetch": 250, "first_audio": 500}


def test_what_the_dialogue_notes_behind_the_reply_is_not_waited_for() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard(), NODE)
    call.at(1.75, NODE)
    call.at(2.0, speaks(ready_s=0.5))
    assert call.waits == {"first_audio": 500, "playout": 500}


def test_what_was_on_the_line_before_the_text_is_no_reply() -> None:
    call = Call()
    call.at(1.5, ended(1.0), heard(), speaks(ready_s=0.25))
    assert not call.measured
    call.at(2.0, SPEAKS)
    assert call.measured[0].total_ms == 1000


# --- the clock of the caller's audio -------------------------------------------------------------


def test_the_least_delayed_frame_counts_whenever_it_comes() -> None:
    call = Call(epoch=0.5)
    call.timer.observe_audio(1.0, 1.1)
    call.timer.observe_audio(2.0, 2.9)
    call.at(3.3, ended(3.0), heard(), SPEAKS)
    assert call.measured[0].endpoint_ms == pytest.approx(200, abs=0.2)


@pytest.mark.parametrize("ppm", [200, -200])
@pytest.mark.parametrize("jitter_s", [0.0, 0.04])
def test_an_hour_of_drift_moves_no_voice_end_by_10_ms(ppm: int, jitter_s: float) -> None:
    clock = AudioClock()
    chance = Random(6)
    for frame in range(1, 50 * 3600 + 1):
        sent = frame * 0.02 * (1 + ppm * 1e-6)  # on our clock, by the sender's
        clock.arrived(frame * 0.02, sent + chance.uniform(0.0, jitter_s))
        if frame % 5000 == 0:
            assert clock.at(frame * 0.02) == pytest.approx(sent, abs=0.01)


def test_frames_that_leave_no_hole_are_forgotten() -> None:
    clock = AudioClock()
    for frame in range(5000):
        lost_s = 0.3 if frame > 2000 else 0.0
        clock.arrived(frame * 0.02, frame * 0.02 + lost_s)
    assert clock.at(100.0) == pytest.approx(100.3)


def test_a_stall_with_a_burst_behind_it_is_the_callers_wait() -> None:
    """The voice ended 0.1 s into a stall of 3 s: the caller has waited since."""
    call = Call()
    for frame in range(500):
        due = frame * 0.02
        call.timer.observe_audio(due, 13.0 if 9.9 < due < 13.0 else due)
    call.at(13.0, ended(10.0), heard(), SPEAKS)
    assert call.waits == {"endpoint": 3000}
    for frame in range(650, 1000):
        call.timer.observe_audio(frame * 0.02, frame * 0.02)
    call.at(18.3, ended(18.0, 2), heard(2), SPEAKS)
    assert call.waits == pytest.approx({"endpoint": 300}, abs=0.2)


# --- turns that were taken up again ---------------------------------------------------------------


def test_an_end_that_was_taken_back_is_told_with_the_next_one() -> None:
    call = Call()
    call.at(1.25, ended(1.0), heard(), SPEAKS)
    call.at(1.5, TurnResumed(turn=1, audio_at=1.4))
    call.at(2.0, ended(1.75), TurnResumed(turn=1, audio_at=1.9))
    call.at(3.0, ended(2.5), heard(), SPEAKS)
    call.at(5.0, ended(4.5, 2), heard(2), SPEAKS)
    assert [(m.turn, m.undone, m.total_ms) for m in call.measured] == [
        (1, 0, 250),
        (1, 2, 500),
        (2, 0, 500),
    ]


def test_a_turn_taken_back_before_its_reply_is_not_measured() -> None:
    call = Call()
    call.at(1.25, ended(1.0), heard(), TurnResumed(turn=1, audio_at=1.2), SPEAKS)
    assert call.measured == []


def test_judgements_on_an_earlier_pause_are_not_the_ends() -> None:
    call = Call()
    call.at(1.2, judged(1.0, 1.2, words="unfinished", because="um"))
    call.at(28.0, ended(28.0, reason="max_speech"), heard(), SPEAKS)
    (m,) = call.measured
    assert (m.paused_ms, m.words_ms, m.because) == (0.0, 0.0, "")


def test_a_barge_in_is_measured_as_any_turn() -> None:
    call = Call()
    call.at(0.5, SPEAKS)
    call.at(1.0, SpeechStarted(audio_at=0.9))
    call.at(1.1, SpeakingFinished(say_id="s", text="Thank", played_s=0.6, interrupted=True))
    call.at(2.25, ended(2.0), heard())
    call.at(2.5, speaks(ready_s=0.125))
    assert call.waits == {"endpoint": 250, "first_audio": 125, "playout": 125}
