"""Roles: groups of people with what they may use.

Example:
    from bifrost import roles
    billing = await roles.create("Billing", "May close months")
"""

from __future__ import annotations

import builtins
from typing import Iterable

from ._call import call
from ._records import Record


class Role(Record):
    """A role: `id`, `name`, `description`, `member_count`, `grant_count`; of one that was read alone `members`, `grants`.

    Example:
        names = [role.name for role in await roles.list()]
    """

    id: str
    name: str
    description: str


async def list() -> builtins.list[Role]:
    """All roles of the organization.

    Example:
        ids = [role.id for role in await roles.list()]
    """
    return [Role.of(one) for one in await call("roles.list", {})]


async def get(role_id: str) -> Role:
    """One role with members and grants; a ValueError when there is none.

    Example:
        role = await roles.get(role_id)
    """
    found = await call("roles.get", {"id": role_id})
    if found is None:
        raise ValueError(f"There is no role {role_id}.")
    return Role.of(found)


async def create(name: str, description: str | None = None) -> Role:
    """Makes a role.

    Example:
        await roles.create("Billing")
    """
    return Role.of(await call("roles.create", {"name": name, "description": description}))


async def update(role_id: str, name: str | None = None, description: str | None = None) -> Role:
    """Changes name or description.

    Example:
        await roles.update(role_id, name="Accounting")
    """
    return Role.of(await call("roles.update", {"id": role_id, "name": name, "description": description}))


async def delete(role_id: str) -> None:
    """Deletes a role.

    Example:
        await roles.delete(role_id)
    """
    await call("roles.delete", {"id": role_id})


async def list_users(role_id: str) -> builtins.list[str]:
    """The ids of its members.

    Example:
        for user_id in await roles.list_users(role_id): ...
    """
    return [member["id"] for member in (await get(role_id)).get("members", [])]


async def assign_users(role_id: str, user_ids: Iterable[str]) -> None:
    """Replaces the members: these people are in the role afterwards, and no others.

    Example:
        await roles.assign_users(role_id, [user.id for user in await users.list()])
    """
    wanted = [str(user_id) for user_id in user_ids]
    present = await list_users(role_id)
    for user_id in wanted:
        if user_id not in present:
            await call("roles.addMember", {"id": role_id, "userId": user_id})
    for user_id in present:
        if user_id not in wanted:
            await call("roles.removeMember", {"id": role_id, "userId": user_id})


async def list_forms(role_id: str) -> builtins.list[str]:
    """The ids of the forms that its members may use.

    Example:
        form_ids = await roles.list_forms(role_id)
    """
    grants = (await get(role_id)).get("grants", [])
    return [grant["resource_id"] for grant in grants if grant["kind"] == "form"]


async def assign_forms(role_id: str, form_ids: Iterable[str]) -> None:
    """Replaces the forms: its members may use these afterwards, and no others.

    Example:
        await roles.assign_forms(role_id, [form_id])
    """
    wanted = [str(form_id) for form_id in form_ids]
    present = await list_forms(role_id)
    for form_id in wanted:
        if form_id not in present:
            await call("roles.grant", {"id": role_id, "kind": "form", "resourceId": form_id})
    for form_id in present:
        if form_id not in wanted:
            await call("roles.revoke", {"id": role_id, "kind": "form", "resourceId": form_id})
