"""What kind of network an IP address lies in, independent of the Python version's own tables."""

from __future__ import annotations

from enum import Enum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network


class AddressClass(Enum):
    """Kinds of address; the value is the Chinese name shown to people."""

    PUBLIC = "公网地址"
    INTRANET = "内网地址"
    CGNAT = "运营商共享地址"
    LOOPBACK = "本机回环地址"
    LINK_LOCAL = "链路本地地址"
    METADATA = "云平台元数据地址"
    MULTICAST = "组播地址"
    UNSPECIFIED = "未指定地址"
    DOCUMENTATION = "文档示例地址"
    TUNNEL = "隧道转换地址"
    RESERVED = "保留地址"


def _table(rows: dict[str, AddressClass]) -> tuple[tuple[IPNetwork, AddressClass], ...]:
    return tuple((ip_network(text), kind) for text, kind in rows.items())


# First match wins, so that single addresses stand before the networks that hold them.
_V4 = _table(
    {
        "169.254.169.254/32": AddressClass.METADATA,
        "100.100.100.200/32": AddressClass.METADATA,
        "0.0.0.0/8": AddressClass.UNSPECIFIED,
        "10.0.0.0/8": AddressClass.INTRANET,
        "100.64.0.0/10": AddressClass.CGNAT,
        "127.0.0.0/8": AddressClass.LOOPBACK,
        "169.254.0.0/16": AddressClass.LINK_LOCAL,
        "172.16.0.0/12": AddressClass.INTRANET,
        "192.0.0.0/24": AddressClass.RESERVED,
        "192.0.2.0/24": AddressClass.DOCUMENTATION,
        "192.88.99.0/24": AddressClass.TUNNEL,
        "192.168.0.0/16": AddressClass.INTRANET,
        "198.18.0.0/15": AddressClass.RESERVED,
        "198.51.100.0/24": AddressClass.DOCUMENTATION,
        "203.0.113.0/24": AddressClass.DOCUMENTATION,
        "224.0.0.0/4": AddressClass.MULTICAST,
        "240.0.0.0/4": AddressClass.RESERVED,
    }
)
_V6 = _table(
    {
        "fd00:ec2::254/128": AddressClass.METADATA,
        "::/128": AddressClass.UNSPECIFIED,
        "::1/128": AddressClass.LOOPBACK,
        "fe80::/10": AddressClass.LINK_LOCAL,
        "fec0::/10": AddressClass.INTRANET,
        "fc00::/7": AddressClass.INTRANET,
        "ff00::/8": AddressClass.MULTICAST,
        "2001:db8::/32": AddressClass.DOCUMENTATION,
        "3fff::/20": AddressClass.DOCUMENTATION,
        "2001::/32": AddressClass.TUNNEL,
        "2002::/16": AddressClass.TUNNEL,
        "2001::/23": AddressClass.RESERVED,
        "2000::/3": AddressClass.PUBLIC,
    }
)
_NAT64 = ip_network("64:ff9b::/96")


def class_of(address: IPAddress) -> AddressClass:
    """Tell the kind of an address.

    Args:
        address: as connected. IPv4 inside IPv6 (mapped, NAT64) is judged as the IPv4 address that
            packets finally reach; 6to4 and Teredo are tunnels and never public.

    Source: IANA IPv4 and IPv6 special-purpose address registries; RFC 6890, 6052, 3056, 4380.
    """
    plain = unwrapped(address)
    if isinstance(plain, IPv4Address):
        return _first(_V4, plain, AddressClass.PUBLIC)
    # Outside 2000::/3 nothing is assigned for general use.
    return _first(_V6, plain, AddressClass.RESERVED)


def unwrapped(address: IPAddress) -> IPAddress:
    """Give the IPv4 address that a mapped or NAT64 address stands for, else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _first(
    table: tuple[tuple[IPNetwork, AddressClass], ...], address: IPAddress, default: AddressClass
) -> AddressClass:
    for network, kind in table:
        if address.version == network.version and address in network:
            return kind
    return default
