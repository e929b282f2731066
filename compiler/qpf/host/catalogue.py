"""Every code that a run may report, by id: the core's own, from where they are declared, and plugins'.

The core's modules are named here and imported when somebody asks, for most runs never do.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from qpf.host.registry import Registry
from qpf.model.diagnostic import Code

CORE = (
    "qpf.compilation.codes",
    "qpf.evolution.codes",
    "qpf.formatting.codes",
    "qpf.gitops.codes",
    "qpf.host.codes",
    "qpf.host.workspace",
    "qpf.io.codes",
    "qpf.stages.codes",
    "qpf.stages.emit",
    "qpf.stages.examples",
    "qpf.syntax.codes",
)
"""Modules that declare codes of the core."""


@cache
def core() -> Mapping[str, Code]:
    """The core's codes by id."""
    found: dict[str, Code] = {}
    for name in CORE:
        for value in vars(import_module(name)).values():
            if isinstance(value, Code):
                found.setdefault(value.id, value)
    return MappingProxyType(dict(sorted(found.items())))


def catalogue(registry: Registry) -> Mapping[str, Code]:
    """Every code by id."""
    known = dict(core()) | {entry.value.id: entry.value for entry in registry.codes}
    return dict(sorted(known.items()))


def named(codes: Iterable[Code], word: str) -> Code | None:
    """The code of an id or a name."""
    return next((code for code in codes if word in {code.id, code.name}), None)
