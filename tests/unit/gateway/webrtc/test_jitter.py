"""The jitter buffer in simulated time: every packet carries its number, so order shows."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.gateway.webrtc.jitter import (
    SLOT_S,
    Conceal,
    JitterBuffer,
    JitterSettings,
    Play,
    Silence,
    Step,
)

CLOCK = 48_000
TICKS = 960


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet as it leaves the sender: its number, and when it arrives."""

    number: int
    arrives: float
    seq: int
    timestamp: int
    ssrc: int = 1
    slots: int = 1


@dataclass(slots=True)
class Heard:
    buffer: JitterBuffer
    steps: list[tuple[float, Step]] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        played = [step.payloads for _, step in self.steps if isinstance(step, Play)]
        return [int.from_bytes(payload) for payloads in played for payload in payloads]

    def count(self, kind: type[Step]) -> int:
        return sum(isinstance(step, kind) for _, step in self.steps)

    def waits(self) -> list[tuple[float, float]]:
        """For each played packet when, and how long after it was spoken."""
        return [
            (at, at - int.from_bytes(payload) * SLOT_S)
            for at, step in self.steps
            if isinstance(step, Play)
            for payload in step.payloads
        ]


def sent(
    numbers: Iterable[int],
    delay: Callable[[int], float] = lambda _: 0.0,
    *,
    drift_ppm: float = 0.0,
    first_seq: int = 65_500,
    first_timestamp: int = (1 << 32) - 10 * TICKS,
) -> list[Sent]:
    return [
        Sent(
            number,
            number * SLOT_S * (1 + drift_ppm / 1e6) + delay(number),
            (first_seq + number) % (1 << 16),
            (first_timestamp + number * TICKS) % (1 << 32),
        )
        for number in numbers
    ]


def hear(
    packets: list[Sent],
    *,
    quiet: Callable[[int], bool] = lambda _: False,
    until: float | None = None,
    buffer: JitterBuffer | None = None,
) -> Heard:
    """Push all packets at their time, and pull whenever it is due, until all was played."""
    heard = Heard(buffer := buffer or JitterBuffer(CLOCK))
    coming = sorted(packets, key=lambda packet: packet.arrives)
    end = until if until is not None else coming[-1].arrives + 0.5
    while coming or (buffer.due or 0.0) <= end:
        if coming and (buffer.due is None or coming[0].arrives <= buffer.due):
            packet = coming.pop(0)
            buffer.push(
                seq=packet.seq,
                timestamp=packet.timestamp,
                ssrc=packet.ssrc,
                payload=packet.number.to_bytes(4),
                now=packet.arrives,
                slots=packet.slots,
            )
        else:
            assert buffer.due is not None
            due = buffer.due
            heard.steps.append((due, buffer.pull(due, quiet=quiet(len(heard.steps)))))
    return heard


def pauses(step: int) -> bool:
    """Every third second the caller says nothing."""
    return step // 50 % 3 == 0


def test_nothing_is_due_before_the_first_packet() -> None:
    buffer = JitterBuffer(CLOCK)
    assert buffer.due is None
    buffer.push(seq=1, timestamp=1, ssrc=1, payload=b"a", now=5.0)
    assert buffer.due == 5.0 + JitterSettings().first_s


def test_a_steady_stream_over_both_wraps_is_played_whole_and_soon() -> None:
    heard = hear(sent(range(500)))
    assert heard.numbers == list(range(500))
    assert max(wait for _, wait in heard.waits()) <= 0.04
    assert heard.buffer.arrivals.lost == 0


@pytest.mark.parametrize("loss", [0.01, 0.03, 0.05, 0.1, 0.2])
def test_loss_is_concealed_and_costs_no_delay(loss: float) -> None:
    rng = random.Random(1)
    numbers = [n for n in range(3000) if rng.random() >= loss]
    heard = hear(sent(numbers), quiet=pauses)
    assert heard.numbers == numbers
    lost = numbers[-1] - numbers[0] + 1 - len(numbers)
    assert heard.buffer.arrivals.lost == lost
    assert heard.buffer.arrivals.late == 0
    assert heard.count(Conceal) + heard.count(Silence) >= lost
    late = [wait for at, wait in heard.waits() if at > 10]
    assert max(late) <= 0.06


def test_after_a_burst_of_loss_the_wait_is_what_it_was() -> None:
    numbers = [n for n in range(300) if not 100 <= n < 110]
    heard = hear(sent(numbers))
    assert heard.numbers == numbers
    assert {round(wait, 3) for _, wait in heard.waits()} == {0.03}
    gap = [step for at, step in heard.steps if 2.02 <= at < 2.22]
    assert [type(step) for step in gap] == [Conceal] * 5 + [Silence] * 5


@pytest.mark.parametrize("spread", [0.03, 0.06, 0.1, 0.13])
def test_jitter_loses_nearly_nothing_and_waits_no_longer_than_it_must(spread: float) -> None:
    rng = random.Random(2)
    heard = hear(sent(range(3000), lambda _: rng.random() * spread), quiet=pauses)
    assert len(heard.numbers) >= 2985
    assert heard.numbers == sorted(heard.numbers)
    settled = [wait for at, wait in heard.waits() if at > 5]
    assert max(settled) <= spread + 0.05


@pytest.mark.parametrize("speaking", [True, False])
@pytest.mark.parametrize("stall", [0.1, 0.2, 0.3])
def test_a_stall_of_the_network_loses_nothing_and_is_over_2_s_later(
    stall: float, speaking: bool
) -> None:
    packets = sent(range(500), lambda n: max(0.0, 4 + stall - n * SLOT_S) if n >= 200 else 0.0)
    heard = hear(packets, quiet=lambda _: not speaking)
    assert heard.numbers == list(range(500))
    assert max(wait for at, wait in heard.waits() if at > 4 + stall + 2) <= 0.06


def test_after_a_long_stall_the_oldest_is_given_up() -> None:
    packets = sent(range(500), lambda n: max(0.0, 6.5 - n * SLOT_S) if n >= 200 else 0.0)
    heard = hear(packets)
    assert heard.numbers[200] > 300, "old words were played long after they were said"
    assert max(wait for at, wait in heard.waits() if at > 9) <= 0.06
    assert heard.buffer.arrivals.late > 100


@pytest.mark.parametrize("ppm", [200, -200, 1000, -1000])
@pytest.mark.parametrize("quiet", [pauses, lambda _: False])
def test_a_sender_whose_clock_runs_wrong_is_followed(
    ppm: float, quiet: Callable[[int], bool]
) -> None:
    frames = 30_000  # ten minutes
    heard = hear(sent(range(frames), drift_ppm=ppm), quiet=quiet)
    assert heard.numbers == list(range(frames))
    waits = [at - n * SLOT_S * (1 + ppm / 1e6) for n, (at, _) in enumerate(heard.waits())]
    assert max(waits) <= 0.06
    assert min(waits) >= 0.0
    length = heard.steps[-1][0] - heard.steps[0][0]
    assert abs(len(heard.steps) * SLOT_S - length) <= 0.001 * length, "the recording's length"


def test_reordered_packets_are_put_in_order_and_doubles_thrown_away() -> None:
    packets = sent(range(200), lambda n: 0.025 if n % 10 == 3 else 0.0)
    doubles = [Sent(p.number, p.arrives + 0.015, p.seq, p.timestamp) for p in packets[::7]]
    heard = hear(packets + doubles)
    assert heard.numbers == sorted(set(heard.numbers))
    assert len(heard.numbers) >= 198, "one or two may pay for the lesson"
    assert heard.buffer.arrivals.duplicates == len(doubles)


def test_a_packet_after_its_time_is_counted_and_not_played() -> None:
    packets = sent(range(100), lambda n: 0.3 if n == 50 else 0.0)
    heard = hear(packets)
    assert heard.numbers == [n for n in range(100) if n != 50]
    assert (heard.buffer.arrivals.late, heard.buffer.arrivals.lost) == (1, 1)


@pytest.mark.parametrize("jump", [1 << 31, 123_456_789, -50_000_000, 500 * TICKS])
def test_a_jump_of_the_timestamps_does_not_stop_the_audio(jump: int) -> None:
    packets = [
        Sent(p.number, p.arrives, p.seq, (p.timestamp + (jump if p.number >= 100 else 0)) % 2**32)
        for p in sent(range(300))
    ]
    heard = hear(packets)
    assert heard.numbers == list(range(300))
    assert heard.waits()[-1][1] <= 0.06


def test_another_source_goes_on_where_the_first_ended() -> None:
    other = [
        Sent(p.number, p.arrives, 7 + p.number, p.number * TICKS, ssrc=2)
        for p in sent(range(100, 200))
    ]
    heard = hear(sent(range(100)) + other)
    assert heard.numbers == list(range(200))
    assert heard.buffer.arrivals.received == 200
    assert heard.buffer.arrivals.lost == 0


def test_a_pause_without_packets_is_no_loss() -> None:
    """Discontinuous transmission: the sequence numbers go on where the timestamps leap."""
    after = [
        Sent(n, n * SLOT_S, 50 + n - 100, n * TICKS) for n in range(100, 150)
    ]  # fmt: skip
    before = [Sent(n, n * SLOT_S, n, n * TICKS) for n in range(50)]
    heard = hear(before + after)
    assert heard.numbers == [*range(50), *range(100, 150)]
    assert heard.buffer.arrivals.lost == 0
    assert heard.waits()[-1][1] <= 0.04


def test_long_packets_are_played_one_after_the_other() -> None:
    packets = [Sent(n, n * 0.06, n, n * 3 * TICKS, slots=3) for n in range(50)]
    heard = hear(packets)
    assert heard.numbers == list(range(50))
    times = [at for at, step in heard.steps if isinstance(step, Play)]
    assert all(abs(b - a - 0.06) < 1e-6 for a, b in pairwise(times))


def test_a_stall_of_our_own_does_not_bring_back_the_past() -> None:
    buffer = JitterBuffer(CLOCK)
    for packet in sent(range(10)):
        buffer.push(seq=packet.seq, timestamp=packet.timestamp, ssrc=1, payload=b"x",
                    now=packet.arrives)  # fmt: skip
    buffer.pull(5.0, quiet=False)
    assert buffer.due == pytest.approx(5.0 + SLOT_S)


def test_after_minutes_in_which_nobody_pulled_the_audio_is_there_at_once() -> None:
    buffer = JitterBuffer(CLOCK)
    hear(sent(range(50)), until=3.0, buffer=buffer)
    seq, timestamp = (65_500 + 50) % 65_536, ((1 << 32) - 10 * TICKS + 6000 * TICKS) % (1 << 32)
    buffer.push(seq=seq, timestamp=timestamp, ssrc=1, payload=b"back", now=120.0)
    assert buffer.due == 120 + JitterSettings().first_s
    assert buffer.pull(buffer.due, quiet=False) == Play((b"back",))


Packets = st.lists(
    st.tuples(
        st.integers(0, 65_535),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2),
        st.floats(0, 0.5, allow_nan=False),
        st.integers(1, 6),
    ),
    max_size=120,
)


@given(Packets, st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_packets_whatever_stop_it_or_make_it_grow(
    packets: list[tuple[int, int, int, float, int]], quiet: bool
) -> None:
    buffer, now, bytes_in, bytes_out = JitterBuffer(CLOCK), 0.0, 0, 0
    for seq, timestamp, ssrc, pause, slots in packets:
        now += pause
        buffer.push(seq=seq, timestamp=timestamp, ssrc=ssrc, payload=b"x", now=now, slots=slots)
        bytes_in += 1
        assert len(buffer._slots) < 200
        while buffer.due is not None and buffer.due <= now:
            step = buffer.pull(now, quiet=quiet)
            bytes_out += len(step.payloads) if isinstance(step, Play) else 0
    assert bytes_out <= bytes_in
    assert buffer.delay_s < 5


@given(st.integers(0, 2**32), st.floats(0, 0.12), st.floats(0, 0.3))
@settings(max_examples=40, deadline=None)
def test_order_and_pace_hold_under_any_loss_and_jitter(
    seed: int, spread: float, loss: float
) -> None:
    rng = random.Random(seed)
    numbers = [n for n in range(400) if rng.random() >= loss]
    heard = hear(sent(numbers or [0], lambda _: rng.random() * spread), quiet=pauses)
    assert heard.numbers == sorted(set(heard.numbers))
    assert all(abs(b - a - SLOT_S) < 1e-6 for (a, _), (b, _) in pairwise(heard.steps))
    arrivals = heard.buffer.arrivals
    assert arrivals.received == len(numbers or [0])
    assert len(heard.numbers) + arrivals.late == arrivals.received
