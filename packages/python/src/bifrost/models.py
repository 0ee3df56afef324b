"""Values that the SDK gives: objects that are read by attribute, and become plain dicts."""

from __future__ import annotations

import enum as _enum

from ._context import ExecutionContext, Organization, Roi
from ._records import Record

__all__ = ["ExecutionContext", "FileInfo", "FileLocation", "FileRef", "Organization", "Record", "Roi"]


class FileLocation(str, _enum.Enum):
    """Which place a path means.

    Example:
        text = await files.read("import.csv", location=FileLocation.UPLOADS)
    """

    WORKSPACE = "workspace"
    TEMP = "temp"
    UPLOADS = "uploads"


class FileRef(Record):
    """A file that a person uploaded: `id`, `name`, `size` in bytes, `content_type`. As the type of a parameter it is an upload field.

    Example:
        @workflow
        async def import_csv(csv: FileRef): return len(await files.read(csv))
    """

    id: str
    name: str
    size: int
    content_type: str


class FileInfo(Record):
    """A file or a folder: `path`, `name`, `is_directory`, `size` in bytes, `modified_at`.

    Example:
        info = await files.stat("data/import.csv")
    """

    path: str
    name: str
    is_directory: bool
    size: int
    modified_at: str
