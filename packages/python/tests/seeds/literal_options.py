from typing import Literal

@workflow
async def create_user(
    email: str,
    role: Literal["admin", "user", "guest"] = "user",
    status: Literal["active", "inactive"] = "active",
) -> dict:
    """Create a user with predefined options."""
    ...
