"""SDP offers: what is understood is written anew, all else is refused with a reason."""

import contextlib
import re
from collections.abc import Callable

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.gateway.webrtc.candidate import MAX_CANDIDATES
from warmline.gateway.webrtc.offer import MAX_MEDIA, MAX_SDP, OfferRefused, read, read_fragment


def test_what_is_understood_of_chromes_offer(chrome_offer: str) -> None:
    offer = read(chrome_offer)
    assert (offer.codec, offer.payload_type, offer.key_types) == ("opus", 111, (110,))
    assert offer.in_band_fec
    assert offer.ufrag == "4ZcD"
    assert offer.candidates == ("2 1 udp 2122194687 192.0.2.7 50002 typ host",)
    assert offer.sections == ("", "")
    written = SessionDescription.parse(offer.sdp)
    assert [m.kind for m in written.media] == ["audio", "application"]
    assert [m.rtp.muxId for m in written.media] == ["0", "1"]
    assert [str(codec) for codec in written.media[0].rtp.codecs] == ["opus/48000/2"]
    assert written.media[0].direction == "sendrecv"


def without(pattern: str) -> Callable[[str], str]:
    return lambda sdp: re.sub(rf"(?m)^{pattern}.*\r\n", "", sdp)


def instead(old: str, new: str) -> Callable[[str], str]:
    return lambda sdp: sdp.replace(old, new)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda _: "", "bad_sdp"),
        (lambda _: "hello", "bad_sdp"),
        (lambda _: "v=0\r\n", "bad_sdp"),
        (lambda sdp: sdp + "a=x\r\n" * MAX_SDP, "too_big"),
        (lambda sdp: "ü" * MAX_SDP + sdp, "too_big"),
        (lambda sdp: sdp + "m=video 9 X 1\r\n" * MAX_MEDIA, "bad_sdp"),
        (instead("m=audio", "m=video"), "no_audio"),
        (instead("m=audio 50001", "m=audio 500010"), "bad_sdp"),
        (instead("m=audio 50001", "m=audio -1"), "bad_sdp"),
        (without("a=ice-ufrag"), "bad_sdp"),
        (without("a=ice-pwd"), "bad_sdp"),
        (instead("a=ice-pwd:2", "a=ice-pwd:short\r\na=x:"), "bad_sdp"),
        (without("a=fingerprint"), "bad_sdp"),
        (instead("sha-256", "md5"), "bad_sdp"),
        (without("a=setup"), "bad_sdp"),
        (instead("a=setup:actpass", "a=setup:holdconn"), "bad_sdp"),
        (without("a=rtcp-mux"), "no_rtcp_mux"),
        (without("a=group"), "no_bundle"),
        (instead("a=mid:1", "a=mid:0"), "bad_sdp"),
        (instead("a=sendrecv", "a=recvonly"), "no_audio"),
        (instead("a=sendrecv", "a=inactive"), "no_audio"),
        (without("a=rtpmap"), "no_codec"),
        (instead("a=rtpmap:0 PCMU", "a=rtpmap:111 PCMU"), "bad_sdp"),
        (instead("111", "73"), "bad_sdp"),
    ],
)
def test_what_is_refused(chrome_offer: str, spoil: Callable[[str], str], code: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        read(spoil(chrome_offer))
    assert refused.value.code == code
    assert 400 <= refused.value.status < 500


@pytest.mark.parametrize(
    ("change", "codec", "keys"),
    [
        (without("a=rtpmap:111"), "pcmu", (126,)),
        (lambda sdp: without("a=rtpmap:0")(without("a=rtpmap:111")(sdp)), "pcma", (126,)),
        (without("a=rtpmap:1(10|26)"), "opus", ()),
    ],
)
def test_the_best_codec_is_taken_and_the_keys_on_its_clock(
    chrome_offer: str, change: Callable[[str], str], codec: str, keys: tuple[int, ...]
) -> None:
    offer = read(change(chrome_offer))
    assert (offer.codec, offer.key_types) == (codec, keys)


def test_one_way_stays_one_way(chrome_offer: str) -> None:
    assert "a=sendonly" in read(chrome_offer.replace("a=sendrecv", "a=sendonly")).sdp


def test_line_ends_may_be_bare(chrome_offer: str) -> None:
    assert read(chrome_offer.replace("\r\n", "\n")).codec == "opus"


def test_too_many_addresses_are_cut(chrome_offer: str) -> None:
    many = "".join(f"a=candidate:1 1 udp 5 10.0.0.7 {n} typ host\r\n" for n in range(1, 200))
    assert len(read(chrome_offer.replace("a=mid:0\r\n", "a=mid:0\r\n" + many)).candidates) == (
        MAX_CANDIDATES
    )


def test_other_sections_are_rejected_in_their_place(chrome_offer: str) -> None:
    video = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:v\r\na=rtpmap:96 VP8/90000\r\n"
    head, audio, data = re.split(r"(?m)^(?=m=)", chrome_offer)
    offer = read(head.replace("BUNDLE 0 1", "BUNDLE v 0 1") + video + audio + data)
    assert "video" not in offer.sdp
    answer = offer.complete(
        "v=0\r\ns=-\r\nm=audio 5 A 111\r\na=rtpmap:111 x\r\nm=application 5 B c\r\na=mid:1\r\n"
    )
    kinds = re.findall(r"(?m)^m=(\w+) (\d+)", answer)
    assert kinds == [("video", "0"), ("audio", "5"), ("application", "5")]
    assert "a=inactive\r\na=mid:v\r\n" in answer
    assert "a=ptime:20\r\na=rtpmap:111 x\r\n" in answer


def test_a_stranger_cannot_add_lines_of_its_own(chrome_offer: str) -> None:
    for separator in ("\r", "\x0b", "\x85", "\u2028"):
        spoilt = chrome_offer.replace("a=mid:0", f"a=mid:0{separator}a=candidate:evil")
        with pytest.raises(OfferRefused):
            read(spoilt)


def test_a_fragment() -> None:
    text = (
        "a=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:EsAw\r\n"
        "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
        "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"
        "a=end-of-candidates\r\n"
    )
    expected = ("1387637174 1 udp 2122260223 192.0.2.1 61764 typ host",)
    assert read_fragment(text) == ("EsAw", expected)
    for wrong in ("", "x", "a" * 20_000):
        with pytest.raises(OfferRefused):
            read_fragment(wrong)


LINES = st.sampled_from(
    [
        *("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2", "a=mid:0"),
        *("a=ice-ufrag:abcd", "a=ice-pwd:" + "x" * 22, "a=setup:actpass", "a=rtcp-mux"),
        *("a=fingerprint:sha-256 " + ":".join(["AA"] * 32), "a=group:BUNDLE 0 1"),
        *("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:1", "a=sendonly", ""),
        *("m=audio 9 X 0 \u0661", "a=rtpmap:0 PCMU/8000"),
        "a=candidate:1 1 udp 1 1.1.1.1 1 typ host",
    ]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=40), max_size=40).map("\r\n".join))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_offer_or_refused(text: str) -> None:
    try:
        offer = read(text)
    except OfferRefused as refused:
        assert str(refused).isprintable()
    else:
        SessionDescription.parse(offer.sdp)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_an_offer_with_any_piece_changed_is_an_offer_or_refused(data: st.DataObject) -> None:
    from_here = data.draw(st.integers(0, len(OFFER)))
    to_there = data.draw(st.integers(from_here, min(len(OFFER), from_here + 60)))
    text = OFFER[:from_here] + data.draw(st.text(max_size=20)) + OFFER[to_there:]
    with contextlib.suppress(OfferRefused):
        SessionDescription.parse(read(text).sdp)


OFFER = "\r\n".join(
    [
        *("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1"),
        *("m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "a=mid:0", "a=ice-ufrag:abcd", "a=rtcp-mux"),
        *("a=ice-pwd:" + "x" * 22, "a=setup:actpass", "a=sendrecv", "a=rtpmap:0 PCMU/8000"),
        *("a=fingerprint:sha-256 " + ":".join(["AA"] * 32), "a=rtpmap:111 opus/48000/2"),
        *("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:1", ""),
    ]
)
