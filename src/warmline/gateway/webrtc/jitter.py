"""Owns how long a caller's audio packets wait, and what is played when one is missing.

Pure: the caller brings the clock (any monotonic seconds) and decodes. Must not know RTP's wire
format, codecs or sockets.

A packet's *transit* is its arrival minus its place in the audio, so playing with a shift `P`
leaves it `P - transit` seconds to spare. All decisions follow from the transits of the last
second: the highest of them is what the network needs, and a margin comes on top. A frame is
left out or put in where nobody hears it to bring `P` there: jitter, the sender's clock and
stalls are all the same thing. Loss is not: it moves no transit, so it costs no delay.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from warmline.gateway.webrtc.arrivals import Arrivals, signed

SLOT_S: Final = 0.02
"""Seconds of a packet, and of the frames that are played."""
MAX_BACKLOG_S: Final = 0.1
"""Behind our own clock by more than this, time is skipped instead of caught up."""
MAX_JUMP_S: Final = 2.0
"""A packet this far from where it should be begins anew (timestamps jumped, a long stall)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JitterSettings:
    """Seconds, unless it says otherwise."""

    margin_s: float = 0.02
    """Between the slowest packet of late and its turn: what comes slower still."""
    first_s: float = 0.03
    """The wait of the first packet, before anything is known."""
    max_spread_s: float = 0.14
    """Packets slower than the fastest by more are given up. A steady network needs none of it;
    with the margin and half a frame the wait stays below 60 ms up to 30 ms of jitter."""
    window_s: float = 1.0
    """How long a slow packet is remembered; so the wait is back 2 s after a stall."""
    conceal_s: float = 0.1
    """Made up in a row; after that nobody takes it for a voice, and silence is better."""
    hurry: int = 6
    """While the caller speaks, at most one frame in so many is left out."""


@dataclass(frozen=True, slots=True)
class Play:
    """Decode and play; two payloads become one frame, which shortens the wait by a frame."""

    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Conceal:
    """Play 20 ms made up from what was played before."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Play 20 ms of nothing."""


Step = Play | Conceal | Silence


@dataclass(frozen=True, slots=True)
class _Packet:
    payload: bytes
    slots: int


class JitterBuffer:
    """One stream of audio packets. `push` what comes, `pull` whenever `due` is reached."""

    def __init__(self, clock_rate: int, settings: JitterSettings | None = None) -> None:
        """`clock_rate`: RTP timestamp units a second (Hz)."""
        self._settings = settings or JitterSettings()
        self._ticks = round(clock_rate * SLOT_S)
        self._ssrc: int | None = None
        self._timestamp = 0  # unwrapped, of the packet before
        self._origin = 0  # timestamp of slot 0
        self._slots: dict[int, _Packet] = {}
        self._newest = -1
        self._next = 0  # the slot that `pull` plays
        self._waited = 0  # slots played from nothing since the buffer ran empty
        self._made_up = 0  # slots in a row
        self._since_skip = 0
        self._transits: deque[tuple[float, float]] = deque()  # when, seconds
        self._delay_s = 0.0
        self.arrivals = Arrivals()
        self.concealed = 0
        self.due: float | None = None
        """When to pull next; None until there was a packet."""

    def push(
        self, *, seq: int, timestamp: int, ssrc: int, payload: bytes, now: float, slots: int = 1
    ) -> None:
        """Take a packet of `slots` times 20 ms. Whatever comes, nothing is raised."""
        if ssrc != self._ssrc:
            self._restart(ssrc, timestamp)
        if not self.arrivals.take(seq):
            return
        self._timestamp += signed(timestamp - self._timestamp, 32)
        slot = round((self._timestamp - self._origin) / self._ticks)
        if self.due is None or now - self.due > MAX_JUMP_S:  # the first, or nobody pulled
            self.due = now + self._settings.first_s
            self._slots.clear()
            self._transits.clear()
            self._next, self._waited = slot, 0
        elif abs(now - slot * SLOT_S - self._transit(now)) > MAX_JUMP_S:
            slot = self._anchor(slot)
        transit = now - slot * SLOT_S
        self._note(transit, now)
        if slot < self._next or slot in self._slots:
            self.arrivals.late += 1
            return
        if not self._slots and self._waited:
            self._next += min(slot - self._next, self._waited)
            self._waited = 0
        self._slots[slot] = _Packet(payload, slots)
        self._newest = max(self._newest, slot)
        self._shed()

    def other(self, *, seq: int) -> None:
        """A packet of the stream that is no audio (a key, say) took this number."""
        self.arrivals.take(seq)

    def pull(self, now: float, *, quiet: bool) -> Step:
        """The next step; to be called when `due` is reached.

        `quiet`: what was played last is a pause, in which more or less of it is not heard.
        """
        assert self.due is not None
        if now - self.due > MAX_BACKLOG_S:
            self.due = now
        self.due += SLOT_S
        spare = self._spare(now)
        self._since_skip += 1
        packet = self._slots.get(self._next)
        if packet is None and self._slots and spare >= SLOT_S:
            self._next += 1  # a hole is left out instead of filled
            packet = self._slots.get(self._next)
        if packet is None:
            return self._fill(spare)
        if quiet and spare <= -SLOT_S / 2 and self._made_up == 0:
            return self._make_up()
        return self._play(packet, spare, quiet)

    @property
    def delay_s(self) -> float:
        """How long packets have waited of late, on average."""
        return max(0.0, self._delay_s)

    # --- places ----------------------------------------------------------------------------

    def _restart(self, ssrc: int, timestamp: int) -> None:
        if self._ssrc is not None:
            self.arrivals.restart()
        self._ssrc, self._timestamp = ssrc, timestamp
        self._origin = timestamp
        self._anchor(0)

    def _anchor(self, slot: int) -> int:
        """Begin anew: `slot`, as it is counted now, comes behind all that is here."""
        place = max(self._next, self._newest + 1)
        self._origin -= (place - slot) * self._ticks
        self._transits.clear()
        self._waited = 0
        return place

    def _shed(self) -> None:
        """What is too much even for the slowest network goes, the oldest first."""
        most = round((self._settings.max_spread_s + self._settings.margin_s) / SLOT_S) * 2
        if self._newest - self._next <= most:
            return
        self._next = self._newest - most // 2
        for slot in [slot for slot in self._slots if slot < self._next]:
            del self._slots[slot]
            self.arrivals.late += 1

    # --- times -----------------------------------------------------------------------------

    def _shift(self) -> float:
        assert self.due is not None
        return self.due - self._next * SLOT_S

    def _transit(self, now: float) -> float:
        return self._transits[-1][1] if self._transits else self._shift()

    def _note(self, transit: float, now: float) -> None:
        self.arrivals.measure(transit)
        self._transits.append((now, transit))
        self._delay_s += (self._shift() - transit - self._delay_s) / 16

    def _spare(self, now: float) -> float:
        """Seconds by which packets wait longer than they must; negative when too short."""
        settings = self._settings
        while self._transits and self._transits[0][0] < now - settings.window_s:
            self._transits.popleft()
        if not self._transits:
            return 0.0
        transits = [transit for _, transit in self._transits]
        slowest = min(max(transits), min(transits) + settings.max_spread_s)
        # `due` was moved on already: this frame's own shift is a slot less.
        return self._shift() - SLOT_S - slowest - settings.margin_s

    # --- steps -----------------------------------------------------------------------------

    def _play(self, packet: _Packet, spare: float, quiet: bool) -> Play:
        assert self.due is not None
        self._made_up = 0
        payloads = [self._take(packet)]
        self.due += (packet.slots - 1) * SLOT_S
        after = self._slots.get(self._next)
        cooled = self._since_skip >= (2 if quiet else self._settings.hurry)
        if spare >= SLOT_S and cooled and after is not None and packet.slots == after.slots == 1:
            payloads.append(self._take(after))
            self._since_skip = 0
        return Play(tuple(payloads))

    def _take(self, packet: _Packet) -> bytes:
        del self._slots[self._next]
        self._next += packet.slots
        return packet.payload

    def _fill(self, spare: float) -> Step:
        if not self._slots:
            self._waited += 1  # late or lost: the next packet tells
        elif spare > -SLOT_S / 2:
            self._next += 1
        # else the network has become slower: this one is waited for
        return self._make_up()

    def _make_up(self) -> Step:
        self._made_up += 1
        if self._made_up * SLOT_S > self._settings.conceal_s + SLOT_S / 2:
            return Silence()
        self.concealed += 1
        return Conceal()
