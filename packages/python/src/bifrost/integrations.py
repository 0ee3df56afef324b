"""Other services, with the credentials of the run's organization: own ones before those of its parents, before global ones.

Example:
    from bifrost import integrations
    microsoft = await integrations.get("Microsoft")
    if microsoft and microsoft.oauth: token = microsoft.oauth.access_token
"""

from __future__ import annotations

import builtins
from typing import Any

from ._call import call, not_available, scope_name
from ._client_of_integration import ServiceClient, new_service_client
from ._records import Record, snake


class OAuth(Record):
    """The access that a service gave. `scope` is what the token is good for, `scopes` is what the definition asks for.

    `refresh_token`, `client_id`, `client_secret` and `token_url` are None where there is none, and `client_secret` where it
    belongs to an organization above that has not lent it.

    Example:
        headers = {"Authorization": f"Bearer {integration.oauth.access_token}"}
    """

    # What to ask for when it is refreshed; it is no member, which a result or a dict would show.
    __slots__ = ("_asked",)

    _asked: dict[str, str]
    access_token: str
    token_type: str
    scope: str | None
    scopes: builtins.list[str]
    expires_at: str | None
    refresh_token: str | None
    client_id: str | None
    client_secret: str | None
    token_url: str | None

    async def refresh(self) -> OAuth:
        """Gets another token now, for all runs: this object has it from then on, and is returned.

        When another run has refreshed it since, it is the one that run got.

        Example:
            token = (await integration.oauth.refresh()).access_token
        """
        asked = {**self._asked, "rejected": self.access_token}
        for name, value in (await call("integrations.refresh", asked)).items():
            self.__dict__[snake(name)] = value
        return self


class Integration(Record):
    """An integration as the organization has set it up: `integration_id`, `name`, `base_url`, `entity_id`, `entity_name`, `config`, `oauth`.

    `config` has the values of secret fields, too; `entity_id` is as the organization was mapped, else as it has entered it.

    Example:
        url = (await integrations.get("Directory")).base_url
    """

    integration_id: str
    name: str
    base_url: str
    entity_id: str | None
    entity_name: str | None
    config: dict[str, Any]
    oauth: OAuth | None


class Mapping(Record):
    """One organization as a service knows it: `organization_id`, `organization_name`, `entity_id`, `entity_name`, `updated_at`.

    Example:
        tenant = (await integrations.get_mapping("Directory", scope=customer.id)).entity_id
    """

    integration_id: str
    organization_id: str
    organization_name: str
    entity_id: str
    entity_name: str | None
    updated_at: str


def _asked(name: str, scope: str | None) -> dict[str, str]:
    return {"name": name} if scope is None else {"name": name, "scope": scope_name(scope)}


def _oauth(asked: dict[str, str], told: dict[str, Any] | None) -> OAuth | None:
    if told is None:
        return None
    made = OAuth.of(told)
    made._asked = asked
    return made


async def get(name: str, scope: str | None = None) -> Integration | None:
    """The settings of the organization, secret values included, and its access; None when the integration is not there or not set up.

    Fails when a person must connect it again, and when one of its secrets is inherited and not lent to this code.

    Example:
        directory = await integrations.get("Directory", scope=customer.id)
    """
    asked = _asked(name, scope)
    told = await call("integrations.get", asked)
    if told is None:
        return None
    made = Integration.of(told)
    made.oauth = _oauth(asked, told["oauth"])
    return made


async def get_credentials(name: str, scope: str | None = None) -> Record:
    """The credentials themselves: `api_key`, `username`, `password`, `token`, `client_id`, `client_secret`, `oauth`; what is not used is None.

    Example:
        login = await integrations.get_credentials("Mail server")
    """
    asked = _asked(name, scope)
    told = await call("integrations.getCredentials", asked)
    names = ("apiKey", "username", "password", "token", "clientId", "clientSecret")
    made = Record.of({one: told.get(one) for one in names})
    made.oauth = _oauth(asked, told.get("oauth"))  # type: ignore[attr-defined]
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


async def list_mappings(name: str) -> builtins.list[Mapping]:
    """Which organization is which at the service: up to 1,000, of those that the person who started the run may act for.

    Example:
        for mapping in await integrations.list_mappings("Directory"):
            await config.set("tenant", mapping.entity_id, scope=mapping.organization_id)
    """
    return [Mapping.of(one) for one in await call("integrations.listMappings", {"name": name})]


async def get_mapping(name: str, scope: str | None = None, entity_id: str | None = None) -> Mapping | None:
    """The mapping that counts for an organization: its own, or that of the nearest one above it. None without one.

    With an `entity_id` it is the one of `list_mappings` that has this ID at the service.

    Example:
        mapping = await integrations.get_mapping("Directory", scope=customer.id)
    """
    if entity_id is not None:
        found = [one for one in await list_mappings(name) if one.entity_id == str(entity_id)]
        return next((one for one in found if scope is None or one.organization_id == str(scope)), None)
    told = await call("integrations.getMapping", _asked(name, scope))
    return None if told is None else Mapping.of(told)


async def upsert_mapping(
    name: str,
    scope: str | None,
    entity_id: str,
    entity_name: str | None = None,
    config: dict[str, Any] | None = None,
) -> Mapping:
    """Sets what an organization is at the service; without an `entity_name` it has none from then on.

    For people and code of the organization that has defined the integration, and of those above it; of a global one, of
    the provider. A mapping has no `config` of its own.

    Example:
        await integrations.upsert_mapping("Directory", scope=customer.id, entity_id="t-17", entity_name="Contoso")
    """
    if config:
        not_available("The argument config of integrations.upsert_mapping")
    args = {**_asked(name, scope), "entityId": str(entity_id), "entityName": entity_name}
    return Mapping.of(await call("integrations.upsertMapping", args))


async def delete_mapping(name: str, scope: str | None = None) -> bool:
    """Deletes the mapping of an organization, under the same rules as `upsert_mapping`; True when there was one.

    Example:
        await integrations.delete_mapping("Directory", scope=customer.id)
    """
    return bool(await call("integrations.deleteMapping", _asked(name, scope)))
