"""What the built-in plugins register, read without the host: the reference describes code, not a run."""

import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from qpf.api import Code

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("qpf", "qpf_plugins")


@cache
def plugins() -> dict[str, ModuleType]:
    """The built-in plugins by name, as pyproject.toml registers them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    entries: dict[str, str] = project["project"]["entry-points"]["qpf"]
    return {name: importlib.import_module(module) for name, module in sorted(entries.items())}


def registered(hook: str) -> Iterator[tuple[str, Any]]:
    """Every value of a hook, with the plugin that registers it."""
    for name, plugin in plugins().items():
        for value in getattr(plugin, hook, tuple)():
            yield name, value


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the compiler and of the built-in plugins, sorted by name."""
    found = [importlib.import_module(name) for name in PACKAGES]
    for package in tuple(found):
        names = (info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
        found += [importlib.import_module(name) for name in names if not name.endswith(".__main__")]
    return tuple(sorted(found, key=lambda module: module.__name__))


@cache
def codes() -> dict[str, list[tuple[str, Code]]]:
    """Every code by id, with the modules that declare it: more than one is a mistake a test looks for."""
    found: dict[str, list[tuple[str, Code]]] = {}
    for module in modules():
        source = inspect.getsource(module)
        for value in vars(module).values():
            if isinstance(value, Code) and f'"{value.id}"' in source:
                declared = found.setdefault(value.id, [])
                if (module.__name__, value) not in declared:
                    declared.append((module.__name__, value))
    return dict(sorted(found.items()))


def owner(module: str) -> str:
    """Who owns what a module declares: the core, or a plugin by its name."""
    parts = module.split(".")
    return parts[1] if parts[0] == "qpf_plugins" else "qpf"
