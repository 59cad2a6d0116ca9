"""Which network addresses an endpoint may live at. Pure.

Guards against a name that points into our own network: a mistake, or a name server that lies.
Knows no names, no sockets and no HTTP.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

# IANA's registries of special-purpose addresses (RFC 6890, as of 2024). Written out, because
# what `ipaddress` takes for private or global differs between Python's versions.
_INTERNAL_4: Final = tuple(
    map(
        IPv4Network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
            "100.64.0.0/10",  # behind a provider's NAT (RFC 6598)
        ),
    )
)
_NEVER_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # "this host": connects to ourselves
            "169.254.0.0/16",  # link-local: a cloud's metadata and its credentials
            *("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
            *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),  # documentation
            *("224.0.0.0/4", "240.0.0.0/4"),  # multicast; reserved and broadcast
        ),
    )
)
_INTERNAL_6: Final = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))
_GLOBAL_6: Final = IPv6Network("2000::/3")
_NEVER_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols, among them Teredo tunnels
            "2002::/16",  # 6to4 tunnels
            *("2001:db8::/32", "3fff::/20"),  # documentation
        ),
    )
)
_HOLD_IPV4: Final = tuple(map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96")))
"""IPv4-mapped, and translated by NAT64 (RFC 6052): the last 32 bits are the real address."""


def allowed(address: str, *, allow_private: bool) -> bool:
    """Whether an endpoint may be at `address` ("192.0.2.1", "2001:db8::1").

    Public addresses always are, loopback and private ones if `allow_private`; link-local,
    multicast, reserved and unspecified ones never. Raises ValueError for what is no address.
    """
    match ip_address(address):
        case IPv4Address() as four:
            return _allowed_4(four, allow_private)
        case IPv6Address() as six if any(six in network for network in _HOLD_IPV4):
            return _allowed_4(IPv4Address(int(six) & 0xFFFF_FFFF), allow_private)
        case six if any(six in network for network in _INTERNAL_6):
            return allow_private
        case six:
            return six in _GLOBAL_6 and not any(six in network for network in _NEVER_6)


def _allowed_4(address: IPv4Address, allow_private: bool) -> bool:
    if any(address in network for network in _INTERNAL_4):
        return allow_private
    return not any(address in network for network in _NEVER_4)
