"""Language models. The platform does not offer them to code yet, and each function says so.

Example:
    from bifrost import ai
    answer = await ai.complete("Summarize this ticket: …")
"""

from __future__ import annotations

from typing import Any, AsyncIterator

from ._call import not_available

_INSTEAD = "Call the model's own API with a key from config."


async def complete(prompt: str | None = None, **options: Any) -> Any:
    """Asks a model for an answer.

    Example:
        answer = await ai.complete("Which category does this ticket have?")
    """
    not_available("ai.complete", _INSTEAD)


async def stream(prompt: str | None = None, **options: Any) -> AsyncIterator[Any]:
    """Asks a model for an answer that comes piece by piece.

    Example:
        async for piece in ai.stream("Write a summary."): ...
    """
    not_available("ai.stream", _INSTEAD)
    yield  # It is a generator: the error comes with the first piece.


async def embed(text: str | list[str], **options: Any) -> Any:
    """Asks a model for the embedding of a text.

    Example:
        vector = await ai.embed("A text.")
    """
    not_available("ai.embed", _INSTEAD)


async def get_model_info() -> Any:
    """Which model answers.

    Example:
        model = await ai.get_model_info()
    """
    not_available("ai.get_model_info", _INSTEAD)
