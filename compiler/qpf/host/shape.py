"""Whether a registered value is what its type promises.

Structs check nothing when they are built, and a wrong field would otherwise show
up much later, in the compiler's own code. Says what is wrong in words; None if all is well.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from qpf.evolution.operations import paths_of, why_not
from qpf.host import reserved
from qpf.model.cache import Cache
from qpf.model.diagnostic import Code, Severity
from qpf.model.digest import canonical
from qpf.model.event import Notifier
from qpf.model.executor import Executor
from qpf.model.extension import EVERY_EMITTER, Command, Emitter, Gate, Pass, Section
from qpf.model.merge import Fixed, Strategy, Tighten
from qpf.model.migration import Migration, Operation
from qpf.model.path import parse_path
from qpf.model.version import is_version

_SNAKE = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_KEBAB = re.compile(r"[a-z][a-z0-9-]{0,59}\Z")
_CODE = re.compile(r"[A-Z]{2,8}[0-9]{2,5}\Z")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,39}\Z")
_LONGEST = 60

LAYERS = range(2, 8)
"""Layers that passes may be of: the first is the reader's."""

_STRATEGIES = get_args(Strategy)


def show(value: Any) -> str:
    """A value in a message: short, and free of what differs between machines."""
    if value is None or isinstance(value, bool | int | str):
        text = repr(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return kind_of(value)


def kind_of(value: Any) -> str:
    """What a value is, whatever it says."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def name_of(value: Any) -> Any:
    """What a registered value is called: its name, its scheme, or where it leads from and to."""
    if isinstance(value, Migration):
        return value.title
    return value.scheme if isinstance(value, Cache | Executor | Notifier) else value.name


def fault_of(value: Any) -> str | None:
    """What is wrong with a registered value; None if nothing is."""
    return _CHECKS[type(value)](value)


def _section(section: Any) -> str | None:
    return (
        _name(section.name, _SNAKE, "snake_case")
        or _reserved(section.name, reserved.SECTIONS)
        or _model(section.model, "model")
        or _words(section.interface, "interface")
        or _words(section.dependencies, "dependencies")
        or _mapping(section.merge, "merge", _STRATEGIES, "merge strategies")
        or _mapping(section.adds, "adds", str, "paths")
        or _mapping(section.policy, "policy", (Tighten, Fixed), "Tighten or Fixed")
        or _paths(
            (
                *section.interface,
                *section.dependencies,
                *section.merge,
                *section.policy,
                *section.adds.values(),
            )
        )
        or (
            None
            if is_version(section.since)
            else f"`since` must be a version such as 6.0.0, not {show(section.since)}"
        )
    )


def _migration(step: Any) -> str | None:
    for version in (step.source, step.target):
        if not is_version(version):
            return f"`source` and `target` must be versions such as 6.0.0, not {show(version)}"
    if not isinstance(step.operations, tuple):
        return f"`operations` must be a tuple, not {show(step.operations)}"
    for operation in step.operations:
        if not isinstance(operation, Operation):
            return f"`operations` must hold operations, not {show(operation)}"
        for path in paths_of(operation):
            if why_not(path):
                return f"{show(path)} is no path such as section.field"
    try:
        canonical(step.plain)
    except (TypeError, ValueError, RecursionError) as error:
        return f"`operations` must hold what a document can hold: {error}"
    return (
        _words(step.breaking, "breaking")
        or _words(step.warnings, "warnings")
        or (None if isinstance(step.summary, str) else "`summary` must be a sentence")
    )


def _pass(entry: Any) -> str | None:
    if type(entry.layer) is not int or entry.layer not in LAYERS:
        return f"`layer` must be a number from 2 to 7, not {show(entry.layer)}"
    if entry.scope not in {"agent", "environment", "fleet", "source"}:
        return f"`scope` must be agent, environment, fleet or source, not {show(entry.scope)}"
    if type(entry.partial) is not bool:
        return f"`partial` must be true or false, not {show(entry.partial)}"
    return (
        _name(entry.name, _KEBAB, "kebab-case")
        or _codes(entry.codes)
        or _callable(entry.check, "check")
        or _words(entry.after, "after")
        or (None if isinstance(entry.reads, str) else f"`reads` must be a folder, not {show(entry.reads)}")
        or _callable(entry.engines, "engines")
        or (None if entry.fleet_codes is None else _callable(entry.fleet_codes, "fleet_codes"))
    )


def _emitter(emitter: Any) -> str | None:
    return (
        _name(emitter.name, _SNAKE, "snake_case")
        or _reserved(emitter.name, reserved.EMITTERS)
        or _codes(emitter.codes)
        or _callable(emitter.emit_agent, "emit_agent")
        or _callable(emitter.emit_environment, "emit_environment")
        or _callable(emitter.templates, "templates")
        or _mapping(emitter.filters, "filters", Callable, "functions")
        or (None if emitter.options is None else _model(emitter.options, "options"))
    )


def _gate(gate: Any) -> str | None:
    return (
        _name(gate.name, _KEBAB, "kebab-case")
        or _codes(gate.codes)
        or (
            None
            if gate.target == EVERY_EMITTER
            else _name(gate.target, _SNAKE, "snake_case (an emitter's)", "target")
        )
        or _callable(gate.check, "check")
    )


def _command(command: Any) -> str | None:
    return (
        _name(command.name, _KEBAB, "kebab-case")
        or _reserved(command.name, reserved.COMMANDS)
        or (None if isinstance(command.summary, str) else "`summary` must be a sentence")
        or _callable(command.load, "load")
    )


def _opener(opener: Any) -> str | None:
    return _name(opener.scheme, _SCHEME, "lower case, such as redis", "scheme") or _callable(
        opener.open, "open"
    )


_CHECKS: Mapping[type, Callable[[Any], str | None]] = {
    Section: _section, Migration: _migration, Pass: _pass, Emitter: _emitter, Gate: _gate, Command: _command,
    Cache: _opener, Executor: _opener, Notifier: _opener,
}  # fmt: skip


def _name(name: Any, pattern: re.Pattern[str], style: str, field: str = "name") -> str | None:
    if isinstance(name, str) and pattern.match(name):
        return None
    return f"`{field}` must be short {style}, not {show(name)}"


def _reserved(name: str, names: frozenset[str]) -> str | None:
    return f"the name `{name}` belongs to the compiler" if name in names else None


def _model(model: Any, field: str) -> str | None:
    """A pydantic model is known by what it offers, so that the host need not import pydantic."""
    if not isinstance(model, type) or not hasattr(model, "model_json_schema"):
        return f"`{field}` must be a pydantic model class, not {show(model)}"
    if getattr(model, "model_config", {}).get("extra") != "forbid":
        return f"`{field}` must forbid unknown keys: `model_config = ConfigDict(extra='forbid')`"
    return None


def _callable(value: Any, field: str) -> str | None:
    return None if callable(value) else f"`{field}` must be a function, not {show(value)}"


def _words(words: Any, field: str) -> str | None:
    if isinstance(words, tuple) and all(isinstance(word, str) for word in words):
        return None
    return f"`{field}` must be a tuple of strings, not {show(words)}"


def _paths(paths: Iterable[str]) -> str | None:
    for path in paths:
        try:
            parse_path(path)
        except ValueError:
            return f"{show(path)} is not a path inside the section, such as `thresholds.*`"
    return None


def _mapping(value: Any, field: str, kind: Any, words: str) -> str | None:
    if isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(item, kind) for key, item in value.items()
    ):
        return None
    return f"`{field}` must be a mapping of strings to {words}"


def _codes(codes: Any) -> str | None:
    if not isinstance(codes, tuple):
        return f"`codes` must be a tuple of Code, not {show(codes)}"
    for code in codes:
        if type(code) is not Code:
            return f"`codes` must be a tuple of Code, but holds {show(code)}"
        fault = _code(code)
        if fault is not None:
            return fault
    return None


def _code(code: Any) -> str | None:
    if not isinstance(code.id, str) or not _CODE.match(code.id):
        return f"a code's id must be capitals and digits such as ACM001, not {show(code.id)}"
    if not isinstance(code.severity, Severity) or not isinstance(code.summary, str):
        return f"code {code.id} needs a Severity and a summary"
    return _name(code.name, _KEBAB, "kebab-case", f"name` of code `{code.id}")
