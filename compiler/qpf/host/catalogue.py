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
    "qpf.gitops.codes",
    "qpf.host.codes",
    "qpf.host.workspace",
    "qpf.io.codes",
    "qpf.stages.codes",
    "qpf.stages.emit",
    "qpf.syntax.codes",
)
"""Modules that declare codes of the core."""


@cache
def core() -> Mapping[str, tuple[str, str, Code]]:
    """The core's codes by id, each with the module that declares it and the name it has there."""
    found: dict[str, tuple[str, str, Code]] = {}
    for name in CORE:
        for constant, value in vars(import_module(name)).items():
            for each in value.values() if isinstance(value, dict) else (value,):
                if isinstance(each, Code):
                    found.setdefault(each.id, (name, constant, each))
    return MappingProxyType(dict(sorted(found.items())))


def catalogue(registry: Registry) -> Mapping[str, Code]:
    """Every code by id."""
    known = {identifier: code for identifier, (_, _, code) in core().items()}
    known |= {entry.value.id: entry.value for entry in registry.codes}
    return dict(sorted(known.items()))


def named(codes: Iterable[Code], word: str) -> Code | None:
    """The code of an id or a name."""
    return next((code for code in codes if word in {code.id, code.name}), None)
