"""Secrets are config values that are stored encrypted.

Example:
    from bifrost import secrets
    key = await secrets.get("api_key")
"""

from __future__ import annotations

from typing import Any

from . import config


async def get(key: str, default: Any = None) -> Any:
    """The same as `config.get`.

    Example:
        token = await secrets.get("api_token")
    """
    return await config.get(key, default)
