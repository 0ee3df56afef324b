"""People with an account, with the rights of the person who started the run.

Example:
    from bifrost import users
    admins = [user for user in await users.list() if user.is_superuser]
"""

from __future__ import annotations

import builtins
from typing import Any

from ._call import call
from ._records import Record

_ADMIN = "platform_admin"


class User(Record):
    """A person: `id`, `email`, `name`, `role`, `is_active`, `is_superuser` (a platform admin), `organization`, `roles`.

    Example:
        user = await users.get(context.user_id)
    """

    id: str
    email: str
    name: str
    role: str
    is_active: bool
    is_superuser: bool
    organization: Any


def _user(members: dict[str, Any]) -> User:
    made = User.of(members)
    made.is_superuser = made.role == _ADMIN
    organization = members.get("organization")
    made.organization = Record.of(organization) if organization else None
    made.organization_id = organization["id"] if organization else None  # type: ignore[attr-defined]
    return made


async def list(org_id: str | None = None, search: str | None = None, is_active: bool | None = None) -> builtins.list[User]:
    """People of the run's organization, or of another one.

    Example:
        people = await users.list(org_id=customer.id)
    """
    return [_user(one) for one in await call("users.list", {"search": search, "isActive": is_active}, org_id)]


async def get(user_id: str) -> User:
    """One person; a ValueError when there is none.

    Example:
        email = (await users.get(user_id)).email
    """
    found = await call("users.get", {"id": user_id})
    if found is None:
        raise ValueError(f"There is no user {user_id}.")
    return _user(found)


async def create(
    email: str, name: str, is_superuser: bool = False, org_id: str | None = None, role: str | None = None
) -> User:
    """Makes an account.

    Example:
        await users.create("ada@contoso.com", "Ada")
    """
    role = _ADMIN if is_superuser else role
    return _user(await call("users.create", {"email": email, "name": name, "role": role}, org_id))


async def update(user_id: str, **changes: Any) -> User:
    """Changes `name`, `role`, `is_active` or `is_superuser`.

    Example:
        await users.update(user_id, is_active=False)
    """
    values = {("isActive" if name == "is_active" else name): value for name, value in changes.items()}
    if "is_superuser" in values:
        values["role"] = _ADMIN if values.pop("is_superuser") else values.get("role", "member")
    unknown = [name for name in values if name not in ("name", "role", "isActive")]
    if unknown:
        raise TypeError(f"A user has no {unknown[0]} that can be changed.")
    return _user(await call("users.update", {"id": user_id}, values=values))


async def delete(user_id: str) -> None:
    """Deletes an account.

    Example:
        await users.delete(user_id)
    """
    await call("users.delete", {"id": user_id})
