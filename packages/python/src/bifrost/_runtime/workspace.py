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
from typing import Any, Callable, Sequence

from .instrument import MAY_BE_CAPTURED, capture_variables, leave

# Where packages of the workspace pretend to lie. No such folder is there, so that nothing is found beside it.
_ROOT = "<workspace>"
# Below it each organization has a folder.
_ORGANIZATIONS = "organizations"
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

    def _knows(self, name: str) -> bool:
        return name in self._modules or name in self._packages

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
        behind = _name_behind(fullname)
        if file is None and not is_package:
            return self._spec_behind(fullname, behind)
        location = [f"{_ROOT}/{fullname.replace('.', '/')}"] if is_package else None
        loader: importlib.abc.Loader | None = self
        if file is None:
            loader = _Joined(self, behind) if behind is not None and self._knows(behind) else None
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=file, is_package=is_package)
        # `__file__` is the path within the workspace.
        spec.has_location = file is not None
        if location is not None:
            spec.submodule_search_locations = location
        return spec

    def _spec_behind(self, fullname: str, behind: str | None) -> importlib.machinery.ModuleSpec | None:
        """A folder of the organization without `__init__.py` has what everybody's of the same name has."""
        if behind is None or "." not in behind or not self._knows(behind):
            return None
        parent, last = fullname.rpartition(".")[0], behind
        while "." in last:
            if parent in self._modules:
                return None
            parent, last = parent.rpartition(".")[0], last.rpartition(".")[0]
        is_package = behind in self._packages
        return importlib.machinery.ModuleSpec(fullname, _Alias(behind), is_package=is_package)

    def _import_of(self, path: str) -> Callable[..., Any]:
        """What `import` does in a file: an organization's folder comes before the workspace's root."""
        own = _folder_name(path)
        if own is None:
            return builtins.__import__

        def find(name: str, globals: Any = None, locals: Any = None, names: Any = (), level: int = 0) -> Any:
            top = name.partition(".")[0]
            is_own = level == 0 and top not in sys.stdlib_module_names and top not in _OWN
            if not is_own or not self._knows(f"{own}.{top}"):
                return builtins.__import__(name, globals, locals, names, level)
            if names:
                return builtins.__import__(f"{own}.{name}", globals, locals, names, 0)
            importlib.import_module(f"{own}.{name}")
            return sys.modules[f"{own}.{top}"]

        return find

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
            "__import__": self._import_of(self._modules[module.__name__]),
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


class _Alias(importlib.abc.Loader):
    """Another name of a module, which is there once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _Joined(importlib.abc.Loader):
    """A folder of the organization without `__init__.py`: names that it does not have are those of everybody's."""

    def __init__(self, workspace: Workspace, behind: str | None) -> None:
        self._workspace = workspace
        self._behind = behind

    def exec_module(self, module: ModuleType) -> None:
        def find(key: str) -> Any:
            if key == "__all__":
                names = vars(importlib.import_module(str(self._behind)))
                return names.get(key, [name for name in names if not name.startswith("_")])
            if key.startswith("__") or self._workspace._knows(f"{module.__name__}.{key}"):
                raise AttributeError(f"module {module.__name__!r} has no attribute {key!r}")
            return getattr(importlib.import_module(str(self._behind)), key)

        module.__dict__["__getattr__"] = find


def _folder_name(path: str) -> str | None:
    """The dotted name of the organization's folder that a file lies in; None: it is everybody's."""
    parts = [part.replace(".", "_") for part in path.split("/")]
    return ".".join(parts[:2]) if len(parts) > 2 and parts[0].lower() == _ORGANIZATIONS else None


def _name_behind(name: str) -> str | None:
    """What everybody's module is called that stands behind one of an organization."""
    parts = name.split(".")
    return ".".join(parts[2:]) if len(parts) > 2 and parts[0].lower() == _ORGANIZATIONS else None


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
