"""A fleet as it was read, with the plugins that will work on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from qpf.host.guard import read_templates, run_emitter
from qpf.host.registry import Registry
from qpf.model.diagnostic import Outcome, Report
from qpf.model.fleet import Environment, Source
from qpf.model.lock import PluginPin
from qpf.stages.assemble import Assemblies
from qpf.stages.configure import Configuration
from qpf.stages.emit import EmitterRun, bench
from qpf.stages.parse import Documents
from qpf.stages.schema import Schema


@dataclass(frozen=True)
class Workspace:
    """A fleet, read and understood as far as its sources allow: what every command starts from."""

    registry: Registry
    sources: tuple[Source, ...]
    documents: Documents
    schema: Schema
    configuration: Configuration | None
    assemblies: Assemblies
    emitters: Mapping[str, EmitterRun]

    @property
    def pins(self) -> tuple[PluginPin, ...]:
        """The plugins that can change what is compiled; one that only adds commands or gates cannot."""
        groups = (self.registry.sections, self.registry.passes, self.registry.emitters)
        shaping = {entry.plugin for group in groups for entry in group}
        return tuple(pin for pin in self.registry.pins if pin.name in shaping)

    def runs(self, environment: Environment) -> list[EmitterRun]:
        """The emitters of an environment, in the order of its targets."""
        return [self.emitters[name] for name in environment.settings.targets if name in self.emitters]


def lay_out(registry: Registry, templates: Mapping[str, str]) -> Outcome[Mapping[str, EmitterRun]]:
    """Put every emitter at its bench, with the fleet's own templates over those it brings along."""
    runs: dict[str, EmitterRun] = {}
    report = Report()
    for entry in registry.emitters:
        emitter = entry.value
        own = read_templates(entry)
        tools = bench(emitter.name, own.value, emitter.filters, templates)
        runs[emitter.name] = EmitterRun(emitter.name, entry.plugin, tools, partial(run_emitter, entry))
        report += own.report
    return Outcome(runs, report)
