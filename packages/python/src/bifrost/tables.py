"""Tables of JSON documents: of the run's organization, of those above it, and of all.

Writing makes a table that is not there; reading one that is not there finds nothing. Use `step.tx` where a write and a step
must happen both or not at all.

Example:
    from bifrost import tables
    await tables.insert("orders", {"number": "A-17", "total": 99.5})
    open_orders = (await tables.query("orders", where={"status": "open"}, order_by="total")).documents
"""

from __future__ import annotations

import asyncio
import builtins
import uuid
from typing import Any, Mapping, Sequence

from ._call import call
from ._records import Record
from .errors import BifrostError, NotAvailableError

_WRITES_MAX = 1000


class Document(Record):
    """A document: `id`, `data` (your fields), `table`, and, where it was read, `version`, `created_at`, `updated_at`.

    Example:
        order = await tables.get("orders", "A-17")
        order.data["total"]
    """

    id: str
    data: dict[str, Any]
    table: str
    version: int | None
    created_at: str | None
    updated_at: str | None
    created_by: str | None
    updated_by: str | None


class DocumentList(Record):
    """What a query found: `documents`, and `total`, how many there are without the limit.

    Example:
        found = await tables.query("orders", limit=10)
        found.total, [one.id for one in found.documents]
    """

    documents: builtins.list[Document]
    total: int
    limit: int
    offset: int

    def __iter__(self) -> Any:
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)


async def create(
    name: str,
    description: str | None = None,
    columns: builtins.list[dict[str, Any]] | None = None,
    indexes: builtins.list[dict[str, Any]] | None = None,
    scope: str | None = None,
) -> None:
    """Makes a table; one that is there stays as it is. Indexes are dicts with `fields`, and `unique` where that holds.

    Example:
        await tables.create("orders", indexes=[{"fields": ["number"], "unique": True}])
    """
    made = [{"fields": one["fields"], "is_unique": bool(one.get("unique"))} for one in indexes or []]
    args = {"table": name, "description": description, "columns": columns, "indexes": made}
    await call("tables.create", args, scope)


async def list(scope: str | None = None) -> builtins.list[Record]:
    """The tables, with `name`, `description` and the number of `rows`, which is an estimate for large ones.

    Example:
        names = [table.name for table in await tables.list()]
    """
    return [Record.of(one) for one in await call("tables.list", {}, scope)]


async def describe(name: str, scope: str | None = None) -> Record:
    """What a table is: its columns, indexes and policies.

    Example:
        indexes = (await tables.describe("orders")).indexes
    """
    return Record.of(await call("tables.describe", {"table": name}, scope))


async def rename(name: str, to: str, scope: str | None = None) -> None:
    """Gives a table another name. Code that uses the old one does not find it any more.

    Example:
        await tables.rename("orders", "old-orders")
    """
    await call("tables.rename", {"table": name, "name": to}, scope)


async def create_index(
    name: str, fields: builtins.list[str], unique: bool = False, scope: str | None = None
) -> Record:
    """Declares an index: of one field, or a unique one of up to three. That of a large table is built in the background.

    Example:
        await tables.create_index("orders", ["customer.id"])
    """
    index = {"fields": fields, "is_unique": unique}
    return Record.of(await call("tables.createIndex", {"table": name, "index": index}, scope))


async def insert(table: str, data: Mapping[str, Any], id: str | None = None, scope: str | None = None) -> Document:
    """Adds a document; one with this id must not be there.

    Example:
        order = await tables.insert("orders", {"total": 99.5}, id="A-17")
    """
    return (await _write(table, "insert", [_row(data, id)], scope))[0]


async def upsert(table: str, id: str, data: Mapping[str, Any], scope: str | None = None) -> Document:
    """Writes a document, whether or not one with its id is there. Doing it twice is like doing it once.

    Example:
        await tables.upsert("orders", "A-17", {"total": 99.5})
    """
    return (await _write(table, "upsert", [_row(data, id)], scope))[0]


async def get(table: str, id: str, scope: str | None = None) -> Document | None:
    """Reads one document; None when it is not there.

    Example:
        order = await tables.get("orders", "A-17")
    """
    row = await _reading(None, "tables.get", {"table": table, "id": str(id)}, scope)
    return None if row is None else _document(table, row)


async def update(table: str, id: str, data: Mapping[str, Any], scope: str | None = None) -> Document | None:
    """Changes these fields of a document; the others stay. A ValueError when it is not there.

    Example:
        await tables.update("orders", "A-17", {"status": "paid"})
    """
    await _write(table, "update", [(str(id), dict(data))], scope, makes_table=False)
    return await get(table, id, scope)


async def delete(table: str, id: str | None = None, scope: str | None = None) -> bool:
    """Deletes a document; without an id the table with all its documents. True when it was there.

    Example:
        await tables.delete("orders", "A-17")
    """
    if id is None:
        return bool(await call("tables.drop", {"table": table}, scope))
    return await delete_document(table, id, scope)


async def delete_document(table: str, id: str, scope: str | None = None) -> bool:
    """Deletes one document; True when it was there.

    Example:
        await tables.delete_document("orders", "A-17")
    """
    if await get(table, id, scope) is None:
        return False
    await call("tables.write", {"writes": [{"kind": "delete", "table": table, "id": str(id)}]}, scope)
    return True


async def insert_batch(
    table: str, documents: Sequence[Mapping[str, Any]], scope: str | None = None
) -> builtins.list[Document]:
    """Adds many documents: of 1,000 all or none. Each is the fields, or a dict with `id` and `data`.

    Example:
        await tables.insert_batch("orders", [{"id": "A-17", "data": {"total": 99.5}}])
    """
    return await _write(table, "insert", [_row_of(one) for one in documents], scope)


async def upsert_batch(
    table: str, documents: Sequence[Mapping[str, Any]], scope: str | None = None
) -> builtins.list[Document]:
    """Writes many documents, whether or not they are there.

    Example:
        await tables.upsert_batch("orders", [{"id": "A-17", "data": {"total": 99.5}}])
    """
    return await _write(table, "upsert", [_row_of(one) for one in documents], scope)


async def delete_batch(table: str, ids: Sequence[str], scope: str | None = None) -> int:
    """Deletes many documents; answers how many ids there were.

    Example:
        await tables.delete_batch("orders", ["A-17", "A-18"])
    """
    for at in range(0, len(ids), _WRITES_MAX):
        writes = [{"kind": "delete", "table": table, "id": str(id)} for id in ids[at : at + _WRITES_MAX]]
        await _reading(None, "tables.write", {"writes": writes}, scope)
    return len(ids)


async def query(
    table: str,
    where: Mapping[str, Any] | None = None,
    order_by: str | None = None,
    order_dir: str = "asc",
    limit: int = 100,
    offset: int = 0,
    scope: str | None = None,
) -> DocumentList:
    """Finds documents. Conditions: a value, or a dict of eq, ne, gt, gte, lt, lte, in (in_), is_null, contains, starts_with,
    ends_with, has_key, like; all of them hold. Fields of objects are dotted paths.

    Example:
        large = await tables.query("orders", where={"total": {"gte": 100}}, order_by="total", order_dir="desc")
    """
    conditions = _where(where)
    asked = {"where": conditions, "order_by": _order(order_by, order_dir), "limit": limit, "offset": offset}
    rows, total = await asyncio.gather(
        _reading([], "tables.query", {"table": table, "query": asked}, scope),
        _reading(0, "tables.count", {"table": table, "where": conditions}, scope),
    )
    return DocumentList(documents=[_document(table, row) for row in rows], total=total, limit=limit, offset=offset)


async def page(
    table: str,
    where: Mapping[str, Any] | None = None,
    order_by: str | None = None,
    order_dir: str = "asc",
    limit: int = 100,
    cursor: str | None = None,
    scope: str | None = None,
) -> Record:
    """Finds documents page by page: `documents` and `cursor`, which gives the next page, until it is None.

    However deep, a page takes no longer, and what is added or deleted meanwhile moves nothing.

    Example:
        first = await tables.page("orders", order_by="total", limit=1000)
        second = await tables.page("orders", order_by="total", limit=1000, cursor=first.cursor)
    """
    asked: dict[str, Any] = {"where": _where(where), "order_by": _order(order_by, order_dir), "limit": limit}
    if cursor is not None:
        asked["cursor"] = cursor
    found = await _reading({"items": [], "next_cursor": None}, "tables.page", {"table": table, "query": asked}, scope)
    return Record(documents=[_document(table, row) for row in found["items"]], cursor=found["next_cursor"])


async def update_where(
    table: str, where: Mapping[str, Any], data: Mapping[str, Any], scope: str | None = None
) -> int:
    """Changes these fields of all documents that match; answers how many there were.

    Example:
        await tables.update_where("orders", {"status": "open", "due": {"lt": today}}, {"status": "late"})
    """
    args = {"table": table, "where": _where(where), "data": dict(data)}
    return int(await _reading(0, "tables.updateWhere", args, scope))


async def delete_where(table: str, where: Mapping[str, Any], scope: str | None = None) -> int:
    """Deletes all documents that match; answers how many there were.

    Example:
        await tables.delete_where("orders", {"status": "cancelled"})
    """
    return int(await _reading(0, "tables.deleteWhere", {"table": table, "where": _where(where)}, scope))


def _order(order_by: str | None, order_dir: str) -> builtins.list[dict[str, Any]]:
    return [{"field": order_by, "descending": order_dir.lower() == "desc"}] if order_by else []


async def count(table: str, where: Mapping[str, Any] | None = None, scope: str | None = None) -> int:
    """Counts documents.

    Example:
        open_orders = await tables.count("orders", {"status": "open"})
    """
    return int(await _reading(0, "tables.count", {"table": table, "where": _where(where)}, scope))


def _document(table: str, row: Mapping[str, Any]) -> Document:
    return Document.of({**row, "table": table})


_Row = tuple[str, dict[str, Any]]


def _row(data: Mapping[str, Any], id: object = None) -> _Row:
    rest = dict(data)
    inner = rest.pop("id", None)
    chosen = inner if id is None else id
    return str(uuid.uuid4() if chosen is None else chosen), rest


def _row_of(document: Mapping[str, Any]) -> _Row:
    if set(document) <= {"id", "data"} and isinstance(document.get("data"), Mapping):
        return _row(document["data"], document.get("id"))
    return _row(document)


async def _write(
    table: str, kind: str, rows: builtins.list[_Row], scope: str | None, makes_table: bool = True
) -> builtins.list[Document]:
    ids: builtins.list[str] = []
    for at in range(0, len(rows), _WRITES_MAX):
        writes = [{"kind": kind, "table": table, "id": id, "data": data} for id, data in rows[at : at + _WRITES_MAX]]
        try:
            ids += await call("tables.write", {"writes": writes}, scope)
        except BifrostError as error:
            if error.code != "not_found" or not makes_table:
                raise
            await call("tables.create", {"table": table}, scope)
            ids += await call("tables.write", {"writes": writes}, scope)
    empty = {"version": None, "created_at": None, "updated_at": None, "created_by": None, "updated_by": None}
    return [Document(table=table, id=id, data=data, **empty) for id, (_, data) in zip(ids, rows)]


async def _reading(empty: Any, method: str, args: dict[str, Any], scope: str | None) -> Any:
    try:
        return await call(method, args, scope)
    except BifrostError as error:
        if error.code == "not_found":
            return empty
        raise


_OPERATORS = {
    "in_": "in",
    "is_null": "isNull",
    "starts_with": "startsWith",
    "ends_with": "endsWith",
    "has_key": "hasKey",
}


def _where(where: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        field: _condition(field, value) if isinstance(value, Mapping) else value
        for field, value in (where or {}).items()
    }


def _condition(field: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for operator, value in condition.items():
        if operator in ("like", "ilike"):
            made.update(_like(field, operator, str(value)))
        else:
            name = _OPERATORS.get(operator, operator)
            made[name] = [*value] if name == "in" else value
    return made


def _like(field: str, operator: str, pattern: str) -> dict[str, Any]:
    """The patterns that are a beginning, an end or a part of a text."""
    text = pattern.strip("%")
    begins, ends = pattern.startswith("%"), pattern.endswith("%")
    if operator == "ilike" and text.lower() != text.upper():
        raise NotAvailableError(f"{field}: ilike is not available on this platform yet. Store the text in lower case and use like.")
    if "%" in text or "_" in text:
        raise NotAvailableError(f"{field}: like is available with % at the beginning and the end of a text alone.")
    if begins and ends:
        return {"contains": text}
    return {"endsWith": text} if begins else {"startsWith": text} if ends else {"eq": text}
