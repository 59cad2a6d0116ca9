"""Playout on a clock of numbers: pace, marks, clear, underruns; then the laws, on any script."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import Pcm
from warmline.gateway.playout import Mark, Playout

RATE = 8000
FRAME = 160


def ramp(samples: int, start: int = 1) -> Pcm:
    """Samples that tell their position, and are never 0 like padding."""
    return (np.arange(start, start + samples) % 30_000 + 1).astype(np.int16)


def frames(items: list[Pcm | Mark]) -> list[Pcm]:
    return [item for item in items if not isinstance(item, Mark)]


def run(playout: Playout, now: float, until: float) -> list[tuple[float, Pcm | Mark | str]]:
    """What happens when: frames and marks sent, and names of marks played."""
    log: list[tuple[float, Pcm | Mark | str]] = []
    while (due := playout.next_due(now)) <= until:
        now = due
        log += [(now, item) for item in playout.due(now)]
        log += [(now, name) for name in playout.played_marks(now)]
    return log


@pytest.mark.parametrize("lead_s", [0.0, 0.019, 0.21, -1.0])
def test_the_lead_has_bounds(lead_s: float) -> None:
    with pytest.raises(ValueError, match="lead_s"):
        Playout(RATE, lead_s)


def test_a_burst_of_the_lead_then_a_frame_each_20_ms() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(10 * FRAME), 5.0)
    log = run(playout, 5.0, 9.0)
    assert [at for at, _ in log] == pytest.approx([5, 5, 5, *(5 + 0.02 * i for i in range(1, 8))])
    assert np.concatenate([item for _, item in log]).tolist() == ramp(10 * FRAME).tolist()
    assert playout.next_due(9.0) == inf


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_frames_have_20_ms_at_every_rate(rate: int) -> None:
    playout = Playout(rate)
    playout.write(ramp(rate), 0.0)
    assert {item.size for _, item in run(playout, 0.0, 2.0) if isinstance(item, np.ndarray)} == {
        rate // 50
    }


def test_a_mark_is_sent_behind_its_audio_and_played_after_it() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(5 * FRAME), 0.0)
    playout.mark("end")
    log = run(playout, 0.0, 1.0)
    (sent,) = (i for i, (_, item) in enumerate(log) if isinstance(item, Mark))
    assert sent == 5
    assert log[sent][0] == pytest.approx(0.04)
    at, name = log[-1]
    assert at == pytest.approx(0.1)
    assert name == "end"


def test_a_mark_on_nothing_is_played_at_once() -> None:
    playout = Playout(RATE)
    playout.mark("now")
    assert playout.next_due(3.0) == 3.0
    assert playout.due(3.0) == [Mark("now")]
    assert playout.played_marks(3.0) == ["now"]
    assert playout.next_due(3.0) == inf


def test_played_follows_the_clock_and_stops_with_the_audio() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(2 * FRAME), 1.0)
    assert playout.queued == 2 * FRAME
    playout.due(1.0)
    at = {1.0: 0, 1.01: 80, 1.02: 160, 1.035: 280, 1.04: 320, 5.0: 320}
    assert {now: playout.played(now) for now in at} == at
    assert playout.queued == 2 * FRAME


def test_clear_takes_back_what_was_not_played() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(FRAME), 0.0)
    playout.mark("heard")
    playout.write(ramp(10 * FRAME), 0.0)
    playout.mark("lost")
    playout.due(0.0)
    playout.clear(0.03)
    assert playout.played(0.03) == playout.played(9.0) == playout.queued == 240
    assert playout.waiting_s == 0
    assert playout.played_marks(9.0) == ["heard"]
    assert playout.next_due(9.0) == inf
    playout.write(ramp(4 * FRAME), 9.0)
    assert len(frames(playout.due(9.0))) == 3
    assert playout.played(9.02) == 240 + FRAME


def test_a_short_tail_waits_and_is_joined() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(2 * FRAME + 40), 0.0)
    assert len(playout.due(0.0)) == 2
    playout.write(ramp(120, 2 * FRAME + 41), 0.01)
    (joined,) = frames(playout.due(0.01))
    assert joined.tolist() == ramp(FRAME, 2 * FRAME + 1).tolist()


def test_a_short_tail_is_padded_when_its_time_has_come() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(3 * FRAME + 40), 0.0)
    assert len(playout.due(0.0)) == 3
    assert playout.next_due(0.0) == pytest.approx(0.04)
    (tail,) = frames(playout.due(0.041))
    assert tail[:40].tolist() == ramp(40, 3 * FRAME + 1).tolist()
    assert not tail[40:].any()
    assert playout.played(1.0) == 3 * FRAME + 40


def test_no_catch_up_after_a_stall() -> None:
    playout = Playout(RATE, 0.06)
    playout.write(ramp(100 * FRAME), 0.0)
    assert len(playout.due(0.0)) == 3
    assert len(playout.due(1.0)) == 3
    assert playout.underruns == 1
    assert playout.next_due(1.0) == pytest.approx(1.02)
    assert playout.played(1.0) == 3 * FRAME


@pytest.mark.parametrize(
    ("gap", "underruns"), [(-0.01, 0), (0.0, 0), (0.0005, 0), (0.01, 1), (0.09, 1), (0.11, 0)]
)
def test_an_underrun_is_a_short_gap_inside_speech(gap: float, underruns: int) -> None:
    playout = Playout(RATE)
    playout.write(ramp(2 * FRAME), 0.0)
    playout.due(0.0)
    playout.write(ramp(FRAME), 0.04 + gap)
    playout.due(0.04 + gap)
    assert playout.underruns == underruns


def test_padding_inside_speech_is_an_underrun() -> None:
    playout = Playout(RATE)
    playout.write(ramp(80), 0.0)
    playout.due(0.0)
    playout.write(ramp(FRAME), 0.015)
    playout.due(0.015)
    assert playout.underruns == 1


def test_a_gap_after_clear_is_none() -> None:
    playout = Playout(RATE)
    playout.write(ramp(FRAME), 0.0)
    playout.due(0.0)
    playout.clear(0.01)
    playout.write(ramp(FRAME), 0.03)
    playout.due(0.03)
    assert playout.underruns == 0


STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 5 * FRAME)),
    st.tuples(st.just("mark"), st.just(0)),
    st.tuples(st.just("clear"), st.just(0)),
    # Milliseconds until the sender looks again: in time, late, and after a long stall.
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 7, 20, 33, 60, 500])),
)


@given(st.lists(STEP, max_size=60), st.sampled_from([0.02, 0.04, 0.06, 0.2]))
def test_laws(script: list[tuple[str, int]], lead_s: float) -> None:
    playout = Playout(RATE, lead_s)
    now, written, expected = 1000.0, 0, []
    heard: list[int] = []
    far_end = now  # when the far end will have played all it has
    waiting: list[str] = []
    last_played = 0
    places: dict[str, int] = {}
    for number, (step, value) in enumerate(script):
        match step:
            case "write":
                expected += ramp(value, written).tolist()
                playout.write(ramp(value, written), now)
                written += value
            case "mark":
                places[str(number)] = playout.queued
                playout.mark(str(number))
                waiting.append(str(number))
            case "clear":
                played = playout.played(now)
                playout.clear(now)
                far_end = now
                assert playout.queued == played, "clear drops everything unplayed"
                heard, expected = heard[:played], heard[:played]
                waiting = [name for name in waiting if places[name] <= played]
            case "wait":
                now += value / 1000
        for item in playout.due(now):
            if isinstance(item, Mark):
                assert places[item.name] <= len(heard), "a mark is sent behind its audio"
                continue
            assert item.size == FRAME
            far_end = max(far_end, now) + 0.02
            assert far_end - now <= lead_s + 1e-6, "never more than the lead ahead"
            heard += [sample for sample in item.tolist() if sample]
        assert heard == expected[: len(heard)], "every sample once and in order"
        assert playout.queued == len(expected)
        played = playout.played(now)
        assert last_played <= played <= len(heard), "played is monotone, and was sent"
        last_played = played
        for name in playout.played_marks(now):
            assert name == waiting.pop(0), "marks in order"
            assert places[name] <= played, "a mark only after its audio"
    while (due := playout.next_due(now)) < inf:
        now = due
        for frame in frames(playout.due(now)):
            heard += [sample for sample in frame.tolist() if sample]
        waiting = waiting[len(playout.played_marks(now)) :]
    assert heard == expected, "all that was written comes out in the end"
    assert not waiting
    assert playout.played(now + 1) == len(expected)


def test_a_continuous_door_gets_silence_but_speech_does_not_queue_behind_it() -> None:
    playout = Playout(RATE, 0.06, continuous=True)
    quiet = run(playout, 1.0, 1.1)
    assert [at for at, _ in quiet] == pytest.approx([1 + 0.02 * i for i in range(6)])
    assert not any(np.any(item) for item in frames([item for _, item in quiet]))  # type: ignore[misc]
    playout.write(ramp(5 * FRAME), 1.105)
    loud = run(playout, 1.105, 1.109)
    assert [at for at, _ in loud] == pytest.approx([1.105, 1.105])
    assert playout.played(1.119) == 0  # the silence that is on the way plays first
    assert playout.played(1.13) == FRAME // 2
    run(playout, 1.13, 1.3)
    assert playout.underruns == 0
    assert playout.queued == 5 * FRAME


def test_a_gain_holds_from_the_next_frame_on() -> None:
    playout = Playout(RATE, 0.02)
    playout.write(np.full(3 * FRAME, 10_000, dtype=np.int16), 0.0)
    levels = []
    for at, gain in ((0.0, 0.0), (0.02, -20.0), (0.04, 0.0)):
        playout.gain_db = gain
        (frame,) = playout.due(at)
        assert not isinstance(frame, Mark)
        levels.append(int(frame[0]))
    assert levels == [10_000, 1_000, 10_000]


def echoing() -> Playout:
    """100 ms were written with a mark behind, and all of it was sent."""
    playout = Playout(RATE, 0.2, echoes=True)
    playout.write(ramp(5 * FRAME), 1.0)
    playout.mark("end")
    assert playout.due(1.0)[-1] == Mark("end")
    return playout


def test_an_echo_tells_when_a_mark_was_played_and_how_late_the_far_end_is() -> None:
    playout = echoing()
    assert playout.played_marks(1.3) == []
    assert playout.lag_s == 0.0
    playout.echoed("end", 1.35)
    assert playout.lag_s == pytest.approx(0.25)
    assert playout.played_marks(1.35) == ["end"]
    playout.write(ramp(5 * FRAME), 2.0)
    playout.due(2.0)
    assert playout.played(2.2) == 5 * FRAME  # a quarter of a second behind our clock
    assert playout.played(2.3) == 7 * FRAME + FRAME // 2


def test_without_an_echo_the_clock_decides_in_the_end() -> None:
    playout = echoing()
    assert playout.next_due(1.2) == pytest.approx(2.1)
    assert playout.played_marks(2.09) == []
    assert playout.played_marks(2.11) == ["end"]
    playout.echoed("end", 5.0)  # far too late: nobody asks any more
    playout.echoed("never set", 5.0)
    assert playout.played_marks(5.0) == []


def test_an_echo_after_a_clear_means_nothing() -> None:
    playout = echoing()
    playout.clear(1.05)
    playout.echoed("end", 1.06)
    playout.write(ramp(5 * FRAME), 1.1)
    playout.mark("next")
    playout.due(1.1)
    assert playout.played_marks(1.2) == []
    playout.echoed("next", 1.25)
    assert playout.played_marks(1.25) == ["next"]
