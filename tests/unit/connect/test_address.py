"""Which addresses an endpoint may have, checked against the registries and the library."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.connect.address import allowed


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::200e"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address, allow_private=False)
    assert allowed(address, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("100.64.0.1", "::1", "fc00::1", "fd12:3456::1"),
        *("::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::192.168.0.1"),
    ],
)
def test_private_addresses_are_allowed_only_on_request(address: str) -> None:
    assert not allowed(address, allow_private=False)
    assert allowed(address, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7"),
        *("::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "::127.0.0.1", "64:ff9b:1::1"),
        *("2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "100::1", "4000::1"),
        *("::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::169.254.169.254"),
    ],
)
def test_other_addresses_never_are(address: str) -> None:
    assert not allowed(address, allow_private=False)
    assert not allowed(address, allow_private=True)


@given(st.ip_addresses())
def test_what_the_library_calls_special_is_refused(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not allowed(str(address), allow_private=False)


@given(st.ip_addresses(v=4), st.booleans())
def test_an_address_in_disguise_is_treated_as_itself(address: IPv4Address, private: bool) -> None:
    itself = allowed(str(address), allow_private=private)
    assert allowed(f"::ffff:{address}", allow_private=private) == itself
    assert allowed(f"64:ff9b::{address}", allow_private=private) == itself


def test_what_is_no_address_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        allowed("shop.example", allow_private=True)
