"""Knowledge that can be searched by meaning. The platform does not offer it yet, and each function says so.

Example:
    from bifrost import knowledge
    found = await knowledge.search("How do I reset a password?")
"""

from __future__ import annotations

from typing import Any

from ._call import not_available

_INSTEAD = "Keep documents in tables or files."


async def store(content: str, **options: Any) -> Any:
    """Stores a text.

    Example:
        await knowledge.store(text, namespace="tickets")
    """
    not_available("knowledge.store", _INSTEAD)


async def store_many(documents: list[Any], **options: Any) -> Any:
    """Stores many texts.

    Example:
        await knowledge.store_many([{"content": text}])
    """
    not_available("knowledge.store_many", _INSTEAD)


async def search(query: str, **options: Any) -> Any:
    """Finds texts by meaning.

    Example:
        await knowledge.search("password reset", limit=3)
    """
    not_available("knowledge.search", _INSTEAD)


async def get(key: str, **options: Any) -> Any:
    """Reads a text by its key.

    Example:
        await knowledge.get("ticket-17")
    """
    not_available("knowledge.get", _INSTEAD)


async def delete(key: str, **options: Any) -> Any:
    """Deletes a text.

    Example:
        await knowledge.delete("ticket-17")
    """
    not_available("knowledge.delete", _INSTEAD)


async def list_namespaces(**options: Any) -> Any:
    """The namespaces that there are.

    Example:
        await knowledge.list_namespaces()
    """
    not_available("knowledge.list_namespaces", _INSTEAD)
