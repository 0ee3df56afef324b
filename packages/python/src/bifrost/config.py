"""Configuration and secrets of the run's organization: its own values, else those of the organizations above it, else global ones.

Example:
    from bifrost import config
    api_url = await config.get("api_url", default="https://api.example.com")
"""

from __future__ import annotations

import builtins
from typing import Any, Iterator

from ._call import call
from ._records import Record


class ConfigList:
    """All values in force: by attribute, by key, with `in`, and with `items()`. The value of a secret is None.

    Example:
        values = await config.list()
        if "api_url" in values: logger.info(values.api_url)
    """

    def __init__(self, entries: builtins.list[dict[str, Any]]) -> None:
        self._values = {entry["key"]: entry["value"] for entry in entries}
        self._entries = [Record.of(entry) for entry in entries]

    @property
    def entries(self) -> builtins.list[Record]:
        """Each with `key`, `value`, `is_secret`, and `source`: the organization that it comes from, None for a global one.

        Example:
            secrets = [entry.key for entry in (await config.list()).entries if entry.is_secret]
        """
        return self._entries

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_") or key not in self._values:
            raise AttributeError(f"There is no config value {key}.")
        return self._values[key]

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str, default: Any = None) -> Any:
        """A value, or the default where there is none.

        Example:
            (await config.list()).get("region", "eu")
        """
        return self._values.get(key, default)

    def keys(self) -> Any:
        """The keys.

        Example:
            list((await config.list()).keys())
        """
        return self._values.keys()

    def items(self) -> Any:
        """Pairs of key and value.

        Example:
            for key, value in (await config.list()).items(): ...
        """
        return self._values.items()

    def to_dict(self) -> dict[str, Any]:
        """All values as a dict.

        Example:
            return (await config.list()).to_dict()
        """
        return dict(self._values)


async def get(key: str, default: Any = None, scope: str | None = None) -> Any:
    """Reads a value, as the text, number, boolean or JSON that was set; `default` when there is none.

    Example:
        api_key = await config.get("api_key")
    """
    answer = await call("config.get", {"key": key}, scope)
    return answer["value"] if answer["found"] else default


async def set(key: str, value: Any, is_secret: bool = False, scope: str | None = None) -> None:
    """Stores a value of the run's organization; an inherited one stays as it is. A secret stays a secret.

    Example:
        await config.set("api_key", key, is_secret=True)
    """
    await call("config.set", {"key": key, "isSecret": True if is_secret else None}, scope, {"value": value})


async def list(scope: str | None = None) -> ConfigList:
    """All values in force, without those of secrets.

    Example:
        region = (await config.list()).region
    """
    return ConfigList(await call("config.list", {}, scope))


async def delete(key: str, scope: str | None = None) -> bool:
    """Deletes a value of the run's organization; True when there was one. An inherited one comes into force again.

    Example:
        await config.delete("api_key")
    """
    return bool(await call("config.delete", {"key": key}, scope))
