"""Calling hooks: each implementation once, on its own, so that one that fails blames nobody else."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, cast

import pluggy
from msgspec import Struct

from qpf.host import codes, crash
from qpf.host.forks import without_copies
from qpf.host.plugin import Plugin, Registered
from qpf.host.shape import fault_of, kind_of, name_of
from qpf.model.diagnostic import Diagnostic, Note

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Collected(Struct, Generic[T], frozen=True):
    """What a hook's implementations registered, by plugin name, then in the order written.

    Attributes:
        entries: The values that are as they should be.
        findings: What was wrong with the others.
        complete: Whether every implementation could be called: if not, an unknown name may
            be one that the failed plugin would have registered.
    """

    entries: tuple[Registered[T], ...]
    findings: tuple[Diagnostic, ...]
    complete: bool


def collect(
    manager: pluggy.PluginManager, plugins: Iterable[Plugin], hook: str, kind: type[T]
) -> Collected[T]:
    """Call every implementation of a hook and keep the values that are of the right kind."""
    implementations = {each.plugin_name: each for each in getattr(manager.hook, hook).get_hookimpls()}
    entries: list[Registered[T]] = []
    findings: list[Diagnostic] = []
    complete = True
    for plugin in plugins:
        if plugin.name not in implementations:
            continue
        # Pluggy cannot know what a hook returns.
        function = cast("Callable[[], Any]", implementations[plugin.name].function)
        values = _call(plugin, hook, function, kind)
        if isinstance(values, Diagnostic):
            findings.append(values)
            complete = False
            continue
        for value in values:
            entry = _accept(plugin, hook, value, kind)
            if isinstance(entry, Diagnostic):
                findings.append(entry)
                complete = False
            else:
                entries.append(entry)
    return Collected(tuple(entries), tuple(findings), complete)


def _call(
    plugin: Plugin, hook: str, function: Callable[[], Any], kind: type[object]
) -> tuple[Any, ...] | Diagnostic:
    """Call one implementation; a generator is consumed here, where its exception has an owner."""
    try:
        result = without_copies(lambda: _consumed(function(), kind))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
        _log.debug("hook %s of plugin %s failed", hook, plugin.name, exc_info=error)
        where = crash.place(error, plugin.package)
        return Diagnostic(
            codes.HOOK_FAILED,
            f"hook `{hook}` of plugin `{plugin.name}` failed: {crash.cause(error)}",
            notes=(Note(f"raised at {where}"),) if where else (),
            hint=f"repair or uninstall {plugin.distribution}; hooks only hand over values",
            plugin=plugin.name,
        )
    if isinstance(result, tuple):
        return result
    return _wrong(plugin, hook, f"returned {result}", kind)


def _consumed(result: Any, kind: type[object]) -> tuple[Any, ...] | str:
    """Everything that a hook hands over; of what cannot be values, what it is."""
    if isinstance(result, kind | str | bytes) or not hasattr(result, "__iter__"):
        return kind_of(result)
    return tuple(result)


def _accept(plugin: Plugin, hook: str, value: Any, kind: type[T]) -> Registered[T] | Diagnostic:
    if type(value) is not kind:
        return _wrong(plugin, hook, f"handed over {kind_of(value)}", kind)
    try:
        fault = fault_of(value)
    except Exception as error:  # noqa: BLE001  # a field may be anything, even a mapping that raises
        fault = crash.cause(error)
    if fault is not None:
        return Diagnostic(
            codes.BAD_REGISTRATION,
            f"plugin `{plugin.name}` registers the {kind.__name__.lower()} {_quoted(value)}wrongly: {fault}",
            hint=f"see `{kind.__name__}` in qpf.api",
            plugin=plugin.name,
        )
    return Registered(plugin.name, value, plugin.package)


def _wrong(plugin: Plugin, hook: str, what: str, kind: type[object]) -> Diagnostic:
    return Diagnostic(
        codes.BAD_REGISTRATION,
        f"hook `{hook}` of plugin `{plugin.name}` {what}",
        hint=f"return a list of `{kind.__name__}`",
        plugin=plugin.name,
    )


def _quoted(value: Any) -> str:
    name = name_of(value)
    return f"`{name}` " if isinstance(name, str) else ""
