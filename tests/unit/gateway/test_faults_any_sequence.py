"""Whole doors under any sequence of messages, wishes of a call, and time.

Routes, codecs, order, leg and pacing are the real ones; only the network and the clock are not.
"""

import asyncio
import contextlib
import json
from base64 import b64encode
from typing import Any, ClassVar, Final

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from door_machine import Machine
from strangers import (
    DOORSTEPS,
    LEVEL,
    Browsers,
    Desk,
    Doorstep,
    Piece,
    Visitor,
    Wire,
    twilio_event,
    twilio_media,
)
from warmline.audio.frame import FRAME
from warmline.gateway.asterisk.audiosocket import HANG_UP, encode
from warmline.gateway.asterisk.audiosocket_server import AudioSocketDoor
from warmline.gateway.asterisk.calls import AsteriskCalls, Caller
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.playout import MAX_LEAD_S
from warmline.gateway.webrtc.call import Call
from warmline.gateway.webrtc.calls import CallLimits, Calls, Wish
from warmline.gateway.webrtc.engine import Heard, Pressed, Said
from warmline.gateway.webrtc.offer import Offer, OfferRefused

_SLACK_S: Final = 0.5
"""Audio beyond real time that a far end may have got: the lead, and silence before the call."""


class WebSocketDoor(Machine):
    """A door's real route; the visitor says anything at all."""

    step: ClassVar[Doorstep]
    words: ClassVar[st.SearchStrategy[Piece]]
    codes: ClassVar[frozenset[int]] = frozenset({1000, 1003, 1007, 1008, 1009, 1011})

    @initialize(politely=st.sampled_from([True, True, True, False]))
    def comes_in(self, politely: bool) -> None:
        self.spoken = 0
        self.seen = 0

        def knock() -> None:
            self.desk, self.visitor = Desk(), Visitor(self.step)
            self.visiting = asyncio.create_task(self.visitor.visit(self.step.open(self.desk)))
            for piece in self.step.begin if politely else ():
                self.visitor.say(piece)

        self.now(knock)
        assert self.visitor.accepted
        assert politely == (self.desk.line is not None)
        self.began = self.loop.time()

    @rule(data=st.data())
    def the_peer_says(self, data: st.DataObject) -> None:
        piece = data.draw(self.words)
        self.now(lambda: self.visitor.say(piece))

    @rule(frames=st.sampled_from([1, 5, 150, 1000]))
    def the_peer_speaks(self, frames: int) -> None:
        def speak() -> None:
            for _ in range(frames):
                self.spoken += 1
                self.visitor.say(self.step.speak(self.spoken))

        self.now(speak)

    @rule()
    def the_peer_echoes_a_mark(self) -> None:
        for piece in self.visitor.got[self.seen :]:
            self.seen += 1
            if isinstance(piece, str) and (echo := self.echo(json.loads(piece))):
                self.now(lambda echo=echo: self.visitor.say(echo))  # type: ignore[misc]
                return

    @rule(takes=st.booleans())
    def the_peer_takes(self, takes: bool) -> None:
        self.now(self.visitor.takes.set if takes else self.visitor.takes.clear)

    @rule(code=st.sampled_from([1000, 1001, 1002, 1005, 1006, 1009, 1012, 4999]))
    def the_peer_leaves(self, code: int) -> None:
        self.now(lambda: self.visitor.leave(code))

    def leave(self) -> None:
        self.visitor.leave()

    def check_over(self) -> None:
        assert self.visiting.done()
        self.visiting.result()
        assert self.visitor.closed in {None, *self.codes}
        sent = [piece for piece in self.visitor.got if self.step.is_audio(piece)]
        assert len(sent) * 0.02 <= self.loop.time() - self.began + MAX_LEAD_S + _SLACK_S
        for piece in self.visitor.got:
            if isinstance(piece, str):
                self.check(json.loads(piece))

    def echo(self, said: dict[str, Any]) -> str:
        """The answer to a mark of ours; nothing to any other message."""
        return ""

    def check(self, said: dict[str, Any]) -> None:
        """A text that we sent."""
        raise NotImplementedError


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NOISE: st.SearchStrategy[Piece] = st.one_of(
    st.text(max_size=20),
    st.binary(max_size=400),
    ANY_JSON.map(json.dumps),
    st.sampled_from(["x" * 65_537, "[" * 10_000, '{"a":' * 10_000, bytes(65_537)]),
)


def objects(**fields: Any) -> st.SearchStrategy[str]:
    """JSON objects with some of these fields and values, or others."""
    values = {name: st.sampled_from(some) | ANY_JSON for name, some in fields.items()}
    return st.fixed_dictionaries({}, optional=values).map(json.dumps)


class AudioDoor(WebSocketDoor):
    step = DOORSTEPS["audio"]
    words = st.one_of(
        NOISE,
        st.sampled_from([*step.begin, '{"type": "stop"}', '{"type": "dtmf", "digit": "5"}']),
        objects(
            type=["start", "dtmf", "stop"], encoding=["pcm16", "mulaw"], rate=[8000], digit="5"
        ),
        st.sampled_from([b"", b"\0", b"\0" * 2, b"\0" * 322, b"\x10" * 65_536]),
    )

    def check(self, said: dict[str, Any]) -> None:
        assert said["type"] in ("started", "mark", "clear", "ended", "error")


class TwilioDoor(WebSocketDoor):
    step = DOORSTEPS["twilio"]
    words = st.one_of(
        NOISE,
        st.sampled_from(
            [*step.begin, twilio_event("stop"), '{"event": "stop", "streamSid": "MZ2"}']
        ),
        st.builds(
            twilio_media,
            st.integers(0, 30) | st.integers(),
            st.integers(0, 600) | st.integers(),
            st.binary(max_size=330).map(lambda data: b64encode(data).decode())
            | st.text(max_size=9),
        ),
        st.builds(twilio_event, st.just("dtmf"), dtmf=st.sampled_from([{"digit": "5"}, {}, 5])),
        st.builds(twilio_event, st.just("mark"), mark=st.sampled_from([{"name": "mark-1"}, []])),
        objects(event=["media", "start", "stop", "error", "new"], media=[{}], streamSid=["MZ1"]),
    )

    def echo(self, said: dict[str, Any]) -> str:
        return twilio_event("mark", mark=said["mark"]) if said["event"] == "mark" else ""

    def check(self, said: dict[str, Any]) -> None:
        fields = {"media": {"media"}, "mark": {"mark"}, "clear": set[str]()}[said["event"]]
        assert set(said) == {"event", "streamSid"} | fields, "a provider refuses any other form"


class AsteriskDoor(WebSocketDoor):
    step = DOORSTEPS["asterisk"]
    words = st.one_of(
        NOISE,
        st.sampled_from([*step.begin, "MEDIA_XOFF", "MEDIA_XON", "ERROR x", "DTMF_END digit:7"]),
        objects(
            event=["MEDIA_START", "DTMF_END", "MEDIA_XOFF", "MEDIA_MARK_PROCESSED", "ERROR"],
            format=["ulaw", "slin", "slin192"],
            optimal_frame_size=[160, 1, 65_536],
            correlation_id=["m1"],
            digit=["5"],
        ),
        st.sampled_from([b"", b"\0", b"\0" * 322, b"\x10" * 65_536]),
    )

    def echo(self, said: dict[str, Any]) -> str:
        if said["command"] != "MARK_MEDIA":
            return ""
        name = said["correlation_id"]
        return json.dumps({"event": "MEDIA_MARK_PROCESSED", "correlation_id": name})

    def check(self, said: dict[str, Any]) -> None:
        assert said["command"] in ("MARK_MEDIA", "FLUSH_MEDIA", "CONTINUE_MEDIA", "HANGUP")
        assert len(json.dumps(said)) <= 128


# --- AudioSocket ---------------------------------------------------------------------------------

_UUID: Final = bytes.fromhex("01001040325ec25efd4bd3805f53576e581d13")
_NAME: Final = "40325ec2-5efd-4bd3-805f-53576e581d13"
_LOUD: Final = encode(np.full(160, LEVEL, dtype=np.int16), 8_000)


class AudioSocket(Machine):
    @initialize(politely=st.sampled_from([True, True, True, False]), known=st.booleans())
    def comes_in(self, politely: bool, known: bool) -> None:
        def knock() -> None:
            self.desk, calls = Desk(), AsteriskCalls()
            if known:
                calls.register(_NAME, Caller(number="+15550100"), self.loop.time())
            settings = AsteriskSettings(secret="hush" if known else "")
            self.door = AudioSocketDoor(self.desk, calls, settings)
            self.wire = Wire(self.door)
            if politely:
                self.wire.say(_UUID + _LOUD)

        self.now(knock)
        assert politely == (self.desk.line is not None)
        self.began = self.loop.time()

    @rule(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=3))
    def the_peer_says_bytes(self, data: bytes, cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), len(data)]
        for start, end in zip(edges, edges[1:], strict=False):
            self.now(lambda start=start, end=end: self.wire.say(data[start:end]))  # type: ignore[misc]

    @rule(
        kind=st.sampled_from([0x00, 0x01, 0x03, 0x10, 0x11, 0x18, 0x19, 0xFF]),
        payload=st.binary(max_size=330) | st.sampled_from([b"5", bytes(65_535), bytes(16)]),
    )
    def the_peer_says(self, kind: int, payload: bytes) -> None:
        self.now(lambda: self.wire.say(bytes((kind, *divmod(len(payload), 256))) + payload))

    @rule(frames=st.sampled_from([1, 5, 150, 1000]))
    def the_peer_speaks(self, frames: int) -> None:
        self.now(lambda: self.wire.say(_LOUD * frames))

    @rule(takes=st.booleans())
    def the_peer_takes(self, takes: bool) -> None:
        self.now(lambda: self.wire.take(takes))

    @rule()
    def the_server_stops(self) -> None:
        self.wish(self.door.close)

    def leave(self) -> None:
        self.wire.leave()

    def check_over(self) -> None:
        assert self.wire.ended
        kinds = [kind for kind, _ in self.wire.messages]
        assert len(kinds) * 0.02 <= self.loop.time() - self.began + MAX_LEAD_S + _SLACK_S
        assert HANG_UP[0] not in kinds[:-1], "audio behind the hang-up"


# --- WebRTC, from the connection on ---------------------------------------------------------------


class WebRtc(Machine):
    """Texts, keys and connections of one caller; SDP and HTTP are tested elsewhere."""

    @initialize(connects_s=st.sampled_from([0.0, 0.0, 0.0, 1.0, None]))
    def comes_in(self, connects_s: float | None) -> None:
        self.offer = Offer(sdp="", codec="opus", payload_type=111, in_band_fec=False, key_types=(),
                           ufrag="abcd", candidates=(), sections=())  # fmt: skip
        self.engine = Browsers()
        self.engine.connects_s = connects_s

        async def knock() -> Call:
            self.desk = Desk()
            self.calls = Calls(self.desk, self.engine, CallLimits())
            call = await self.calls.begin(self.offer, Wish(captions=True))
            await asyncio.sleep(0.001)
            return call

        self.call = self.runner.run(knock())
        self.began = self.loop.time()

    @rule(
        data=st.data(),
        text=st.one_of(
            st.text(max_size=20),
            objects(type=["dtmf", "ping", "stop", "captions"], digit=["5"], on=[True, False]),
            st.sampled_from(['{"type": "dtmf", "digit": "5"}', "x" * 5000, "[" * 4000]),
        ),
        times=st.sampled_from([1, 1, 30, 70, 150]),
    )
    def the_page_says(self, data: st.DataObject, text: str, times: int) -> None:
        peer = data.draw(st.sampled_from(self.engine.all))
        self.now(lambda: peer.event(*[Said(text)] * times))

    @rule(data=st.data(), frames=st.sampled_from([1, 50, 1000]), key=st.sampled_from("5#A"))
    def the_caller_speaks(self, data: st.DataObject, frames: int, key: str) -> None:
        peer = data.draw(st.sampled_from(self.engine.all))
        loud = Heard(np.full(FRAME, LEVEL, dtype=np.int16))
        self.now(lambda: peer.event(*[loud] * frames, Pressed(key)))

    @rule(data=st.data())
    def a_connection_breaks(self, data: st.DataObject) -> None:
        self.now(data.draw(st.sampled_from(self.engine.all)).leave)

    @rule(connects_s=st.sampled_from([0.0, 1.0, 8.0, None]))
    def the_caller_comes_back(self, connects_s: float | None) -> None:
        if len(self.calls) and len(self.engine.all) < 8:
            self.engine.connects_s = connects_s
            self.wish(self._come_back)

    async def _come_back(self) -> None:
        with contextlib.suppress(OfferRefused):
            await self.calls.rejoin(self.call, self.offer)

    @rule()
    def the_server_stops(self) -> None:
        self.wish(self.calls.close)

    def leave(self) -> None:
        for peer in self.engine.all:
            peer.leave()

    def check_over(self) -> None:
        assert len(self.calls) == 0
        assert all(peer.closed for peer in self.engine.all)
        sent = sum(peer.sent for peer in self.engine.all)
        assert sent * 0.02 <= self.loop.time() - self.began + _SLACK_S
        kinds = {json.loads(text)["type"] for peer in self.engine.all for text in peer.told}
        assert kinds <= {"started", "pong", "clear", "caption", "quality", "ended"}


for machine in (AudioDoor, TwilioDoor, AsteriskDoor, AudioSocket, WebRtc):
    # The same sequences in each run; a search for new ones takes minutes, not seconds.
    machine.TestCase.settings = settings(
        max_examples=40, stateful_step_count=20, deadline=None, derandomize=True
    )

TestAudio = AudioDoor.TestCase
TestTwilio = TwilioDoor.TestCase
TestAsterisk = AsteriskDoor.TestCase
TestAudioSocket = AudioSocket.TestCase
TestWebRtc = WebRtc.TestCase
