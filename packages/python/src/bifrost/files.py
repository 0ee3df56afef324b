"""Files of the run's organization, through the server. What is not there is a FileNotFoundError.

Locations: `workspace` (files beside the code), `temp` (cleared when the platform starts), `uploads` (what people uploaded).
`mode` is taken for compatibility: "cloud" and "local" mean the same files here.

Example:
    from bifrost import files
    text = await files.read("data/licenses.csv")
"""

from __future__ import annotations

import base64
import builtins
from typing import Any, AsyncIterable, AsyncIterator, Iterable

from ._call import call
from ._records import Record
from .models import FileInfo, FileLocation, FileRef

_PART_BYTES = 1024 * 1024


def _where(path: Any, location: Any, mode: str = "cloud") -> dict[str, Any]:
    if mode not in ("cloud", "local"):
        raise ValueError(f'mode must be "cloud" or "local"; it is {mode!r}.')
    if isinstance(path, FileRef):
        return {"path": path.id, "location": "uploads"}
    if isinstance(path, dict) and "id" in path:
        return {"path": str(path["id"]), "location": "uploads"}
    return {"path": str(path), "location": FileLocation(location).value}


async def read(path: Any, location: Any = "workspace", mode: str = "cloud") -> str:
    """Reads text (UTF-8).

    Example:
        csv = await files.read("data/licenses.csv")
    """
    return (await read_bytes(path, location, mode)).decode("utf-8")


async def read_bytes(path: Any, location: Any = "workspace", mode: str = "cloud") -> bytes:
    """Reads bytes.

    Example:
        image = await files.read_bytes(upload)
    """
    return base64.b64decode(await call("files.read", _where(path, location, mode)))


async def write(path: str, content: str | bytes, location: Any = "workspace", mode: str = "cloud") -> None:
    """Writes text; folders are made as needed.

    Example:
        await files.write("reports/today.txt", text, location="temp")
    """
    await write_bytes(path, content.encode("utf-8") if isinstance(content, str) else content, location, mode)


async def write_bytes(path: str, content: bytes, location: Any = "workspace", mode: str = "cloud") -> None:
    """Writes bytes.

    Example:
        await files.write_bytes("chart.png", image, location="temp")
    """
    await call("files.write", {**_where(path, location, mode), "content": base64.b64encode(content).decode()})


async def read_stream(path: Any, location: Any = "workspace") -> AsyncIterator[bytes]:
    """Reads a file part by part, however large it is; in memory is one part of 1 MB.

    Example:
        async for part in files.read_stream(upload): size += len(part)
    """
    stamp: str | None = None
    offset = 0
    while True:
        args = {**_where(path, location), "offset": offset, "length": _PART_BYTES}
        part = await call("files.readPart", args, values={"stamp": stamp})
        content = base64.b64decode(part["content"])
        stamp = part["stamp"]
        offset += len(content)
        if content:
            yield content
        if offset >= part["size"] or not content:
            return


async def write_stream(
    path: str, parts: AsyncIterable[bytes | str] | Iterable[bytes | str], location: Any = "workspace"
) -> FileInfo:
    """Writes what comes in, part by part. The file is there when all of it has come; if it breaks off, nothing changes.

    Example:
        await files.write_stream("export.csv", lines(), location="temp")
    """
    stream = await call("files.openWrite", _where(path, location))
    try:
        async for part in _each(parts):
            data = part.encode("utf-8") if isinstance(part, str) else part
            for at in range(0, len(data), _PART_BYTES):
                content = base64.b64encode(data[at : at + _PART_BYTES]).decode()
                await call("files.writePart", {"stream": stream, "content": content})
    except BaseException:
        await call("files.dropWrite", {"stream": stream})
        raise
    return FileInfo.of(await call("files.closeWrite", {"stream": stream}))


async def _each(parts: Any) -> AsyncIterator[bytes | str]:
    if hasattr(parts, "__aiter__"):
        async for part in parts:
            yield part
    else:
        for part in parts:
            yield part


async def list(directory: str = "", location: Any = "workspace", mode: str = "cloud") -> builtins.list[str]:
    """The names of what is in a folder; of the location itself when none is named. `list_files` tells more of each.

    Example:
        names = await files.list("reports")
    """
    return [info.name for info in await list_files(directory, location, mode)]


async def list_files(
    path: str = "", location: Any = "workspace", mode: str = "cloud", recursive: bool = False
) -> builtins.list[FileInfo]:
    """What is in a folder, with size and time.

    Example:
        newest = max(await files.list_files("reports"), key=lambda info: info.modified_at)
    """
    args = {**_where(path, location, mode), "recursive": True if recursive else None}
    return [FileInfo.of(one) for one in await call("files.list", args)]


async def delete(path: Any, location: Any = "workspace", mode: str = "cloud") -> None:
    """Deletes a file or an empty folder.

    Example:
        await files.delete("reports/today.txt", location="temp")
    """
    await call("files.delete", _where(path, location, mode))


async def exists(path: Any, location: Any = "workspace", mode: str = "cloud") -> bool:
    """Whether there is such a file or folder.

    Example:
        if await files.exists("data/import.csv"): ...
    """
    return bool(await call("files.exists", _where(path, location, mode)))


async def stat(path: Any, location: Any = "workspace", mode: str = "cloud") -> FileInfo:
    """What is known of a file or folder.

    Example:
        size = (await files.stat("data/import.csv")).size
    """
    return FileInfo.of(await call("files.stat", _where(path, location, mode)))


async def search(query: str, path: str = "", location: Any = "workspace", limit: int | None = None) -> Record:
    """Finds a text in files, whatever its case: `items` with `path`, `line`, `column`, `context`, and `truncated`.

    Example:
        for found in (await files.search("acme", location="uploads")).items: ...
    """
    answer = await call("files.search", {**_where(path, location), "query": query, "limit": limit})
    return Record(items=[Record.of(one) for one in answer["items"]], truncated=answer["truncated"])


async def get_signed_url(
    path: Any, method: str = "GET", location: Any = "workspace", expires_in: int = 3600, inline: bool = False
) -> Record:
    """Makes an address with which anyone may download (or write) this one file for a while: `url` and `expires_at`.

    Example:
        link = (await files.get_signed_url("invoice.pdf", location="temp", expires_in=600)).url
    """
    args = {**_where(path, location), "method": method, "expiresInSeconds": expires_in, "inline": inline}
    return Record.of(await call("files.signedUrl", args))


async def read_file(path: Any, location: Any = FileLocation.WORKSPACE, as_base64: bool = False) -> str:
    """Reads a file as text, or as base64.

    Example:
        image = await files.read_file("logo.png", as_base64=True)
    """
    data = await read_bytes(path, location)
    return base64.b64encode(data).decode() if as_base64 else data.decode("utf-8")


async def write_file(path: str, content: str | bytes, location: Any = FileLocation.WORKSPACE) -> None:
    """The same as `write`.

    Example:
        await files.write_file("today.txt", text, FileLocation.TEMP)
    """
    await write(path, content, location)


async def delete_file(path: Any, location: Any = FileLocation.WORKSPACE) -> None:
    """The same as `delete`.

    Example:
        await files.delete_file("today.txt", FileLocation.TEMP)
    """
    await delete(path, location)


async def file_exists(path: Any, location: Any = FileLocation.WORKSPACE) -> bool:
    """The same as `exists`.

    Example:
        if await files.file_exists("today.txt", FileLocation.TEMP): ...
    """
    return await exists(path, location)
