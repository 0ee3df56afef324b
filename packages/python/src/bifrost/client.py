"""The SDK in a program that is no run: it asks the server over HTTP, with the rights of a key.

Steps and sleeps run in the program and are not remembered; screens, waiting for events and cursors need a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Mapping

from ._current import connect_outside
from ._outside import OutsideRun
from .errors import BifrostError, _call_error


class BifrostClient:
    """A connection to a server. The modules (`config`, `tables`, `workflows` …) go through the one that was made last; inside
    of a run they always ask for the run.

    Example:
        client = BifrostClient("https://bifrost.example.com", os.environ["BIFROST_API_KEY"])
        workflows = await client.get("/api/workflows")
        devices = await tables.query("devices")
    """

    def __init__(self, base_url: str | None = None, token: str | None = None, scope: str | None = None) -> None:
        url, key = base_url or os.environ.get("BIFROST_URL", ""), token or os.environ.get("BIFROST_API_KEY", "")
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise TypeError("BifrostClient needs the address of the server: give base_url, or set BIFROST_URL.")
        if not key:
            raise TypeError("BifrostClient needs an API key: give token, or set BIFROST_API_KEY.")
        self._url = url.rstrip("/")
        self._token = key
        self._scope = scope
        connect_outside(OutsideRun(self))

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Reads what the API answers at a path, as parsed JSON. Errors are BifrostErrors with the API's code.

        Example:
            runs = await client.get("/api/executions", params={"limit": 10})
        """
        query = f"?{urllib.parse.urlencode(params, doseq=True)}" if params else ""
        return await self._request("GET", path + query, None)

    async def post(self, path: str, body: Any = None) -> Any:
        """Sends JSON with POST.

        Example:
            run = await client.post("/api/workflows/nightly/executions", {"input": {}})
        """
        return await self._request("POST", path, {} if body is None else body)

    async def put(self, path: str, body: Any = None) -> Any:
        """Sends JSON with PUT.

        Example:
            await client.put("/api/config/region", {"value": "eu"})
        """
        return await self._request("PUT", path, {} if body is None else body)

    async def patch(self, path: str, body: Any = None) -> Any:
        """Sends JSON with PATCH.

        Example:
            await client.patch(f"/api/organizations/{org_id}", {"is_active": False})
        """
        return await self._request("PATCH", path, {} if body is None else body)

    async def delete(self, path: str) -> Any:
        """Calls with DELETE.

        Example:
            await client.delete("/api/config/region")
        """
        return await self._request("DELETE", path, None)

    def close(self) -> None:
        """The modules ask this server no more.

        Example:
            client.close()
        """
        connect_outside(None)

    async def _request(self, method: str, path: str, body: Any) -> Any:
        return await asyncio.to_thread(self._ask, method, path, body)

    def _ask(self, method: str, path: str, body: Any) -> Any:
        headers = {"authorization": f"Bearer {self._token}"}
        if self._scope is not None:
            headers["bifrost-scope"] = self._scope
        if body is not None:
            headers["content-type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/{path.lstrip('/')}", data, headers, method=method)
        try:
            # The key goes to this server alone, and not where it redirects to.
            with urllib.request.build_opener(_NoRedirect).open(request) as response:
                text = response.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise _answered(error.code, error.read()) from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise BifrostError(
                f"The server at {self._url} does not answer ({reason}). Check the address, and whether the server runs.",
                "unavailable",
            ) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _answered(status: int, text: bytes) -> BifrostError:
    try:
        error = json.loads(text)["error"]
        return _call_error(error["code"], error["message"])
    except (ValueError, KeyError, TypeError):
        return BifrostError(f"The server answered {status}.", "internal")


def _connect_by_environment() -> None:
    if os.environ.get("BIFROST_URL") and os.environ.get("BIFROST_API_KEY"):
        BifrostClient()
