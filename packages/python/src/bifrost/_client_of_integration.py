"""HTTP calls with the credentials of an integration, which go to its own hosts alone."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from ._call import call

ServiceClient = Any


def is_own_host(client: dict[str, Any], url: str) -> bool:
    """Whether credentials may go to an address; the same rule as in TypeScript."""
    base, address = urllib.parse.urlsplit(client["baseUrl"]), urllib.parse.urlsplit(url)
    if address.username or address.password or address.scheme not in ("https", base.scheme):
        return False
    host = _host(address)
    if address.scheme == base.scheme and host == _host(base):
        return True
    return any(
        host.endswith(named[1:]) and len(host) > len(named) - 1 if named.startswith("*.") else host == named
        for named in (one.lower() for one in client["hosts"])
    )


def _host(address: urllib.parse.SplitResult) -> str:
    port = address.port
    is_usual = port is None or port == {"http": 80, "https": 443}.get(address.scheme)
    return (address.hostname or "") + ("" if is_usual else f":{port}")


class _Access:
    def __init__(self, name: str, scope: str | None, client: dict[str, Any]) -> None:
        self.name = name
        self.scope = scope
        self.client = client

    def url(self, path: str) -> str:
        if urllib.parse.urlsplit(path).scheme:
            return path
        # `//other.host` would be an address of another host.
        return f"{self.client['baseUrl'].rstrip('/')}/{path.lstrip('/' + chr(92))}"

    async def renew(self) -> bool:
        """The token was refused: another one, when there is one."""
        before = self.client["token"]
        if before is None:
            return False
        self.client = await call("integrations.client", {"name": self.name, "rejected": before}, self.scope)
        return bool(self.client["token"] != before)


async def new_service_client(name: str, scope: str | None) -> ServiceClient:
    access = _Access(name, scope, await call("integrations.client", {"name": name}, scope))
    try:
        import httpx  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return PlainClient(access)
    return _httpx_client(httpx, access)


def _httpx_client(httpx: Any, access: _Access) -> Any:
    class Credentials(httpx.Auth):  # type: ignore[misc,name-defined,unused-ignore]
        async def async_auth_flow(self, request: Any) -> Any:
            if not is_own_host(access.client, str(request.url)):
                yield request
                return
            self._sign(request)
            response = yield request
            if response.status_code == 401 and await access.renew():
                self._sign(request)
                yield request

        def _sign(self, request: Any) -> None:
            request.headers.update(access.client["headers"])
            request.url = request.url.copy_merge_params(access.client["query"])

    return httpx.AsyncClient(base_url=access.client["baseUrl"], auth=Credentials(), timeout=60)


class PlainResponse:
    """What a service answered."""

    def __init__(self, status_code: int, headers: Any, content: bytes) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = content

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        return json.loads(self.content)

    def raise_for_status(self) -> PlainResponse:
        if self.status_code >= 400:
            raise OSError(f"The service answered {self.status_code}: {self.text[:200]}")
        return self


class PlainClient:
    """The part of httpx's client that most code uses, for where httpx is not installed."""

    def __init__(self, access: _Access) -> None:
        self._access = access

    async def __aenter__(self) -> PlainClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def aclose(self) -> None:
        return None

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        json: Any = None,
        data: Any = None,
        content: bytes | str | None = None,
        timeout: float = 60,
    ) -> PlainResponse:
        body, kind = _body(json, data, content)
        sent = {**({"content-type": kind} if kind else {}), **(headers or {})}
        response = await self._send(method, url, params, sent, body, timeout)
        if response.status_code == 401 and await self._access.renew():
            return await self._send(method, url, params, sent, body, timeout)
        return response

    async def _send(
        self, method: str, path: str, params: dict[str, Any] | None, headers: dict[str, str], body: bytes | None, timeout: float
    ) -> PlainResponse:
        url = self._access.url(path)
        query = dict(params or {})
        if is_own_host(self._access.client, url):
            headers = {**headers, **self._access.client["headers"]}
            query.update(self._access.client["query"])
        if query:
            url += ("&" if "?" in url else "?") + urllib.parse.urlencode(query, doseq=True)
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        return await asyncio.to_thread(_fetch, request, timeout)

    async def get(self, url: str, **options: Any) -> PlainResponse:
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> PlainResponse:
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Any) -> PlainResponse:
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Any) -> PlainResponse:
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Any) -> PlainResponse:
        return await self.request("DELETE", url, **options)


def _body(given: Any, data: Any, content: bytes | str | None) -> tuple[bytes | None, str | None]:
    if given is not None:
        return json.dumps(given).encode(), "application/json"
    if isinstance(data, dict):
        return urllib.parse.urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    chosen = content if content is not None else data
    return (chosen.encode() if isinstance(chosen, str) else chosen), None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Credentials are on the request: it goes to no other host by itself."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetch(request: urllib.request.Request, timeout: float) -> PlainResponse:
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as response:
            return PlainResponse(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return PlainResponse(error.code, error.headers, error.read())
