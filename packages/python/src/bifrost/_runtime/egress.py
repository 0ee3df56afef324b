"""Where connections may go: the rules of `packages/contract/src/egress.ts`. What is not the public internet is closed, unless
a rule of the installation or of the organization opens it."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Union

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_CLOSED_V4 = [
    ipaddress.IPv4Network(text)
    for text in """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4""".split()
]
# Of IPv6 only global unicast is open, and addresses that stand for IPv4 ones, which are looked at as such.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = [ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20", "::/96")]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")

_HOST = re.compile(r"^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$")
_RULE = re.compile(r"^(\[[^\]]+\]|[^:\[\]/]+)(?::(\d{1,5}))?$")


def address_of(text: str) -> Address | None:
    """An address of a zone (fe80::1%eth0) names an interface of this machine, and is none here."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def name_of(host: str) -> str:
    """A name as rules compare it: lower case, without the brackets of IPv6 and the dot at the end."""
    name = host.lower()
    return name[1:-1] if name.startswith("[") and name.endswith("]") else name.removesuffix(".")


def _network(rule: str) -> Network | None:
    try:
        return ipaddress.ip_network(name_of(rule.split("/")[0]) + "/" + rule.split("/")[1], strict=False)
    except (ValueError, IndexError):
        return None


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address in _6TO4 and not _is_public(ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)):
        return False
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


class EgressRules:
    """The rules of an installation with what its allow-list opens, and the platform's own port, which stays closed."""

    def __init__(self, allow: list[str], closed: dict[str, Any] | None) -> None:
        self._hosts: list[tuple[str, int | None]] = []
        self._networks: list[tuple[Network, int | None]] = []
        for rule in allow:
            self._add(rule)
        self._closed_port = closed["port"] if closed else None
        self._closed = [self._of_address(rule) for rule in closed["networks"]] if closed else []

    @staticmethod
    def _of_address(rule: str) -> Network | None:
        address = address_of(name_of(rule))
        return _network(rule) if address is None else ipaddress.ip_network(address)

    def _add(self, rule: str) -> None:
        network = _network(rule)
        if network is not None:
            self._networks.append((network, None))
            return
        whole = (rule, None) if address_of(rule) is not None else None
        found = None if whole else _RULE.match(rule)
        if whole is None and found is None:
            return
        host, port = whole or (found.group(1), found.group(2))  # type: ignore[union-attr]
        host, number = name_of(host), None if port is None else int(port)
        address = address_of(host)
        if address is not None:
            self._networks.append((ipaddress.ip_network(address), number))
        # A number is an address in disguise, and no name.
        elif _HOST.match(host) and not re.match(r"^(0x[0-9a-f]*|\d+)$", host.split(".")[-1]):
            self._hosts.append((host, number))

    def refusal(self, hosts: set[str], address_text: str, port: int | None) -> str | None:
        """None when it may be made; else one sentence that says why not. `hosts`: the names that it was asked for by."""
        shown = next(iter(hosts), address_text)
        address = address_of(address_text)
        if address is None:
            return _refusal(shown, port)
        if port == self._closed_port and any(one is not None and _within(address, one) for one in self._closed):
            return f"{shown}:{port} is the platform itself; code of a workflow calls it through the SDK."
        if _is_public(address) or self._opens(hosts, address, port):
            return None
        return _refusal(shown, port)

    def opens_name(self, host: str) -> bool:
        return any(name_of(host) == open_host for open_host, _ in self._hosts)

    def _opens(self, hosts: set[str], address: Address, port: int | None) -> bool:
        names = {name_of(host) for host in hosts}
        for host, own in self._hosts:
            if host in names and own in (None, port):
                return True
        return any(_within(address, network) and own in (None, port) for network, own in self._networks)


def _within(address: Address, network: Network) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None and network.version == 4:
        return address.ipv4_mapped in network
    return address.version == network.version and address in network


def _refusal(host: str, port: int | None) -> str:
    place = f"{host}:{port}" if port else host
    return (
        f"{host} is not on the public internet, and this platform does not connect to private addresses unless its "
        f'administrator opens them: ask for "{place}" in BIFROST_EGRESS_ALLOW, or for your organization alone.'
    )
