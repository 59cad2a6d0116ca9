"""What a caller heard of a peer: waits, restarts and interruptions, from drawn tracks."""

from collections.abc import Sequence

import numpy as np
import pytest
from peer_turns import Said, figures, measure, spoke_at, stopped_ms, summary

from bare_caller import BareRecording
from desk_words import Word
from waits import Partial
from warmline.audio.frame import RATE, Pcm
from warmline.caller.tracks import Track

ZERO = 100.0
SAID = Said(clip="clip", end_s=2.0, words=(Word("good", 0.5), Word("morning", 1.0)))


def tone(seconds: float) -> Pcm:
    return np.full(round(seconds * RATE), 3000, dtype=np.int16)


def heard(
    sounds: Sequence[tuple[float, float]], clears: Sequence[float] = (), length: float = 10.0
) -> BareRecording:
    """A call in which the bot was audible in these stretches (seconds of the call); a clear
    ends what plays."""
    received = Track(RATE, ZERO)
    for begin, end in sounds:
        received.append_at(ZERO + begin, tone(end - begin))
    sent = Track(RATE, ZERO)
    sent.append(np.zeros(round(length * RATE), dtype=np.int16))
    return BareRecording(
        sent=sent,
        received=received,
        connected_at=ZERO,
        clears=[(ZERO + at, 0.5) for at in clears],
        lateness=[0.001],
    )


@pytest.mark.parametrize(
    ("sounds", "clears", "v2v_ms", "restarted", "over_ms"),
    [
        pytest.param([(3.5, 5.0)], [], 500, 0, 0, id="answered half a second after the voice"),
        pytest.param([(2.9, 4.0)], [], -100, 0, 100, id="talked over the voice's end"),
        pytest.param(
            [(1.5, 2.0), (4.0, 6.0)], [2.0], 1000, 1, 500, id="answered a part, then all of it"
        ),
        pytest.param([(3.5, 5.0)], [1.2], 500, 0, 0, id="nothing was heard before the clear"),
        pytest.param([(0.2, 0.8)], [], None, 0, 0, id="only the greeting"),
        pytest.param([(8.5, 9.0)], [], None, 0, 0, id="an answer to the next turn"),
    ],
)
def test_a_turn_is_measured_in_the_track(
    sounds: list[tuple[float, float]],
    clears: list[float],
    v2v_ms: float | None,
    restarted: int,
    over_ms: float,
) -> None:
    turn = measure(SAID, ZERO + 1.0, ZERO + 8.0, heard(sounds, clears), [], answers=True)
    assert turn.v2v_ms == (None if v2v_ms is None else pytest.approx(v2v_ms, abs=10))
    assert turn.restarted == restarted
    assert turn.over_ms == pytest.approx(over_ms, abs=10)
    assert bool(turn.failure) == (v2v_ms is None)


def test_an_answer_that_is_cleared_behind_the_voice_did_not_stay() -> None:
    call = heard([(3.2, 3.8), (5.0, 6.0)], [3.8])
    turn = measure(SAID, ZERO + 1.0, ZERO + 8.0, call, [], answers=True)
    assert turn.v2v_ms == pytest.approx(200, abs=10)
    assert turn.settled_ms == pytest.approx(2000, abs=10)


def test_who_only_writes_down_misses_no_reply() -> None:
    turn = measure(SAID, ZERO, ZERO + 8.0, heard([]), [], answers=False)
    assert turn.failure == ""


def test_words_are_timed_by_the_partials() -> None:
    told = [
        Partial(at_s=0.9, turn=0, stable="good", unstable="warning"),
        Partial(at_s=1.4, turn=0, stable="good", unstable="morning"),
        Partial(at_s=2.6, turn=0, stable="good morning", final=True),
    ]
    turn = measure(SAID, ZERO, ZERO + 8.0, heard([(3, 4)]), told, answers=True)
    assert turn.emitted is not None
    assert turn.emitted.first_ms == 400
    assert turn.emitted.words_ms == (400, 400)
    assert (turn.emitted.shown, turn.emitted.revised) == (3, 1)


@pytest.mark.parametrize(
    ("sounds", "clears", "spoke", "stopped"),
    [
        pytest.param([(0, 4.35)], [4.35], True, 250, id="stopped by the voice"),
        pytest.param([(0, 4.05)], [4.05], True, 0, id="stopped by the breath before it"),
        pytest.param([(0, 8.0)], [], True, None, id="never stopped"),
        pytest.param([(0, 1.0)], [], False, None, id="was not speaking"),
    ],
)
def test_an_interruption_ends_in_silence(
    sounds: list[tuple[float, float]], clears: list[float], spoke: bool, stopped: float | None
) -> None:
    recording = heard(sounds, clears)
    assert spoke_at(recording, ZERO + 4.0) == spoke
    assert stopped_ms(recording, ZERO + 4.0, ZERO + 4.1) == stopped


def test_figures_leave_out_what_is_not_known() -> None:
    assert figures([None]) is None
    found = figures([100.0, None, 300.0])
    assert found is not None
    assert (found["n"], found["p50"], found["max"]) == (2, 200.0, 300.0)


def test_a_summary_counts_failures_and_keeps_each_turn() -> None:
    calls = [heard([(0.3, 1.0), (3.5, 5.0)]), heard([(0.5, 1.0)])]
    turns = [measure(SAID, ZERO + 1.0, ZERO + 8.0, call, [], answers=True) for call in calls]
    found = summary(turns, calls, [120.0, None], {"start_s": 3.0})
    assert (found["turns"], found["missed_replies"]) == (2, 1)
    assert found["greeting_ms"]["p50"] == pytest.approx(400, abs=10)
    assert (found["barge_in_stop_ms"]["n"], found["barge_in_not_stopped"]) == (1, 1)
    assert found["start_s"] == 3.0
    assert [one["clip"] for one in found["each"]] == ["clip", "clip"]
