"""The door's HTTP, both forms, on an engine that only answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from warmline.audio.frame import Pcm
from warmline.errors import ConfigError
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.calls import CallLimits
from warmline.gateway.webrtc.door import WebRtcSettings, webrtc_router
from warmline.gateway.webrtc.engine import Closed, PeerEvent
from warmline.gateway.webrtc.ice import IceSettings
from warmline.gateway.webrtc.offer import Offer, OfferRefused
from warmline.ports import AudioProfile, Line

KEY = {"Authorization": "Bearer 0123456789abcdef"}
SDP = {"Content-Type": "application/sdp"}


class SilentPeer:
    def __init__(self, offer: Offer) -> None:
        self.answer, self.ufrag = "v=0 the answer", offer.ufrag
        self.profile = AudioProfile(
            name="webrtc", rate=16_000, codec=offer.codec, lead_s=0.04, continuous=True
        )
        self.quality = Quality()
        self.candidates: list[str] = []
        self.closed = asyncio.Event()

    async def add_candidates(self, candidates: Sequence[str]) -> None:
        self.candidates += candidates

    async def connected(self, timeout_s: float) -> bool:
        return not self.closed.is_set()

    async def receive(self) -> PeerEvent:
        await self.closed.wait()
        return Closed()

    def send(self, frame: Pcm) -> None: ...
    def clear(self) -> None: ...
    def tell(self, text: str) -> None: ...

    async def close(self) -> None:
        self.closed.set()


class AnsweringEngine:
    def __init__(self) -> None:
        self.peers: list[SilentPeer] = []

    async def accept(self, offer: Offer) -> SilentPeer:
        if "refuse" in offer.ufrag:
            raise OfferRefused("bad_sdp", "sdp: no")
        self.peers.append(SilentPeer(offer))
        return self.peers[-1]


class Door:
    """The door, open; with what its calls asked for."""

    def __init__(self, http: httpx.AsyncClient, engine: AnsweringEngine, lines: list[Line]) -> None:
        self.http, self.engine, self.lines = http, engine, lines

    async def token(self) -> str:
        return str((await self.http.post("/webrtc/token", headers=KEY)).json()["token"])

    async def offer(self, **fields: object) -> httpx.Response:
        return await self.http.post("/webrtc/offer", json={"type": "offer"} | fields)

    async def whip(self, sdp: str, **params: str) -> httpx.Response:
        headers = SDP | {"Authorization": f"Bearer {await self.token()}"}
        return await self.http.post("/whip", content=sdp, params=params, headers=headers)


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[Door]:
    engine, lines = AnsweringEngine(), list[Line]()

    async def handler(line: Line) -> None:
        lines.append(line)
        await line.started("c")
        async for _ in line:
            pass

    app = FastAPI()
    chosen = WebRtcSettings(**({"api_key": "0123456789abcdef"} | settings))
    app.include_router(webrtc_router(handler, chosen, engine))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://us") as http,
    ):
        yield Door(http, engine, lines)
    assert all(peer.closed.is_set() for peer in engine.peers), "a peer was left open"


def refused(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"code", "message"}
    return response.status_code, body["code"]


async def test_tokens_for_our_page_and_for_programs_with_the_key() -> None:
    ice = IceSettings(urls=("stun:s.example:1", "turn:t.example:1"), turn_secret="x")
    async with opened(ice=ice) as door:
        body = (await door.http.post("/webrtc/token", headers=KEY)).json()
        assert body["expires_in"] == 60
        assert [set(server) for server in body["ice_servers"]] == [
            {"urls"},
            {"urls", "username", "credential"},
        ]
        ours = await door.http.post("/webrtc/token", headers={"Origin": "http://us"})
        assert ours.status_code == 200
        assert ours.headers["cache-control"] == "no-store"
        theirs = await door.http.post("/webrtc/token", headers={"Origin": "http://them"})
        assert refused(theirs) == (403, "forbidden")
        assert refused(await door.http.post("/webrtc/token")) == (403, "forbidden")


async def test_an_offer_begins_a_call(chrome_offer: str) -> None:
    async with opened() as door:
        token = await door.token()
        response = await door.offer(
            sdp=chrome_offer, token=token, flow="help", caller="Ada", request_data={"any": 1}
        )
        assert response.status_code == 200
        answer = response.json()
        assert answer["type"] == "answer"
        assert answer["sdp"] == "v=0 the answer"
        assert len(answer["pc_id"]) >= 22
        await asyncio.sleep(0)
        assert [(line.info.flow, line.info.caller) for line in door.lines] == [("help", "Ada")]
        assert refused(await door.offer(sdp=chrome_offer, token=token)) == (401, "bad_token")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 401, "bad_token"),
        ({"token": "wrong"}, 401, "bad_token"),
        ({"token": "x" * 200}, 400, "bad_request"),
        ({"pc_id": "unknown"}, 404, "unknown_call"),
        ({"type": "answer"}, 400, "bad_request"),
        ({"sdp": 5}, 400, "bad_request"),
        ({"flow": "a\nb"}, 400, "bad_request"),
        ({"caller": "x" * 65}, 400, "bad_request"),
        ({"sdp": "x" * 40_000}, 413, "too_big"),
    ],
)
async def test_offers_that_are_refused(
    chrome_offer: str, fields: dict[str, object], status: int, code: str
) -> None:
    async with opened() as door:
        response = await door.offer(**({"sdp": chrome_offer} | fields))
        assert refused(response) == (status, code)
        assert door.engine.peers == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"sdp":NaN}', b"[" * 30_000])
async def test_bodies_that_are_no_offer(body: bytes) -> None:
    async with opened() as door:
        assert refused(await door.http.post("/webrtc/offer", content=body)) == (400, "bad_request")
        assert refused(await door.http.patch("/webrtc/offer", content=body)) == (400, "bad_request")


@pytest.mark.parametrize("spoil", ["", "v=0", "m=audio 9 X 0", "garbage"])
async def test_a_bad_sdp_costs_a_token_and_nothing_else(spoil: str) -> None:
    async with opened() as door:
        response = await door.offer(sdp=spoil, token=await door.token())
        assert refused(response) == (400, "bad_sdp")
        assert refused(await door.whip(spoil)) == (400, "bad_sdp")


async def test_an_engine_that_cannot_leaves_no_call(chrome_offer: str) -> None:
    async with opened() as door:
        sdp = chrome_offer.replace("a=ice-ufrag:4ZcD", "a=ice-ufrag:refuse")
        assert refused(await door.offer(sdp=sdp, token=await door.token())) == (400, "bad_sdp")


async def test_more_calls_than_lines_are_told_to_come_later(chrome_offer: str) -> None:
    async with opened(limits=CallLimits(max_calls=1), token_required=False) as door:
        assert (await door.offer(sdp=chrome_offer)).status_code == 200
        response = await door.offer(sdp=chrome_offer)
        assert refused(response) == (503, "busy")
        assert response.headers["retry-after"] == "5"


async def test_a_known_pc_id_goes_on_with_its_call(chrome_offer: str) -> None:
    async with opened(limits=CallLimits(max_calls=1), token_required=False) as door:
        pc_id = (await door.offer(sdp=chrome_offer)).json()["pc_id"]
        again = await door.offer(sdp=chrome_offer, pc_id=pc_id, restart_pc=True)
        assert again.json()["pc_id"] == pc_id
        first, second = door.engine.peers
        await asyncio.wait_for(first.closed.wait(), 1)
        assert not second.closed.is_set()
        assert len(door.lines) == 1
        other_codec = chrome_offer.replace("opus/48000", "speex/48000")
        response = await door.offer(sdp=other_codec, pc_id=pc_id)
        assert refused(response) == (422, "codec_changed")


async def test_candidates_may_come_later(chrome_offer: str) -> None:
    async with opened(token_required=False) as door:
        pc_id = (await door.offer(sdp=chrome_offer)).json()["pc_id"]
        candidate = "candidate:1 1 udp 5 10.0.0.7 9 typ host generation 0"
        candidates = [
            {"candidate": candidate, "sdp_mid": "0", "sdp_mline_index": 0},
            {"candidate": "candidate:1 1 udp 5 x.local 9 typ host"},
            {"candidate": ""},
        ]
        body = {"pc_id": pc_id, "candidates": candidates}
        response = await door.http.patch("/webrtc/offer", json=body)
        assert response.json() == {"status": "success"}
        assert door.engine.peers[0].candidates == ["1 1 udp 5 10.0.0.7 9 typ host"]
        unknown = await door.http.patch("/webrtc/offer", json=body | {"pc_id": "x"})
        assert refused(unknown) == (404, "unknown_call")


async def test_whip(chrome_offer: str) -> None:
    ice = IceSettings(urls=("stun:s.example:1",))
    async with opened(ice=ice) as door:
        response = await door.whip(chrome_offer, flow="help", caller="Ada")
        assert response.status_code == 201
        assert response.headers["content-type"] == "application/sdp"
        assert response.headers["link"] == '<stun:s.example:1>; rel="ice-server"'
        assert response.headers["etag"] == '"4ZcD"'
        place = response.headers["location"]
        assert place.startswith("/whip/")
        await asyncio.sleep(0)
        assert door.lines[0].info.flow == "help"
        assert (await door.http.get(place)).status_code == 204
        assert (await door.http.delete(place)).status_code == 200
        await asyncio.wait_for(door.engine.peers[0].closed.wait(), 1)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        (SDP, 401),
        (SDP | {"Authorization": "Bearer no"}, 401),
    ],
)
async def test_whip_that_is_refused(
    chrome_offer: str, headers: dict[str, str], status: int
) -> None:
    async with opened() as door:
        response = await door.http.post("/whip", content=chrome_offer, headers=headers)
        assert response.status_code == status
        assert ("www-authenticate" in response.headers) == (status == 401)


FRAGMENT = "a=ice-ufrag:4ZcD\r\na=candidate:1 1 udp 5 10.0.0.7 9 typ host\r\n"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"If-Match": '"4ZcD"'}, FRAGMENT, 204),
        ({}, FRAGMENT, 428),
        ({"If-Match": '"other"'}, FRAGMENT, 412),
        ({"If-Match": "*"}, FRAGMENT, 422),
        ({"If-Match": '"4ZcD"'}, FRAGMENT.replace("4ZcD", "other"), 422),
        ({"If-Match": '"4ZcD"'}, "", 400),
        ({"If-Match": '"4ZcD"', "Content-Type": "text/plain"}, FRAGMENT, 415),
    ],
)
async def test_whip_trickle(
    chrome_offer: str, headers: dict[str, str], body: str, status: int
) -> None:
    async with opened() as door:
        place = (await door.whip(chrome_offer)).headers["location"]
        headers = {"Content-Type": "application/trickle-ice-sdpfrag"} | headers
        response = await door.http.patch(place, content=body, headers=headers)
        assert response.status_code == status
        assert len(door.engine.peers[0].candidates) == (status == 204)


async def test_whip_says_what_it_takes() -> None:
    async with opened() as door:
        response = await door.http.options("/whip")
        assert (response.status_code, response.headers["accept-post"]) == (204, "application/sdp")
        assert (await door.http.options("/whip/x")).status_code == 204
        for method in ("GET", "DELETE", "PATCH"):
            assert (await door.http.request(method, "/whip/none")).status_code == 404
        response = await door.http.post("/whip", content=b"\xff", headers=SDP | KEY)
        assert response.status_code == 401


@pytest.mark.parametrize("wrong", [{"token_s": 0}, {"api_key": "short"}])
def test_a_wrong_setting_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        WebRtcSettings(**wrong)


def test_the_key_is_not_shown() -> None:
    assert "0123456789abcdef" not in repr(WebRtcSettings(api_key="0123456789abcdef"))
