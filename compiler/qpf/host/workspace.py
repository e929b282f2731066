"""A fleet as it was read, with the plugins that will work on it."""

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from types import MappingProxyType

from msgspec import Struct, field

from qpf.evolution.history import History
from qpf.evolution.steps import may_evolve
from qpf.host.given import Given, read_given
from qpf.host.guard import read_engines, read_templates, run_emitter, run_pass
from qpf.host.plugin import Registered
from qpf.host.registry import Registry
from qpf.host.stopwatch import Stopwatch
from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Severity
from qpf.model.digest import digest_of
from qpf.model.extension import Pass
from qpf.model.fleet import Environment, Source
from qpf.model.lock import PluginPin
from qpf.model.nearest import did_you_mean
from qpf.model.policy import Policy
from qpf.model.span import start_of
from qpf.stages.assemble import Assemblies
from qpf.stages.configure import Configuration
from qpf.stages.emit import EmitterRun, bench
from qpf.stages.parse import Documents
from qpf.stages.schema import Schema
from qpf.stages.together import Check

UNUSED_TEMPLATE = Code(
    "QPF041",
    "unused-template",
    Severity.WARNING,
    "A template takes the place of no other, and none includes it.",
)


class Workspace(Struct, frozen=True, dict=True, eq=False):
    """A fleet, read and understood as far as its sources allow: what every command starts from.

    Attributes:
        silent: Digests of the sources, by path, in whose texts passes find nothing.
    """

    registry: Registry
    sources: tuple[Source, ...]
    documents: Documents
    history: History | None
    schema: Schema
    configuration: Configuration | None
    assemblies: Assemblies
    emitters: Mapping[str, EmitterRun]
    policy: Policy = field(default_factory=Policy)
    silent: Mapping[str, str] = {}

    @property
    def pins(self) -> tuple[PluginPin, ...]:
        """The plugins that can change what is compiled."""
        return self.registry.shaping

    @cached_property
    def historians(self) -> tuple[Source, ...]:
        """The files that say something of migrations, agents' own among them."""
        return tuple(
            source
            for source in self.sources
            if source.path.startswith(("migrations/", "approvals/")) or may_evolve(source.content)
        )

    def exact(self, environment: str) -> str:
        """Digest of the files that an agent's findings may point into beside its layers."""
        named = ("qpf.yaml", "glue.yaml", f"environments/{environment}/environment.yaml")
        pointed = {path: self._digests[path] for path in named if path in self._digests}
        return digest_of(pointed | {source.path: source.digest for source in self.historians})

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        return {source.path: source.digest for source in self.sources}

    @property
    def uncomposed(self) -> frozenset[str]:
        """The agents that have a file and cannot be composed."""
        return self.documents.known("agent") - self.assemblies.agents.keys()

    @property
    def checks(self) -> list[Check]:
        """Who judges codes of the fleet, and the passes that have something to look at, guarded, in order."""
        run = partial(run_pass, stopwatch=self.stopwatch)
        return [
            Check("fleet", lambda _: self.given.report, partial=False),
            *(
                Check(
                    entry.value.scope,
                    partial(run, entry, texts=texts),
                    entry.value.partial,
                    f"{entry.plugin}/{entry.value.name}",
                )
                for entry, texts in self.passes
            ),
        ]

    @cached_property
    def stopwatch(self) -> Stopwatch:
        """How long its passes may take."""
        return stopwatch_of(self.configuration)

    @cached_property
    def passes(self) -> list[tuple[Registered[Pass], Mapping[str, str] | None]]:
        """The passes that have something to look at, in order, each with the files that it reads."""
        found = ((entry, self._read_by(entry.value)) for entry in self.registry.passes)
        return [(entry, texts) for entry, texts in found if texts is None or texts]

    @cached_property
    def judges(self) -> Mapping[str, str]:
        """What has a say in validation beside documents and tools: what passes read, engines."""
        paths = {path for _, texts in self.passes for path in texts or ()}
        digests = {source.path: source.digest for source in self.sources if source.path in paths}
        return {**digests, **self.engines}

    @cached_property
    def engines(self) -> Mapping[str, str]:
        """What decides beside the code of plugins, with versions, where there is anything to decide."""
        found = (read_engines(entry) for entry, texts in self.passes if texts)
        return dict(sorted(pair for engines in found for pair in engines.items()))

    @cached_property
    def given(self) -> Outcome[Given]:
        """Codes that the fleet gives out itself, and what is wrong with some."""
        return read_given(self.passes)

    def _read_by(self, entry: Pass) -> Mapping[str, str] | None:
        if not entry.reads:
            return None
        return MappingProxyType(
            {
                source.path: source.content.decode(errors="replace")
                for source in self.sources
                if source.path.startswith(f"{entry.reads}/")
            }
        )

    def runs(self, environment: Environment) -> list[EmitterRun]:
        """The emitters of an environment, in the order of its targets."""
        return [self.emitters[name] for name in environment.settings.targets if name in self.emitters]


def stopwatch_of(configuration: Configuration | None) -> Stopwatch:
    """How long the passes of a fleet may take, as it says."""
    return Stopwatch(configuration.validation.seconds_per_pass) if configuration else Stopwatch()


def lay_out(registry: Registry, templates: Mapping[str, str]) -> Outcome[Mapping[str, EmitterRun]]:
    """Put every emitter at its bench, with the fleet's own templates over those it brings along."""
    runs: dict[str, EmitterRun] = {}
    report = Report()
    for entry in registry.emitters:
        emitter = entry.value
        own = read_templates(entry)
        tools = bench(emitter.name, own.value, emitter.filters, templates)
        runs[emitter.name] = EmitterRun(emitter.name, entry.plugin, tools, partial(run_emitter, entry))
        report += own.report + Report.of(_unused(emitter.name, own.value, templates))
    return Outcome(runs, report)


def _unused(emitter: str, own: Mapping[str, str], templates: Mapping[str, str]) -> Iterator[Diagnostic]:
    prefix = f"{emitter}/"
    fleets = {name.removeprefix(prefix): text for name, text in templates.items() if name.startswith(prefix)}
    for name in fleets:
        if name not in own and not any(name in text for other, text in fleets.items() if other != name):
            yield Diagnostic(
                UNUSED_TEMPLATE,
                f"{emitter} has no template {name}, and no template of yours includes it",
                start_of(f"templates/{prefix}{name}"),
                hint=did_you_mean(name, own),
            )
