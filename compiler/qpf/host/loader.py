"""Loading plugins: entry points of the group `qpf`, one by one, sorted by name.

A plugin that cannot be loaded is an error, never a log line: the policies it would have
checked would silently be off. Nothing is loaded at import time and nothing is global.
"""

import logging
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

import pluggy
from msgspec import Struct

from qpf import hookspecs
from qpf.host import codes, crash, reserved
from qpf.host.forks import without_copies
from qpf.host.pins import package_of
from qpf.host.plugin import Plugin
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.nearest import did_you_mean

GROUP = "qpf"

_log = logging.getLogger(__name__)


class Loaded(Struct, frozen=True):
    """The plugins that could be loaded, sorted by name, with the hooks they implement."""

    manager: pluggy.PluginManager
    plugins: tuple[Plugin, ...]


class _Offered(NamedTuple):
    """An entry point, and what its distribution says of itself."""

    name: str
    distribution: str
    version: str
    point: EntryPoint


def load_plugins(names: Iterable[str] | None = None) -> Outcome[Loaded]:
    """Load the installed plugins, or only those named.

    The outcome's value holds every plugin without a fault; a failed report means that the
    set is not complete and must not be used to judge a fleet.
    """
    manager = pluggy.PluginManager("qpf")
    manager.add_hookspecs(hookspecs)
    installed = sorted(_offered())
    findings: list[Diagnostic] = []
    if names is not None:
        wanted = sorted(set(names))
        findings.extend(_unknown(wanted, installed))
        installed = [entry for entry in installed if entry.name in wanted]
    plugins: dict[str, Plugin] = {}
    for entry in installed:
        loaded = _load(manager, entry, plugins)
        if isinstance(loaded, Plugin):
            plugins[loaded.name] = loaded
        else:
            findings.append(loaded)
    return Outcome(Loaded(manager, tuple(plugins.values())), Report.of(findings))


def _offered() -> Iterator[_Offered]:
    """All entry points of the group; a distribution is parsed each time it is asked, so it is asked once."""
    points = entry_points(group=GROUP)
    distributions = {point.dist: (point.dist.name, point.dist.version) for point in points if point.dist}
    for point in points:
        told = distributions[point.dist] if point.dist else ("an unknown distribution", "0")
        yield _Offered(point.name, *told, point)


def _unknown(wanted: Iterable[str], installed: Iterable[_Offered]) -> Iterator[Diagnostic]:
    known = {entry.name for entry in installed}
    for name in wanted:
        if name not in known:
            yield Diagnostic(
                codes.UNKNOWN_PLUGIN, f"no plugin `{name}` is installed", hint=did_you_mean(name, known)
            )


def _load(manager: pluggy.PluginManager, entry: _Offered, others: dict[str, Plugin]) -> Plugin | Diagnostic:
    """Load one entry point; whatever it raises becomes the finding."""
    if entry.name in others:
        first = others[entry.name].distribution
        return Diagnostic(
            codes.DUPLICATE_PLUGIN,
            f"two plugins are named `{entry.name}`: one of {first}, one of {entry.distribution}",
            hint="uninstall one of the two distributions",
            plugin=entry.name,
        )
    if entry.name == reserved.PLUGIN:
        return _unloadable(entry, f"the name `{entry.name}` is the compiler's own")
    try:
        return without_copies(lambda: _register(manager, entry, others))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
        _log.debug("plugin %s cannot be loaded", entry.name, exc_info=error)
        package = entry.point.value.partition(":")[0].partition(".")[0].strip()
        return _unloadable(entry, crash.cause(error), crash.place(error, package))


def _register(
    manager: pluggy.PluginManager, entry: _Offered, others: dict[str, Plugin]
) -> Plugin | Diagnostic:
    loaded = entry.point.load()
    if loaded is None:
        return _unloadable(entry, f"`{entry.point.value}` is None")
    namesake = manager.get_name(loaded)
    if namesake is not None:
        return Diagnostic(
            codes.DUPLICATE_PLUGIN,
            f"plugins `{namesake}` of {others[namesake].distribution} and `{entry.name}` of "
            f"{entry.distribution} are the same object `{entry.point.value}`",
            hint="register it under one name",
            plugin=entry.name,
        )
    try:
        manager.register(loaded, entry.name)
    except pluggy.PluginValidationError as error:
        _log.debug("plugin %s is refused", entry.name, exc_info=error)
        return _bad_hook(
            entry, "implements a hook with arguments", "hooks take none: they only register values"
        )
    fault = _uncallable(manager, entry, loaded)
    if fault is not None:
        manager.unregister(loaded)
        return fault
    return Plugin(entry.name, entry.distribution, entry.version, package_of(sys.modules[entry.point.module]))


def _uncallable(manager: pluggy.PluginManager, entry: _Offered, plugin: object) -> Diagnostic | None:
    """The first hook, by name, that would never be called.

    `PluginManager.check_pending()` would name neither the plugin nor its distribution, and
    cannot see a hook that lacks its marker.
    """
    known = sorted(name for name in vars(hookspecs) if name.startswith("qpf_"))
    for hook in known:
        if callable(getattr(plugin, hook, None)) and manager.parse_hookimpl_opts(plugin, hook) is None:
            return _bad_hook(
                entry,
                f"defines `{hook}` without the marker `@hookimpl`: it would never be called",
                f"write `@hookimpl` (from qpf.api) above `def {hook}`",
            )
    for caller in sorted(manager.get_hookcallers(plugin) or (), key=lambda each: each.name):
        (implementation,) = (each for each in caller.get_hookimpls() if each.plugin is plugin)
        if not caller.has_spec() and not implementation.optionalhook:
            return Diagnostic(
                codes.UNKNOWN_HOOK,
                f"{_who(entry)} implements `{caller.name}`, which is not a hook",
                hint=did_you_mean(caller.name, known),
                plugin=entry.name,
            )
        if implementation.wrapper or implementation.hookwrapper:
            return _bad_hook(
                entry, f"wraps the hook `{caller.name}`", "hand over values; no hook wraps another's"
            )
    return None


def _bad_hook(entry: _Offered, what: str, hint: str) -> Diagnostic:
    return Diagnostic(codes.BAD_HOOK, f"{_who(entry)} {what}", hint=hint, plugin=entry.name)


def _unloadable(entry: _Offered, why: str, where: str = "") -> Diagnostic:
    return Diagnostic(
        codes.PLUGIN_UNLOADABLE,
        f"{_who(entry)} cannot be loaded: {why}",
        notes=(Note(f"raised at {where}"),) if where else (),
        hint=f"repair or uninstall {entry.distribution}: without it its checks would silently be off",
        plugin=entry.name,
    )


def _who(entry: _Offered) -> str:
    return f"plugin `{entry.name}` ({entry.distribution} {entry.version})"
