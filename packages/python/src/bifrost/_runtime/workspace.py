"""The author's modules, imported from memory: the code came over the channel and never lies in a file."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.abc
import importlib.machinery
import logging
import sys
from types import CodeType, ModuleType
from typing import Any, Sequence

from .instrument import MAY_BE_CAPTURED, capture_variables, leave

# Where packages of the workspace pretend to lie. No such folder is there, so that nothing is found beside it.
_ROOT = "<workspace>"
_INLINE = "inline:"
# A larger file is generated; its syntax tree would cost hundreds of megabytes.
_TREE_LENGTH_MAX = 300_000
# Ours, whatever the workspace has.
_OWN = frozenset({"bifrost", "bifrost_child"})


class Workspace(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds modules by the paths of the workspace. A folder is a package whether or not it has an `__init__.py`."""

    def __init__(self, files: dict[str, str], fallbacks: dict[str, Any]) -> None:
        self.files = {path: text.removeprefix("\ufeff") for path, text in files.items() if path.endswith(".py")}
        self._fallbacks = fallbacks
        self._modules: dict[str, str] = {}
        self._packages: set[str] = set()
        for path in self.files:
            name = self.name_of(path)
            self._modules[name] = path
            parent = name if path.endswith("__init__.py") else name.rpartition(".")[0]
            while parent:
                self._packages.add(parent)
                parent = parent.rpartition(".")[0]

    @staticmethod
    def name_of(path: str) -> str:
        """The dotted name of a file: `billing/close.py` is `billing.close`."""
        parts = [part.replace(".", "_") for part in path.removesuffix(".py").split("/")]
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        # A file may be called like a module of the standard library; that one is what others mean by the name.
        if parts[0] in sys.stdlib_module_names or parts[0] in _OWN:
            parts.insert(0, "workspace")
        return ".".join(parts)

    def has(self, filename: str) -> bool:
        """Whether code of this file name is the author's."""
        return filename in self.files

    def has_module(self, name: str) -> bool:
        """Whether the first part of a dotted name is a module of the workspace."""
        top = name.partition(".")[0]
        return top in self._modules or top in self._packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top in sys.stdlib_module_names or top in _OWN:
            return None
        file = self._modules.get(fullname)
        is_package = fullname in self._packages
        if file is None and not is_package:
            return None
        location = [f"{_ROOT}/{fullname.replace('.', '/')}"] if is_package else None
        loader = None if file is None else self
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=file, is_package=is_package)
        # `__file__` is the path within the workspace.
        spec.has_location = file is not None
        if location is not None:
            spec.submodule_search_locations = location
        return spec

    def is_package(self, fullname: str) -> bool:
        return fullname in self._packages

    def get_source(self, fullname: str) -> str:
        path = self._modules.get(fullname)
        if path is None:
            raise ImportError(f"There is no module {fullname}.", name=fullname)
        return self.files[path]

    def get_code(self, fullname: str) -> CodeType:
        path = self._modules[fullname]
        text = self.files[path]
        if path.startswith(_INLINE):
            return compile(_inline_function(text, path), path, "exec", dont_inherit=True)
        if len(text) <= _TREE_LENGTH_MAX and MAY_BE_CAPTURED.search(text):
            tree = ast.parse(text, path)
            if capture_variables(tree):
                return compile(tree, path, "exec", dont_inherit=True)
        return compile(text, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        code = self.get_code(module.__name__)
        # Names that are found when the file binds no others: snippets of the documentation use them without an import.
        module.__dict__["__builtins__"] = {
            **builtins.__dict__,
            **self._fallbacks,
            "logger": logging.getLogger(module.__name__),
            "__bifrost_leave__": leave,
        }
        exec(code, module.__dict__)

    def load(self, entry: str) -> ModuleType:
        """Imports the file that has the functions to run."""
        if entry not in self.files:
            raise ImportError(f"The workspace has no file {entry}.")
        name = self.name_of(entry)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        if entry.startswith(_INLINE):
            self._modules[name] = entry
        return importlib.import_module(name)


def _inline_function(text: str, path: str) -> ast.Module:
    """Inline code is the body of an async function `run(input, context)`."""
    tree = ast.parse(text, path)
    future = [one for one in tree.body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    body = [one for one in tree.body if one not in future] or [ast.Pass()]
    function = ast.parse("async def run(input, context): pass").body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    function.body = body
    module = ast.Module(body=[*future, function], type_ignores=[])
    capture_variables(module, every=True)
    return ast.fix_missing_locations(module)
