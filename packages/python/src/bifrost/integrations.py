"""Other services, with the credentials of the run's organization: own ones before those of its parents, before global ones.

Example:
    from bifrost import integrations
    microsoft = await integrations.get("Microsoft")
    if microsoft and microsoft.oauth: token = microsoft.oauth.access_token
"""

from __future__ import annotations

import builtins
from typing import Any

from ._call import call, not_available
from ._client_of_integration import ServiceClient, new_service_client
from ._records import Record
from .errors import BifrostError


class OAuth(Record):
    """The access that a service gave: `access_token`, `token_type`, `scopes`, `expires_at`. Other members are None.

    Example:
        headers = {"Authorization": f"Bearer {integration.oauth.access_token}"}
    """

    access_token: str
    token_type: str
    scopes: str | None
    expires_at: str | None
    refresh_token: str | None
    client_id: str | None
    client_secret: str | None
    token_url: str | None

    async def refresh(self) -> OAuth:
        """Asks for another token, when the service has refused this one.

        Example:
            token = (await integration.oauth.refresh()).access_token
        """
        answer = await call("integrations.get", {"name": self._integration, "rejected": self.access_token})
        if answer["oauth"]:
            self.__dict__.update(_oauth(self._integration, answer["oauth"]).__dict__)
        return self

    @property
    def _integration(self) -> str:
        return str(self.__dict__["_name"])

    def to_dict(self) -> dict[str, Any]:
        """All members as a dict.

        Example:
            oauth.to_dict()["expires_at"]
        """
        return {name: value for name, value in self.__dict__.items() if name != "_name"}


class Integration(Record):
    """An integration as the organization has set it up: `integration_id`, `name`, `base_url`, `entity_id`, `entity_name`, `config`, `oauth`.

    Example:
        url = (await integrations.get("Directory")).base_url
    """

    integration_id: str | None
    name: str
    base_url: str
    entity_id: str | None
    entity_name: str | None
    config: dict[str, Any]
    oauth: OAuth | None


def _oauth(name: str, told: dict[str, Any]) -> OAuth:
    return OAuth(
        _name=name,
        access_token=told["accessToken"],
        token_type=told["tokenType"],
        scopes=told["scope"],
        expires_at=told["expiresAt"],
        refresh_token=told.get("refreshToken"),
        client_id=told.get("clientId"),
        client_secret=told.get("clientSecret"),
        token_url=told.get("tokenUrl"),
    )


async def get(name: str, scope: str | None = None) -> Integration | None:
    """The settings of the organization and its access; None when the integration is not there or not set up.

    Example:
        directory = await integrations.get("Directory", scope=customer.id)
    """
    try:
        told = await call("integrations.get", {"name": name}, scope)
    except BifrostError as error:
        if error.code in ("not_found", "conflict"):
            return None
        raise
    if told is None:
        return None
    return Integration(
        integration_id=told.get("id"),
        name=told["name"],
        base_url=told["baseUrl"],
        entity_id=told["entityId"],
        entity_name=told["entityName"],
        config=told["config"],
        oauth=_oauth(name, told["oauth"]) if told["oauth"] else None,
    )


async def get_credentials(name: str, scope: str | None = None) -> Record:
    """The credentials themselves: `api_key`, `username`, `password`, `token`, `client_id`, `client_secret`, `oauth`; what is not used is None.

    Example:
        login = await integrations.get_credentials("Mail server")
    """
    told = await call("integrations.getCredentials", {"name": name}, scope)
    names = ("apiKey", "username", "password", "token", "clientId", "clientSecret")
    made = Record.of({one: told.get(one) for one in names})
    made.oauth = _oauth(name, told["oauth"]) if told.get("oauth") else None  # type: ignore[attr-defined]
    return made


async def get_client(name: str, scope: str | None = None) -> ServiceClient:
    """Calls the service with its credentials, which go to its own hosts and nowhere else. With httpx installed it is an
    `httpx.AsyncClient`; without it a small one with get, post, put, patch, delete and `status_code`, `text`, `json()`.

    Example:
        users = (await (await integrations.get_client("Directory")).get("/users")).json()
    """
    return await new_service_client(name, scope)


async def list() -> builtins.list[Record]:
    """All integrations that there are for the organization: `name`, `description`, `base_url`, `state`, `entity_id`.

    Example:
        names = [one.name for one in await integrations.list() if one.state == "connected"]
    """
    return [Record.of(one) for one in await call("integrations.list", {})]


async def list_mappings(name: str) -> builtins.list[Record]:
    """Which organization is what at the service.

    Example:
        for mapping in await integrations.list_mappings("Directory"): ...
    """
    not_available("integrations.list_mappings")


async def get_mapping(name: str, scope: str | None = None, entity_id: str | None = None) -> Record:
    """What the organization is at the service.

    Example:
        mapping = await integrations.get_mapping("Directory", scope=customer.id)
    """
    not_available("integrations.get_mapping")


async def upsert_mapping(
    name: str, scope: str, entity_id: str, entity_name: str | None = None, config: dict[str, Any] | None = None
) -> Record:
    """Says what an organization is at the service.

    Example:
        await integrations.upsert_mapping("Directory", customer.id, "t-17", "Contoso")
    """
    not_available("integrations.upsert_mapping")


async def delete_mapping(name: str, scope: str) -> bool:
    """Forgets what an organization is at the service.

    Example:
        await integrations.delete_mapping("Directory", customer.id)
    """
    not_available("integrations.delete_mapping")
