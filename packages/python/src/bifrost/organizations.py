"""Organizations, with the rights of the person who started the run.

Example:
    from bifrost import organizations
    for organization in await organizations.list(): logger.info(organization.name)
"""

from __future__ import annotations

import builtins
from typing import Any

from ._call import call
from ._records import Record


class Organization(Record):
    """An organization: `id`, `name`, `slug`, `parent_id`, `is_provider`, `is_active`, `domain`, `created_at`, `people`.

    Example:
        organization = await organizations.get(context.org_id)
    """

    id: str
    name: str
    slug: str
    parent_id: str | None
    is_provider: bool
    is_active: bool
    created_at: str
    domain: str | None


async def list(search: str | None = None, is_active: bool | None = None) -> builtins.list[Organization]:
    """All organizations that may be seen.

    Example:
        customers = [one for one in await organizations.list() if not one.is_provider]
    """
    found = await call("organizations.list", {"search": search, "isActive": is_active})
    return [Organization.of(one) for one in found]


async def get(org_id: str) -> Organization:
    """One organization; a ValueError when there is none.

    Example:
        name = (await organizations.get(org_id)).name
    """
    found = await call("organizations.get", {"id": org_id})
    if found is None:
        raise ValueError(f"There is no organization {org_id}.")
    return Organization.of(found)


async def create(
    name: str, domain: str | None = None, is_active: bool = True, parent_id: str | None = None
) -> Organization:
    """Makes an organization. Its `domain` is where its people have their addresses; two organizations have not the same.

    Example:
        contoso = await organizations.create("Contoso", domain="contoso.com")
    """
    args = {"name": name, "parentId": parent_id, "domain": domain}
    made = Organization.of(await call("organizations.create", args))
    return made if is_active else await update(made.id, is_active=False)


async def update(org_id: str, **changes: Any) -> Organization:
    """Changes `name`, `is_active`, `parent_id` or `domain`; a `domain` of None removes it.

    Example:
        await organizations.update(org_id, is_active=False)
    """
    names = {"name": "name", "is_active": "isActive", "parent_id": "parentId", "domain": "domain"}
    unknown = [name for name in changes if name not in names]
    if unknown:
        raise TypeError(f"An organization has no {unknown[0]} that can be changed.")
    values = {names[name]: value for name, value in changes.items()}
    return Organization.of(await call("organizations.update", {"id": org_id}, values=values))


async def delete(org_id: str) -> None:
    """Deletes an organization that has nothing any more.

    Example:
        await organizations.delete(org_id)
    """
    await call("organizations.delete", {"id": org_id})
