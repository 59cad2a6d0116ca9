"""Owns what an SDP offer may ask for: it is read strictly and written anew, in our own words.

Pure. Must not know any WebRTC stack: an engine is given only what was understood here, so no
peculiarity of a stranger's text reaches a parser that trusts it. Syntax: RFC 8866, 8829, 8839.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from warmline.errors import WarmlineError
from warmline.gateway.webrtc.candidate import candidates_in

MAX_SDP: Final = 16_384
"""Bytes. Chrome's offer with video has 7,000."""
MAX_MEDIA: Final = 8
"""Media sections; those that are not the first audio or the first data channel are rejected."""

CLOCK_RATES: Final = {"opus": 48_000, "pcmu": 8_000, "pcma": 8_000}
"""The codecs that are taken, the best first (Hz, RTP)."""
_DIRECTIONS: Final = ("sendrecv", "sendonly", "recvonly", "inactive")
_HASHES: Final = ("sha-256", "sha-384", "sha-512")
_MEDIA: Final = re.compile(r"m=(\w+) \d{1,5}(?:/\d+)? ([A-Z/]+)((?: [!-~]+)+)", re.ASCII)
_UFRAG: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PWD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")
_MID: Final = re.compile(r"[!-~]{1,32}")
_FINGERPRINT: Final = re.compile(r"([a-z0-9-]{1,16}) ((?:[0-9A-F]{2}:){19,63}[0-9A-F]{2})", re.I)
_DATA: Final = re.compile(r"m=application \d+ (UDP|TCP)/DTLS/SCTP webrtc-datachannel", re.ASCII)
_SETUP: Final = re.compile("actpass|active|passive")
_RTPMAP: Final = re.compile(r"(\d{1,3}) ([\w-]{1,32})/(\d{1,6})(?:/(\d))?", re.ASCII)


class OfferRefused(WarmlineError):
    """An offer cannot be answered. `code` is for programs."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        """HTTP status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer that can be answered."""

    sdp: str
    """Of the accepted sections alone, without candidates."""
    codec: str
    """opus | pcmu | pcma"""
    payload_type: int
    in_band_fec: bool
    """The peer can make use of Opus' forward error correction."""
    key_types: tuple[int, ...]
    """Payload types of RFC 4733 events on the codec's clock."""
    ufrag: str
    candidates: tuple[str, ...]
    """The peer's addresses, values of `a=candidate`."""
    sections: tuple[str, ...]
    """For each section of the offer its m-line and mid if it is rejected, else nothing."""

    def complete(self, answer: str) -> str:
        """The engine's answer with the rejected sections in their places, and a packet time."""
        head, *media = re.split(r"(?m)^(?=m=)", answer)
        accepted = iter(media)
        parts = [rejected or next(accepted, "") for rejected in self.sections]
        lines = "".join([head, *parts]).splitlines()
        audio = next(at for at, line in enumerate(lines) if line.startswith("m=audio"))
        rtpmap = next(at for at in range(audio, len(lines)) if lines[at].startswith("a=rtpmap"))
        lines.insert(rtpmap, "a=ptime:20")
        return "\r\n".join(lines) + "\r\n"


class _Section:
    """The session's own lines, or one media section with all that it inherits."""

    def __init__(self, lines: list[str], session: "_Section | None" = None) -> None:
        self.head = lines[0] if lines else ""
        self._attributes = [line[2:].partition(":")[::2] for line in lines if line[:2] == "a="]
        self._session = session

    def all(self, name: str) -> Iterator[str]:
        own = [value for key, value in self._attributes if key == name]
        yield from own or (self._session.all(name) if self._session else ())

    def one(self, name: str, form: re.Pattern[str], what: str) -> str:
        value = next(self.all(name), "")
        if not form.fullmatch(value):
            raise OfferRefused("bad_sdp", f"sdp: {what} is missing or malformed (a={name})")
        return value

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self._attributes)


def read(sdp: str) -> Offer:
    """Raises OfferRefused. The texts of its errors never quote the offer."""
    session, media = _sections(sdp)
    audio, taken = _taken(media)
    mids = _mids(session, media, taken)
    heard = media[audio]
    codec, payload_type, key_types = _codec(heard)
    transport = _transport(heard)
    lines = ["v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines += ["a=ice-lite"] if session.has("ice-lite") else []
    for at in taken:
        lines += _audio(heard, mids[at], codec, payload_type) if at == audio else _data(mids[at])
        lines += transport
    return Offer(
        sdp="\r\n".join(lines) + "\r\n",
        codec=codec,
        payload_type=payload_type,
        in_band_fec=_wants_fec(heard, payload_type),
        key_types=key_types,
        ufrag=heard.one("ice-ufrag", _UFRAG, "the ICE user name"),
        candidates=candidates_in(value for m in media for value in m.all("candidate")),
        sections=tuple("" if at in taken else _rejected(m, mids[at]) for at, m in enumerate(media)),
    )


def read_fragment(text: str) -> tuple[str, tuple[str, ...]]:
    """ICE user name and candidates of a trickle fragment (RFC 8840). Raises OfferRefused."""
    if len(text.encode(errors="replace")) > MAX_SDP:
        raise OfferRefused("too_big", f"fragment: it may have {MAX_SDP} bytes", 413)
    lines = _lines(text)
    section = _Section(lines)
    ufrag = section.one("ice-ufrag", _UFRAG, "the ICE user name")
    return ufrag, candidates_in(section.all("candidate"))


def _lines(text: str) -> list[str]:
    # Only real line ends: Python's splitlines() would also cut at exotic separators.
    return [line.rstrip("\r") for line in text.split("\n")]


def _sections(sdp: str) -> tuple[_Section, list[_Section]]:
    if len(sdp.encode(errors="replace")) > MAX_SDP:
        raise OfferRefused("too_big", f"sdp: an offer may have {MAX_SDP} bytes", 413)
    lines = _lines(sdp)
    if lines[0] != "v=0":
        raise OfferRefused("bad_sdp", "sdp: it does not begin with v=0")
    starts = [at for at, line in enumerate(lines) if line.startswith("m=")]
    if not 0 < len(starts) <= MAX_MEDIA:
        raise OfferRefused("bad_sdp", f"sdp: there must be 1 to {MAX_MEDIA} media sections")
    session = _Section(lines[: starts[0]])
    ends = [*starts[1:], len(lines)]
    media = [_Section(lines[at:end], session) for at, end in zip(starts, ends, strict=True)]
    if not all(_MEDIA.fullmatch(m.head) for m in media):
        raise OfferRefused("bad_sdp", "sdp: an m= line is malformed")
    return session, media


def _taken(media: list[_Section]) -> tuple[int, list[int]]:
    """Which section is the caller's audio, and all that are taken: the data channel too."""
    audio = next((at for at, m in enumerate(media) if m.head.startswith("m=audio ")), None)
    if audio is None:
        raise OfferRefused("no_audio", "sdp: there is no m=audio section")
    data = next((at for at, m in enumerate(media) if _DATA.fullmatch(m.head)), audio)
    return audio, sorted({audio, data})


def _mids(session: _Section, media: list[_Section], taken: list[int]) -> list[str]:
    mids = [
        m.one("mid", _MID, "the section's id") if m.has("mid") else str(at)
        for at, m in enumerate(media)
    ]
    if len(set(mids)) < len(mids):
        raise OfferRefused("bad_sdp", "sdp: two media sections have the same a=mid")
    bundles = [value.split()[1:] for value in session.all("group") if value.startswith("BUNDLE ")]
    if len(taken) > 1 and not any({mids[at] for at in taken} <= set(ids) for ids in bundles):
        raise OfferRefused("no_bundle", "sdp: audio and data channel must be in one BUNDLE", 422)
    return mids


def _codec(audio: _Section) -> tuple[str, int, tuple[int, ...]]:
    """The best codec, its payload type, and those of keys on its clock."""
    listed = {int(pt) for pt in audio.head.split()[3:] if pt.isdecimal() and len(pt) < 4}
    maps = [m for value in audio.all("rtpmap") if (m := _RTPMAP.fullmatch(value))]
    offered = {int(m[1]): (m[2].lower(), int(m[3])) for m in maps if int(m[1]) in listed}
    if len(offered) < sum(int(m[1]) in listed for m in maps):
        raise OfferRefused("bad_sdp", "sdp: a payload type is used twice")
    if any(pt > 127 or 63 < pt < 96 for pt in offered):
        raise OfferRefused("bad_sdp", "sdp: a payload type is not 0 to 63 or 96 to 127")
    for name, clock in CLOCK_RATES.items():
        for payload_type, form in offered.items():
            if form == (name, clock):
                keys = [pt for pt, key in offered.items() if key == ("telephone-event", clock)]
                return name, payload_type, tuple(keys)
    raise OfferRefused("no_codec", "sdp: none of opus, PCMU and PCMA is offered", 422)


def _transport(audio: _Section) -> list[str]:
    lines = [
        "a=ice-ufrag:" + audio.one("ice-ufrag", _UFRAG, "the ICE user name"),
        "a=ice-pwd:" + audio.one("ice-pwd", _PWD, "the ICE password"),
        "a=setup:" + audio.one("setup", _SETUP, "the DTLS role"),
    ]
    prints = [m for value in audio.all("fingerprint") if (m := _FINGERPRINT.fullmatch(value))]
    strong = [m for m in prints if m[1].lower() in _HASHES]
    known = [f"a=fingerprint:{m[1].lower()} {m[2].upper()}" for m in strong]
    if not known:
        raise OfferRefused("bad_sdp", "sdp: there is no DTLS fingerprint by SHA-256 or better")
    return lines + known[:4]


def _audio(section: _Section, mid: str, codec: str, payload_type: int) -> list[str]:
    if not section.has("rtcp-mux"):
        raise OfferRefused("no_rtcp_mux", "sdp: the audio section must offer a=rtcp-mux", 422)
    direction = next((name for name in _DIRECTIONS if section.has(name)), "sendrecv")
    if direction not in ("sendrecv", "sendonly"):
        raise OfferRefused("no_audio", "sdp: the caller's side must send audio (a=sendrecv)", 422)
    name, channels = {"opus": ("opus", "/2")}.get(codec, (codec.upper(), ""))
    return [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {payload_type}",
        *("c=IN IP4 0.0.0.0", f"a={direction}", f"a=mid:{mid}", "a=rtcp-mux"),
        f"a=rtpmap:{payload_type} {name}/{CLOCK_RATES[codec]}{channels}",
    ]


def _data(mid: str) -> list[str]:
    return [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        *("c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=sctp-port:5000", "a=max-message-size:65536"),
    ]


def _wants_fec(audio: _Section, payload_type: int) -> bool:
    mine = [value for value in audio.all("fmtp") if value.startswith(f"{payload_type} ")]
    return any("useinbandfec=1" in value.replace(" ", ";").split(";") for value in mine)


def _rejected(section: _Section, mid: str) -> str:
    match = _MEDIA.fullmatch(section.head)
    assert match is not None
    head = f"m={match[1]} 0 {match[2]} {match[3].split()[0]}"
    return "\r\n".join([head, "c=IN IP4 0.0.0.0", "a=inactive", f"a=mid:{mid}"]) + "\r\n"
