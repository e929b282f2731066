"""Pins: which plugin took part, in which version, made of which bytes.

The digest covers every file of the plugin's package, so that a change of a template or of a
helper module is seen as well as a change of the code. Installed or editable, the same files
give the same digest.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from types import ModuleType

from qpf import __version__
from qpf.model.lock import PluginPin

_LIBRARIES = ("jinja2", "markupsafe", "pydantic", "pydantic-core", "pyyaml")
"""Those that have a say in what is compiled."""


def package_of(module: ModuleType) -> str:
    """The import package a plugin's files live in; a module that stands alone is its own."""
    if hasattr(module, "__path__"):
        return module.__name__
    return module.__package__ or module.__name__


def pin(name: str, version: str, package: ModuleType) -> PluginPin:
    """Pin a plugin to the bytes of its package.

    Raises:
        OSError: If a file cannot be read.
    """
    total = hashlib.sha256()
    for path, content in sorted(_files(package)):
        for part in (path.encode("utf-8", "surrogateescape"), content):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return PluginPin(name, version, f"sha256:{total.hexdigest()}")


def tools_of(pins: Iterable[PluginPin]) -> Mapping[str, str]:
    """Digests of all that works on a fleet, by name: what a cached result depends on beside its sources.

    The compiler counts by its bytes, as plugins do; the interpreter and the libraries by their versions.
    """
    qpf = pin("qpf", __version__, sys.modules["qpf"])
    return {
        **{f"{each.name} {each.version}": each.digest for each in (qpf, *pins)},
        **{name: metadata.version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
    }


def _files(package: ModuleType) -> Iterator[tuple[str, bytes]]:
    """Relative paths and contents; compiled code and tools' caches are nobody's input."""
    folders = getattr(package, "__path__", None)
    if folders is None:
        file = Path(str(package.__file__))
        yield file.name, file.read_bytes()
        return
    for root in folders:
        if not os.path.isdir(root):  # noqa: PTH112  # as it is walked
            message = f"{package.__name__} is not a folder of files"
            raise NotADirectoryError(message)
        yield from _below(root, "", frozenset())


def _below(folder: str, before: str, above: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """What is in a folder and below it, and behind links, but for those that lead back to it."""
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        for each in entries:
            path = before + each.name
            if not each.is_dir():
                if not each.name.endswith((".pyc", ".pyo")):
                    yield path, _read(each.path)
            elif each.name != "__pycache__" and not each.name.startswith("."):
                yield from _below(each.path, f"{path}/", above | {real})


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # some 500 of them, in every command
        return file.readall()
