"""Which of a peer's addresses are tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.webrtc.candidate import MAX_CANDIDATES, candidates_in, usable


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (
            "1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw",
            "1387637174 1 udp 2122260223 192.0.2.1 61764 typ host",
        ),
        ("candidate:1 1 UDP 5 10.0.0.7 9 typ host", "1 1 udp 5 10.0.0.7 9 typ host"),
        ("1 1 udp 5 2001:db8::1 9 typ relay", "1 1 udp 5 2001:db8::1 9 typ relay"),
        (
            "1 1 udp 5 203.0.113.5 9 typ srflx raddr 10.0.0.7 rport 9",
            "1 1 udp 5 203.0.113.5 9 typ srflx",
        ),
        ("1 1 udp 5 127.0.0.1 9 typ prflx", "1 1 udp 5 127.0.0.1 9 typ host"),
        ("1 1 udp 5 8e7d2f4c-aaaa.local 9 typ host", None),
        ("1 2 udp 5 10.0.0.7 9 typ host", None),  # RTCP apart
        ("1 1 tcp 5 10.0.0.7 9 typ host tcptype active", None),
        ("1 1 udp 5 10.0.0.7 0 typ host", None),
        ("1 1 udp 5 10.0.0.7 65536 typ host", None),
        ("1 1 udp 9999999999 10.0.0.7 9 typ host", None),
        ("1 1 udp 5 10.0.0.999 9 typ host", None),
        ("1 1 udp 5 224.0.0.1 9 typ host", None),
        ("1 1 udp 5 0.0.0.0 9 typ host", None),
        ("1 1 udp 5 255.255.255.255 9 typ host", None),
        ("1 1 udp 5 fe80::1%eth0 9 typ host", None),
        ("1 1 udp 5 10.0.0.7 9 typ evil", None),
        ("", None),
    ],
)
def test_a_candidate(text: str, plain: str | None) -> None:
    assert usable(text) == plain


def test_each_once_and_not_too_many() -> None:
    many = [f"1 1 udp 5 10.0.0.7 {port} typ host" for port in range(1, 200)]
    assert len(candidates_in(many * 2)) == MAX_CANDIDATES
    assert len(candidates_in(many[:1] * 9)) == 1


@given(st.text(max_size=120))
def test_any_text_is_plain_or_nothing(text: str) -> None:
    assert "\n" not in (usable(text) or "")
