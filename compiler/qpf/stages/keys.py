"""What an extraction is made of, each input by name with its digest, and the key over all of them.

The inputs are all that `view` shows to passes and emitters: layers, what the environment overrides, the
migrations, and the agent's part of the glue; and the tools: compiler, interpreter, libraries, plugins,
templates. Layers count by their bytes where findings may point into them, so that a line that moves is seen;
for the files of an agent, which hold no line numbers, by what they say at the fleet's version. The order of
keys counts in all that is shown, because files may follow it. Named one by one, inputs also answer why an
agent is extracted again.
"""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from qpf.evolution.history import History
from qpf.model.digest import digest_in_order, digest_of
from qpf.model.fleet import Environment
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import to_data
from qpf.stages.view import wires_of

PREFIX = "qpf"
_MIGRATIONS = "migrations"


class Tools(Struct, frozen=True, dict=True):
    """What extracts, by name: the same for every agent of an environment."""

    inputs: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """The digest over all of them."""
        return digest_of(self.inputs)


class Inputs(Struct, frozen=True):
    """What one agent's result follows from; digests by name.

    Attributes:
        schema: Layers, overrides, settings.
        glue: Connections, packet kinds and, for an extraction, the interfaces of neighbours.
        tools: What works on them.
    """

    schema: Mapping[str, str]
    glue: Mapping[str, str]
    tools: Tools

    def key(self, kind: str) -> str:
        """The name a result is cached under: `qpf:<kind>:{schema}:{extractor}:{glue}`."""
        parts = (digest_of(self.schema), self.tools.digest, digest_of(self.glue))
        return ":".join((PREFIX, kind, *(part.removeprefix("sha256:") for part in parts)))

    @property
    def all(self) -> dict[str, str]:
        """Every input by name."""
        return {**self.schema, **self.glue, **self.tools.inputs}


class Ground(Struct, frozen=True):
    """What all agents of an environment have in common.

    Attributes:
        environment: The environment before any agent.
        schema: Digests of what its files say for all agents.
        packets: Digest of the packet kinds.
        tools: What checks.
        emitting: What emits: the same, and the templates of the targets.
    """

    environment: Environment
    schema: Mapping[str, str]
    packets: str
    tools: Tools
    emitting: Tools


def ground(
    environment: Environment,
    everyone: MappingNode | None,
    past: History | None,
    tools: Mapping[str, str],
    templates: Mapping[str, str],
    judges: Mapping[str, str],
) -> Ground:
    """Digest what all agents of an environment share.

    Args:
        environment: The environment before any agent.
        everyone: What it overrides for all agents.
        past: The fleet's migrations.
        tools: Digests of compiler, interpreter, libraries and plugins, by name.
        templates: Digests of the fleet's templates, by path.
        judges: What has a say in validation beside them: it is read by passes, and shown to no emitter.
    """
    settings, fleet = environment.settings, environment.fleet
    used = tuple(f"templates/{target}/" for target in settings.targets)
    return Ground(
        environment,
        {
            "fleet": digest_in_order([fleet.name, fleet.schema_version, fleet.environments, fleet.targets]),
            "environment": digest_in_order(
                [environment.name, environment.source, settings.targets, settings.options]
            ),
            "overrides for all": digest_in_order(everyone and to_data(everyone)),
            "defaults of migrations": past.defaults_digest if past else "",
            _MIGRATIONS: past.digest if past else "",
        },
        digest_in_order([environment.glue.packets, environment.glue.readable]),
        Tools({**tools, **judges}),
        Tools({**tools, **{path: one for path, one in templates.items() if path.startswith(used)}}),
    )


def check_inputs(agent: str, layers: Mapping[str, str], own: MappingNode | None, common: Ground) -> Inputs:
    """What an agent's validation follows from.

    Args:
        agent: Its name.
        layers: Digests of the files it is composed of, by path.
        own: What the environment overrides for it alone.
        common: What it shares with all others.
    """
    wires = wires_of(agent, common.environment)
    return Inputs(
        schema={
            "agent": agent,
            **common.schema,
            "overrides": digest_in_order(own and to_data(own)),
            **layers,
        },
        glue={
            "connections": digest_of(
                [[str(wire.source), str(wire.target), wire.packet, wire.priority] for wire in wires]
            ),
            "packets": common.packets,
        },
        tools=common.tools,
    )


def extraction_inputs(
    checked: Inputs, documents: Mapping[str, str], interfaces: Mapping[str, str], common: Ground
) -> Inputs:
    """What an agent's files follow from: all that its validation does, neighbours' interfaces, templates.

    Args:
        checked: What its validation follows from.
        documents: Digests of what the files say that it is composed of, by path.
        interfaces: Digests of its neighbours' interfaces, by name.
        common: What it shares with all others.
    """
    glue = {**checked.glue, **{f"interface of {name}": each for name, each in interfaces.items()}}
    schema = {**checked.schema, **documents}
    del schema[_MIGRATIONS]  # What they made of the documents is in these.
    return Inputs(schema, glue, common.emitting)
