"""Rows of a data provider as options."""

from __future__ import annotations

from typing import Any

from .failure import NotJsonError
from .json_text import plain


def provider_options(rows: Any) -> list[dict[str, Any]]:
    """`{id, name}` is mapped, a row without label or value is refused by its place."""
    rows = plain(rows, "result")
    if not isinstance(rows, list):
        raise NotJsonError("A data provider must return a list of { label, value }.")
    made = []
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise NotJsonError(f"Row {index} of the data provider is not an object with label and value.")
        rest = {name: value for name, value in row.items() if name not in ("id", "name", "label", "value")}
        label = row["label"] if "label" in row else row.get("name")
        value = row["value"] if "value" in row else row.get("id")
        for member, content in (("label", label), ("value", value)):
            if content is None or content == "":
                raise NotJsonError(f"Row {index} of the data provider has no {member}.")
        made.append({"label": str(label), "value": value, **rest})
    return made
