"""Documents → Configuration: qpf.yaml, glue.yaml and environment.yaml, typed and resolved."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.fleet import Document, EnvironmentSettings, FleetSettings, Glue
from qpf.model.nearest import did_you_mean
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import find, freeze, locate
from qpf.model.path import Path
from qpf.model.respelling import respelt
from qpf.model.span import start_of
from qpf.stages import codes
from qpf.stages.engine import ExtractionEngine, ExtractionObservability
from qpf.stages.glue import read_glue
from qpf.stages.headers import EnvironmentHeader, FleetHeader
from qpf.stages.parse import Documents
from qpf.stages.validation import Validation
from qpf.syntax.bind import bind


class Overrides(Struct, frozen=True):
    """What one environment changes: every agent's sections, and single agents'."""

    source: str
    everyone: MappingNode | None = None
    agents: Mapping[str, MappingNode] = {}


class Configuration(Struct, frozen=True):
    """All that is said about the fleet as a whole; `engine` and `observability` about compiling it."""

    fleet: FleetSettings
    glue: Glue
    environments: Mapping[str, EnvironmentSettings]
    overrides: Mapping[str, Overrides]
    engine: ExtractionEngine = field(default_factory=ExtractionEngine)
    observability: ExtractionObservability = field(default_factory=ExtractionObservability)
    validation: Validation = field(default_factory=Validation)


def configure(
    documents: Documents, emitters: Mapping[str, type[Any] | None]
) -> Outcome[Configuration | None]:
    """Read the fleet's own files; `emitters` gives each installed emitter's options model."""
    if documents.fleet is None:
        return Outcome(None)
    found: list[Diagnostic] = []
    report = Report()
    header = bind(documents.fleet.body, FleetHeader)
    report += header.report
    if header.value is None:
        return Outcome(None, report)
    fleet = FleetSettings(
        name=header.value.fleet,
        schema_version=header.value.schema_version,
        agents=None if header.value.agents == "auto" else tuple(header.value.agents),
        environments=freeze(
            {name: {"branch": each.branch} for name, each in header.value.environments.items()}
        ),
        targets=tuple(dict.fromkeys(header.value.targets)),
    )
    found += _unknown_targets(documents.fleet, ("targets",), header.value.targets, emitters)
    found += _agents_exist(documents, fleet)
    glue = read_glue(documents)
    report += glue.report
    settings: dict[str, EnvironmentSettings] = {}
    overrides: dict[str, Overrides] = {}
    for name in fleet.environments:
        document = documents.environments.get(name)
        if document is None:
            if f"environment:{name}" not in documents.unread:
                found.append(
                    Diagnostic(
                        codes.UNKNOWN_ENVIRONMENT,
                        f"environment {name} has no file environments/{name}/environment.yaml",
                        locate(documents.fleet.body, ("environments", name)),
                        ("environments", name),
                        hint="create the file (schema_version is all it needs), or remove the environment",
                    )
                )
            continue
        outcome = _environment(document, fleet, documents, emitters)
        report += outcome.report
        if outcome.value:
            settings[name], overrides[name] = outcome.value
    found += [
        Diagnostic(
            codes.UNKNOWN_ENVIRONMENT,
            f"environment {name} is not listed in qpf.yaml",
            start_of(document.source),
            notes=(Note("environments are listed here", locate(documents.fleet.body, ("environments",))),),
            hint=f"add `{name}: {{branch: …}}` to environments in qpf.yaml, or remove the folder",
        )
        for name, document in documents.environments.items()
        if name not in fleet.environments
    ]
    configuration = Configuration(
        fleet,
        glue.value,
        settings,
        overrides,
        header.value.extraction_engine,
        header.value.extraction_observability,
        header.value.validation,
    )
    return Outcome(configuration, report + Report.of(found))


def _environment(
    document: Document, fleet: FleetSettings, documents: Documents, emitters: Mapping[str, type[Any] | None]
) -> Outcome[tuple[EnvironmentSettings, Overrides] | None]:
    header = bind(document.body, EnvironmentHeader)
    if header.value is None:
        return Outcome(None, header.report)
    found: list[Diagnostic] = []
    report = header.report
    own = header.value.targets
    targets = fleet.targets if own is None else tuple(dict.fromkeys(own))
    if own is not None:
        found += _unknown_targets(document, ("targets",), own, emitters)
    options: dict[str, object] = {}
    for name in header.value.options:
        model = emitters.get(name)
        if model is None:
            found.append(
                Diagnostic(
                    codes.UNKNOWN_OPTIONS,
                    f"no installed emitter {name} takes options",
                    locate(document.body, ("options", name)),
                    ("options", name),
                    hint=did_you_mean(name, [each for each, takes in emitters.items() if takes]),
                )
            )
    for name in targets:
        model = emitters.get(name)
        if model is not None and (name in header.value.options or not found):
            node = _mapping_at(document.body, ("options", name)) or MappingNode({}, start_of(document.source))
            bound = bind(node, model, prefix=("options", name))
            report += bound.report
            if bound.value is not None:
                options[name] = bound.value.model_dump(mode="json")
    overrides = Overrides(
        document.source,
        _mapping_at(document.body, ("overrides", "all")),
        {
            name: body
            for name in header.value.overrides.agents
            if (body := _mapping_at(document.body, ("overrides", "agents", name)))
        },
    )
    known = documents.known("agent")
    found += [
        Diagnostic(
            codes.UNKNOWN_OVERRIDE,
            f"overrides are given for agent {name}, which does not exist",
            locate(document.body, ("overrides", "agents", name)),
            ("overrides", "agents", name),
            hint=did_you_mean(name, known),
        )
        for name in overrides.agents
        if name not in known
    ]
    settings = EnvironmentSettings(document.name, targets, freeze(options), document.body)
    return Outcome((settings, overrides), report + Report.of(found))


def _agents_exist(documents: Documents, fleet: FleetSettings) -> Iterator[Diagnostic]:
    assert documents.fleet is not None
    if not documents.known("agent"):
        yield Diagnostic(
            codes.NO_AGENTS,
            f"fleet {fleet.name} has no agent",
            locate(documents.fleet.body, ("agents",)),
            ("agents",),
            hint="write one in agents/; to take a fleet down, remove its environment folders yourself",
        )
    if fleet.agents is None:
        return
    for index, name in enumerate(fleet.agents):
        if name not in documents.agents and f"agent:{name}" not in documents.unread:
            yield Diagnostic(
                codes.UNKNOWN_AGENT,
                f"agent {name} has no file agents/{name}.yaml",
                locate(documents.fleet.body, ("agents", index)),
                ("agents", index),
                hint=did_you_mean(name, documents.known("agent")),
            )
    for name in sorted(documents.known("agent")):
        if name not in fleet.agents:
            yield Diagnostic(
                codes.UNKNOWN_AGENT,
                f"agent {name} is not listed in qpf.yaml",
                start_of(f"agents/{name}.yaml"),
                notes=(Note("agents are listed here", locate(documents.fleet.body, ("agents",))),),
                hint="add it to `agents:`, or write `agents: auto`",
            )


def _unknown_targets(
    document: Document, path: Path, targets: Collection[str], emitters: Collection[str]
) -> Iterator[Diagnostic]:
    for index, name in enumerate(targets):
        if name not in emitters:
            yield Diagnostic(
                codes.UNKNOWN_TARGET,
                f"no installed plugin provides the emitter {name}",
                locate(document.body, (*path, index)),
                (*path, index),
                hint=did_you_mean(name, emitters, "install the plugin that provides it"),
                fix=respelt(locate(document.body, (*path, index)), name, emitters),
            )


def _mapping_at(body: MappingNode, path: Path) -> MappingNode | None:
    node = find(body, path)
    return node if isinstance(node, MappingNode) else None
