"""A fleet as its documents describe it, before and after composing."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from qpf.model.diagnostic import Note
from qpf.model.digest import digest_of
from qpf.model.doubt import Doubtful
from qpf.model.layer import Contribution
from qpf.model.migration import Change, Trail
from qpf.model.node import Data, Scalar, find, locate
from qpf.model.node import Mapping as MappingNode
from qpf.model.span import Span, start_of
from qpf.model.version import is_version


class Source(Struct, frozen=True):
    """One input file."""

    path: str
    content: bytes
    digest: str


class Document(Struct, frozen=True):
    """One parsed schema file.

    Attributes:
        kind: `fleet`, `glue`, `environment`, `base`, `sub`, `agent`, `migration` or `approval`.
        name: Its name: the file's stem, or the environment's folder.
        body: What it says, in the fleet's schema version.
        trail: What is known of its past; None until it was looked into.
        changes: What migrations did to it, in order.
    """

    kind: str
    name: str
    source: str
    body: MappingNode
    trail: Trail | None = None
    changes: tuple[Change, ...] = ()

    @property
    def version(self) -> str | None:
        """The schema version that it says it speaks; None if it does not say so in words that count."""
        node = find(self.body, ("schema_version",))
        value = node.value if isinstance(node, Scalar) else None
        return value if is_version(value) else None


class Port(Struct, frozen=True):
    """One end of a connection: `agent.port`, and where it is written."""

    agent: str
    port: str
    span: Span

    def __str__(self) -> str:
        return f"{self.agent}.{self.port}"


class Connection(Struct, frozen=True):
    """Packets of one kind flow from an output port to an input port."""

    source: Port
    target: Port
    packet: str
    priority: str
    span: Span


class Glue(Struct, frozen=True, eq=False):
    """The glue layer: packet kinds and who sends them to whom.

    Attributes:
        readable: Whether this is what `glue.yaml` says; if not, it has errors of its own, and what is
            missing here may well be written there.
        body: Where the packet kinds stand.
    """

    packets: Mapping[str, Data] = {}
    connections: tuple[Connection, ...] = ()
    readable: bool = True
    body: MappingNode | None = None

    def packet_span(self, *path: str | int) -> Span:
        """Where a packet kind, or something of it, is declared; if it is not, the nearest above."""
        return start_of("glue.yaml") if self.body is None else locate(self.body, path)


class EnvironmentSettings(Struct, frozen=True, eq=False):
    """What `environment.yaml` says beside its overrides; `body` is where it stands."""

    name: str
    targets: tuple[str, ...]
    options: Mapping[str, Data] = {}
    body: MappingNode | None = None


class FleetSettings(Struct, frozen=True):
    """What `qpf.yaml` says."""

    name: str
    schema_version: str
    agents: tuple[str, ...] | None
    environments: Mapping[str, Data]
    targets: tuple[str, ...]


class Composed(Struct, frozen=True):
    """One agent in one environment, all layers merged.

    Attributes:
        body: The merged tree; every node keeps the span of the layer that won.
        contributions: Every layer that spoke, lowest first: where origins are looked up.
        subs: The sub-schemas, by name, in dependency order.
        named: Where the agent's own file says its name.
    """

    agent: str
    environment: str
    body: MappingNode
    contributions: tuple[Contribution, ...]
    base: str
    subs: tuple[str, ...]
    named: Span | None = None


class Agent(Struct, frozen=True, kw_only=True, dict=True, eq=False):
    """An agent, as passes and emitters see it: read-only data with defaults filled in.

    Emitters see valid ones only. Of one with errors, passes see what is sound.

    Attributes:
        name: The agent's name.
        environment: The environment it is compiled for.
        values: One entry a section, for instance `values["deployment"]["replicas"]`.
        compose: Merges its layers; called when spans or origins are looked up for the first time.
        layers: Paths of the schema files it is composed of: base, subs, its own.
        base: The base schema's name.
        subs: One entry a sub-schema: its own document's data (`role`, `adds` …).
        role: What it is for, in its schema's words.
        source: Path of its schema file.
        needs: The agents it says it needs, if that is known without reading its values.
    """

    name: str
    environment: str
    values: Mapping[str, Data]
    compose: Callable[[], Composed]
    layers: tuple[str, ...] = ()
    base: str = ""
    subs: Mapping[str, Data] = {}
    role: str = ""
    source: str = ""
    needs: tuple[str, ...] | None = None

    @cached_property
    def composed(self) -> Composed:
        """Where spans and origins are looked up."""
        return self.compose()

    def span(self, *path: str | int) -> Span:
        """Where a value is written: the layer that won; for an absent value, the nearest key above it.

        Of the header, which is not composed, the `name` can be asked for.
        """
        if path == ("name",) and self.composed.named is not None:
            return self.composed.named
        return locate(self.composed.body, path)

    def writes(self, *path: str | int) -> bool:
        """Whether some layer writes a value; if none does, it is the schema's default and stands nowhere."""
        return find(self.composed.body, path) is not None

    def note(self, message: str, *path: str | int) -> Note:
        """What a value says and where it is written; of a default, that it is one."""
        if self.writes(*path):
            return Note(message, self.span(*path))
        return Note(f"{message}, by default")

    @property
    def sound(self) -> bool:
        """Whether nothing of it is in doubt."""
        return not isinstance(self.values, Doubtful)

    @cached_property
    def digest(self) -> str:
        """The digest of the values."""
        return digest_of(self.values)


class Environment(Struct, frozen=True, dict=True):
    """A whole fleet, valid, in one environment; or the part of it that concerns one agent.

    What is done for one agent (a pass of scope `agent`, `emit_agent`) is given that part only, because
    the part is what decides whether it has to be done again: the agent; its neighbours, reduced to what
    sections declare as interface (emitters only: passes run before neighbours are known to be valid);
    the connections that begin or end at it; and all packet kinds. See `qpf.stages.view`.

    Attributes:
        agents: The agents at hand, by name, sorted. Those are not among them that a command did not ask for;
            agents with errors only where a pass over the environment can do with them.
        known: Names of all agents of the fleet: what exists is looked up here. In the part that
            concerns one agent: its own and its neighbours'.
    """

    settings: EnvironmentSettings
    fleet: FleetSettings
    agents: Mapping[str, Agent]
    glue: Glue
    source: str = ""
    known: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.settings.name

    def connections_from(self, agent: str) -> tuple[Connection, ...]:
        """Connections that start at an agent, in glue order."""
        return self._by_source.get(agent, ())

    def connections_to(self, agent: str) -> tuple[Connection, ...]:
        """Connections that end at an agent, in glue order."""
        return self._by_target.get(agent, ())

    @property
    def span(self) -> Span:
        """The top of the environment's own file."""
        return start_of(self.source)

    def option_span(self, *path: str | int) -> Span:
        """Where the environment's file says something under `options`; if it does not, the nearest above."""
        body = self.settings.body
        return self.span if body is None else locate(body, ("options", *path))

    @cached_property
    def _by_source(self) -> Mapping[str, tuple[Connection, ...]]:
        return _group((connection.source.agent, connection) for connection in self.glue.connections)

    @cached_property
    def _by_target(self) -> Mapping[str, tuple[Connection, ...]]:
        return _group((connection.target.agent, connection) for connection in self.glue.connections)


def _group(pairs: Iterable[tuple[str, Connection]]) -> Mapping[str, tuple[Connection, ...]]:
    groups: dict[str, list[Connection]] = {}
    for key, connection in pairs:
        groups.setdefault(key, []).append(connection)
    return {key: tuple(group) for key, group in groups.items()}
