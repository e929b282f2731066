"""All that plugins register, as one frozen value: sorted, attributed, free of clashes.

The rest of the compiler sees plugins only as this; it never meets pluggy.
"""

import logging
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from qpf.host import codes, crash, reserved
from qpf.host.collect import collect
from qpf.host.loader import Loaded, load_plugins
from qpf.host.ordering import order_passes
from qpf.host.pins import pin
from qpf.host.plugin import Plugin, Registered
from qpf.host.shape import name_of
from qpf.model.cache import Cache
from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report
from qpf.model.event import Notifier
from qpf.model.executor import Executor
from qpf.model.extension import Command, Emitter, Gate, Pass, Section
from qpf.model.lock import PluginPin
from qpf.model.migration import Migration

T = TypeVar("T", Section, Emitter, Gate, Command, Pass, Cache, Executor, Notifier)

_log = logging.getLogger(__name__)


class Registry(Struct, frozen=True):
    """What plugins registered.

    Attributes:
        plugins: By name.
        pins: One for each plugin, by name; a part of every lock.
        sections: By name.
        layout: Names of sections, by plugin, in the order in which they are registered: that in which
            files are kept.
        migrations: Steps between schema versions, by plugin, each with its author.
        passes: After those they name, then by layer, then by name.
        emitters: By name.
        gates: By name.
        caches: By scheme.
        executors: By scheme.
        notifiers: By scheme.
        commands: By name.
        codes: Every code that passes, emitters and gates may report, by id.
    """

    plugins: tuple[Plugin, ...] = ()
    pins: tuple[PluginPin, ...] = ()
    sections: tuple[Registered[Section], ...] = ()
    layout: tuple[str, ...] = ()
    migrations: tuple[Registered[Migration], ...] = ()
    passes: tuple[Registered[Pass], ...] = ()
    emitters: tuple[Registered[Emitter], ...] = ()
    gates: tuple[Registered[Gate], ...] = ()
    caches: tuple[Registered[Cache], ...] = ()
    executors: tuple[Registered[Executor], ...] = ()
    notifiers: tuple[Registered[Notifier], ...] = ()
    commands: tuple[Registered[Command], ...] = ()
    codes: tuple[Registered[Code], ...] = ()

    @property
    def shaping(self) -> tuple[PluginPin, ...]:
        """The plugins that can change what is compiled; one that only adds commands or gates cannot."""
        names = self._shaping
        return tuple(pin for pin in self.pins if pin.name in names)

    @property
    def has_strangers(self) -> bool:
        """Whether there is a plugin of another distribution that can change what is compiled."""
        names = self._shaping
        return any(each.distribution != reserved.DISTRIBUTION for each in self.plugins if each.name in names)

    @property
    def _shaping(self) -> Collection[str]:
        groups = (self.sections, self.migrations, self.passes, self.emitters)
        return {entry.plugin for group in groups for entry in group}


def load_registry(names: Iterable[str] | None = None) -> Outcome[Registry]:
    """Load the installed plugins, or those named, and gather what they register."""
    loaded = load_plugins(names)
    built = build_registry(loaded.value, complete=not loaded.report.failed)
    return Outcome(built.value, loaded.report + built.report)


def build_registry(loaded: Loaded, *, complete: bool = True) -> Outcome[Registry]:
    """Gather what loaded plugins register.

    Args:
        loaded: The plugins.
        complete: Whether all that are installed could be loaded; if not, names that a missing
            plugin may have registered are not reported.
    """
    manager, plugins = loaded.manager, loaded.plugins
    sections = collect(manager, plugins, "qpf_sections", Section)
    migrations = collect(manager, plugins, "qpf_migrations", Migration)
    passes = collect(manager, plugins, "qpf_passes", Pass)
    emitters = collect(manager, plugins, "qpf_emitters", Emitter)
    gates = collect(manager, plugins, "qpf_gates", Gate)
    caches = collect(manager, plugins, "qpf_caches", Cache)
    executors = collect(manager, plugins, "qpf_executors", Executor)
    notifiers = collect(manager, plugins, "qpf_notifiers", Notifier)
    commands = collect(manager, plugins, "qpf_commands", Command)
    findings = [
        *sections.findings, *migrations.findings, *passes.findings, *emitters.findings, *gates.findings,
        *caches.findings, *executors.findings, *notifiers.findings, *commands.findings,
    ]  # fmt: skip
    ordered, disorder = order_passes(_unique(passes.entries, findings), complete=complete and passes.complete)
    findings.extend(disorder)
    kept_sections = _by_name(_unique(sections.entries, findings))
    findings.extend(_added_twice(kept_sections))
    distributions = {plugin.name: plugin.distribution for plugin in plugins}
    declared = _codes((*passes.entries, *emitters.entries, *gates.entries), distributions, findings)
    taken = frozenset(reserved.prefix_of(entry.value.id) for entry in declared)
    registry = Registry(
        plugins=plugins,
        pins=_pins(plugins, findings),
        sections=kept_sections,
        layout=tuple(dict.fromkeys(entry.value.name for entry in sections.entries)),
        migrations=tuple(
            replace(entry, value=replace(entry.value, author=entry.plugin)) for entry in migrations.entries
        ),
        passes=tuple(
            entry if entry.value.fleet_codes is None else replace(entry, taken=taken) for entry in ordered
        ),
        emitters=_by_name(_unique(emitters.entries, findings)),
        gates=_by_name(_unique(gates.entries, findings)),
        caches=_by_name(_unique(caches.entries, findings)),
        executors=_by_name(_unique(executors.entries, findings)),
        notifiers=_by_name(_unique(notifiers.entries, findings)),
        commands=_by_name(_unique(commands.entries, findings)),
        codes=declared,
    )
    return Outcome(registry, Report.of(findings))


def _unique(entries: Iterable[Registered[T]], findings: list[Diagnostic]) -> list[Registered[T]]:
    """The first of each name or scheme, plugins by name; every other is a finding."""
    kept: dict[str, Registered[T]] = {}
    for entry in entries:
        name = name_of(entry.value)
        first = kept.setdefault(name, entry)
        if first is not entry:
            kind = type(entry.value).__name__.lower()
            who = (
                f"twice by plugin `{entry.plugin}`"
                if first.plugin == entry.plugin
                else f"by plugins `{first.plugin}` and `{entry.plugin}`"
            )
            findings.append(
                Diagnostic(
                    codes.DUPLICATE_REGISTRATION,
                    f"{kind} `{name}` is registered {who}",
                    hint="rename one, or uninstall one of the plugins",
                    plugin=entry.plugin,
                )
            )
    return list(kept.values())


def _added_twice(sections: Iterable[Registered[Section]]) -> Iterator[Diagnostic]:
    """A word of `adds:` goes to one place."""
    owners: dict[str, Registered[Section]] = {}
    for entry in sections:
        for word in sorted(entry.value.adds):
            first = owners.setdefault(word, entry)
            if first is not entry:
                yield Diagnostic(
                    codes.DUPLICATE_REGISTRATION,
                    f"the word `{word}` of `adds:` belongs to section `{first.value.name}` of plugin "
                    f"`{first.plugin}` and to section `{entry.value.name}` of plugin `{entry.plugin}`",
                    hint="rename one, or uninstall one of the plugins",
                    plugin=entry.plugin,
                )


def _by_name(entries: Iterable[Registered[T]]) -> tuple[Registered[T], ...]:
    return tuple(sorted(entries, key=lambda entry: name_of(entry.value)))


def _codes(
    entries: Iterable[Registered[Any]], distributions: dict[str, str], findings: list[Diagnostic]
) -> tuple[Registered[Code], ...]:
    """Every declared code once; one id has one meaning, and a prefix one owner."""
    kept: dict[str, Registered[Code]] = {}
    for entry in entries:
        for code in entry.value.codes:
            foreign = distributions[entry.plugin] != reserved.DISTRIBUTION
            if foreign and code.id.startswith(reserved.CODE_PREFIX):
                findings.append(_not_yours(entry.plugin, code))
                continue
            first = kept.setdefault(code.id, Registered(entry.plugin, code, entry.package))
            if first.value != code:
                findings.append(_two_meanings(first, Registered(entry.plugin, code)))
    return tuple(kept[identifier] for identifier in sorted(kept))


def _not_yours(plugin: str, code: Code) -> Diagnostic:
    return Diagnostic(
        codes.CONFLICTING_CODE,
        f"plugin `{plugin}` declares code {code.id}, but {reserved.CODE_PREFIX} is the compiler's prefix",
        hint="use a prefix of your own, such as ACM001",
        plugin=plugin,
    )


def _two_meanings(first: Registered[Code], other: Registered[Code]) -> Diagnostic:
    one, two = first.value, other.value
    meanings = f"`{one.name}` and `{two.name}`" if one.name != two.name else "other severities or summaries"
    return Diagnostic(
        codes.CONFLICTING_CODE,
        f"code {first.value.id} has two meanings: plugins `{first.plugin}` and `{other.plugin}` "
        f"declare {meanings}",
        hint="give one of them another id",
        plugin=other.plugin,
    )


def _pins(plugins: Iterable[Plugin], findings: list[Diagnostic]) -> tuple[PluginPin, ...]:
    pins: list[PluginPin] = []
    for plugin in plugins:
        try:
            pins.append(pin(plugin.name, plugin.version, sys.modules[plugin.package]))
        except OSError as error:
            _log.debug("plugin %s cannot be pinned", plugin.name, exc_info=error)
            findings.append(
                Diagnostic(
                    codes.PLUGIN_UNLOADABLE,
                    f"the files of plugin `{plugin.name}` ({plugin.distribution}) cannot be read: "
                    f"{error.strerror or crash.cause(error)}",
                    hint="install it as plain files, so that the lock can tell which code took part",
                    plugin=plugin.name,
                )
            )
    return tuple(pins)
