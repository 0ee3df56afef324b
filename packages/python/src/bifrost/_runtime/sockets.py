"""Every connection of this process is checked, and made by the proxy where there is one. Without it this is a fence and no
wall, which is why the docs tell how to close the network of the machine itself."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import Any, Callable

from ..errors import EgressError
from .egress import EgressRules, address_of
from .proxy_line import ProxyLine

LISTENING = "A workflow cannot listen for connections: give it an endpoint or a form, and the platform calls it."
DATAGRAMS = "A workflow cannot send or receive UDP: use a service that speaks HTTP or TCP."
_MACHINE = "A workflow cannot connect to sockets of the machine itself."
_EARLY = "Code cannot connect to anything before it is loaded."
_ENDED = (
    "The run that this call belongs to has ended, so the call was not made. Await everything before the workflow returns."
)
_INTERNET = (socket.AF_INET, socket.AF_INET6)
# Names whose addresses were looked up; what was asked longest ago is forgotten.
_NAMES_MAX = 10_000

Method = Callable[..., Any]


class Sockets:
    """Rules come with the code; nothing is open before."""

    def __init__(self, proxy: ProxyLine | None, has_ended: Callable[[], bool]) -> None:
        self.rules: EgressRules | None = None
        self._proxy = proxy
        self._has_ended = has_ended
        self._names: dict[str, set[str]] = {}
        self._peers: dict[int, tuple[Any, ...]] = {}
        # Ours may connect to what code may not: the sockets of the proxy.
        self._own = threading.local()
        self._connect: Method = socket.socket.connect
        self._getaddrinfo: Method = socket.getaddrinfo
        self._dup2 = os.dup2

    def guard(self) -> None:
        """Replaces what sockets are made and connected with."""
        sockets = self
        kind: Any = socket.socket
        setsockopt, getpeername, getsockname = kind.setsockopt, kind.getpeername, kind.getsockname

        def connect(self: socket.socket, address: Any) -> None:
            sockets.connect(self, address)

        def connect_ex(self: socket.socket, address: Any) -> int:
            try:
                sockets.connect(self, address)
            except EgressError:
                raise
            except OSError as error:
                return error.errno or 1
            return 0

        def listen(self: socket.socket, *_: Any) -> None:
            raise EgressError(LISTENING)

        def set_option(self: socket.socket, *arguments: Any) -> None:
            try:
                setsockopt(self, *arguments)
            except OSError:
                # Options of TCP mean nothing to the socket that leads to the proxy.
                if not sockets.is_proxied(self):
                    raise

        def peer(self: socket.socket) -> Any:
            if sockets.is_proxied(self):
                return sockets._peers.get(self.fileno(), ("0.0.0.0", 0))
            return getpeername(self)

        def own_name(self: socket.socket) -> Any:
            return ("0.0.0.0", 0) if sockets.is_proxied(self) else getsockname(self)

        kind.connect, kind.connect_ex, kind.listen = connect, connect_ex, listen
        socket.getaddrinfo = self.getaddrinfo
        if self._proxy is not None:
            kind.setsockopt, kind.getpeername, kind.getsockname = set_option, peer, own_name
            socket.gethostbyname = self.gethostbyname

    def is_proxied(self, sock: socket.socket) -> bool:
        if self._proxy is None or sock.family not in _INTERNET:
            return False
        try:
            return sock.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_UNIX
        except OSError:
            return False

    def require_open(self, family: int, kind: int, address: Any) -> None:
        """What the audit hook asks about every connection, whichever way it is made."""
        if getattr(self._own, "connects", False):
            return
        if family not in _INTERNET:
            raise EgressError(_MACHINE)
        if kind & 0xF != socket.SOCK_STREAM:
            raise EgressError(DATAGRAMS)
        host, port = str(address[0]), int(address[1])
        # A name would be looked up after it was checked.
        self._require_address(host, port)

    def _require_address(self, host: str, port: int) -> None:
        if self.rules is None:
            raise EgressError(_EARLY)
        if self._has_ended():
            raise EgressError(_ENDED, "run_ended")
        refusal = self.rules.refusal(self._names.get(host, set()), host, port)
        if refusal is not None:
            raise EgressError(refusal)

    def connect(self, sock: socket.socket, address: Any) -> None:
        if sock.family not in _INTERNET or not isinstance(address, tuple):
            raise EgressError(_MACHINE)
        if sock.type & 0xF != socket.SOCK_STREAM:
            raise EgressError(DATAGRAMS)
        if self._proxy is not None:
            timeout = sock.gettimeout()
            future = self._proxy.connect(*self._target(address))
            try:
                # The call waits for one that does not block as well; the event loop of the child has connections that do not wait.
                answer = future.result(timeout or None)
            except TimeoutError:
                future.cancel()
                raise socket.timeout("timed out") from None
            self._take(sock, answer)
            return
        host, port, *rest = address
        if address_of(str(host)) is None:
            host = self.getaddrinfo(host, port, sock.family, socket.SOCK_STREAM)[0][4][0]
        self._require_address(str(host), int(port))
        self._connect(sock, (host, port, *rest))

    async def connect_in_loop(self, sock: socket.socket, address: Any) -> None:
        """The same without holding up the event loop."""
        assert self._proxy is not None
        self._take(sock, await asyncio.wrap_future(self._proxy.connect(*self._target(address))))

    def _target(self, address: Any) -> tuple[str, int]:
        """The name is what rules may open, so the proxy gets it, and looks it up itself."""
        if self._has_ended():
            raise EgressError(_ENDED, "run_ended")
        host, port = str(address[0]), int(address[1])
        return next(iter(self._names.get(host, ())), host), port

    def _take(self, sock: socket.socket, answer: dict[str, Any]) -> None:
        """Puts the socket that leads to the proxy in the place of the one that the code has."""
        timeout = sock.gettimeout()
        self._own.connects = True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                self._connect(line, answer["path"])
                self._dup2(line.fileno(), sock.fileno(), False)
        finally:
            self._own.connects = False
        sock.settimeout(timeout)
        self._peers[sock.fileno()] = (answer["address"], answer["port"])

    def getaddrinfo(
        self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        name = host.decode("ascii") if isinstance(host, bytes) else host
        if self._proxy is None or name is None or address_of(str(name)) is not None:
            found = self._getaddrinfo(host, port, family, type, proto, flags)
            self._remember(name, [one[4][0] for one in found])
            return list(found)
        addresses = self._proxy.lookup(str(name))
        self._remember(name, [address for address, _ in addresses])
        number = _port_of(port)
        found = []
        for address, version in addresses:
            kind = socket.AF_INET if version == 4 else socket.AF_INET6
            if family in (0, kind) and type in (0, socket.SOCK_STREAM):
                place: tuple[Any, ...] = (address, number) if version == 4 else (address, number, 0, 0)
                found.append((kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"{name} has no such address.")
        return found

    def gethostbyname(self, host: str) -> str:
        return str(self.getaddrinfo(host, 0, socket.AF_INET)[0][4][0])

    def _remember(self, name: Any, addresses: list[str]) -> None:
        if name is None or address_of(str(name)) is not None:
            return
        for address in addresses:
            names = self._names.pop(address, set())
            names.add(str(name))
            self._names[address] = names
        while len(self._names) > _NAMES_MAX:
            del self._names[next(iter(self._names))]


def _port_of(port: Any) -> int:
    if port is None:
        return 0
    try:
        return int(port)
    except ValueError:
        return socket.getservbyname(str(port))


class ChildLoop(asyncio.SelectorEventLoop):
    """The event loop of the child, whose connections the proxy makes where there is one."""

    sockets: Sockets | None = None
    is_proxied = False

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if self.sockets is not None and self.is_proxied and sock.family in _INTERNET:
            if address_of(str(address[0])) is None:
                found = await self.getaddrinfo(address[0], address[1], family=sock.family)
                address = found[0][4]
            await self.sockets.connect_in_loop(sock, address)
        else:
            await super().sock_connect(sock, address)
