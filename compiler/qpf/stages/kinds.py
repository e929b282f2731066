"""Kinds of files: what reads each, what it may hold, where each path leads, and which values are names."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel

from qpf.evolution.approvals import ApprovalFile
from qpf.evolution.steps import EVOLUTION, SchemaEvolution, StepFile
from qpf.evolution.words import WORDS
from qpf.model.extension import Section
from qpf.model.path import Path
from qpf.stages.headers import (
    AgentHeader,
    BaseHeader,
    EnvironmentHeader,
    FleetHeader,
    GlueHeader,
    SubHeader,
)


class Kind(NamedTuple):
    """A kind of file.

    Attributes:
        model: What the compiler itself reads of it.
        files: Which files of a fleet are of this kind, as editors match names.
        evolves: Whether it may say how schemas evolve.
        sections: Whether it holds sections beside what the compiler reads.
    """

    model: type[BaseModel]
    files: str
    evolves: bool = False
    sections: bool = False


KINDS: Mapping[str, Kind] = {
    "fleet": Kind(FleetHeader, "qpf.yaml", evolves=True),
    "glue": Kind(GlueHeader, "glue.yaml"),
    "environment": Kind(EnvironmentHeader, "environments/*/environment.yaml"),
    "base": Kind(BaseHeader, "base/*.yaml", evolves=True, sections=True),
    "sub": Kind(SubHeader, "sub/*.yaml", evolves=True, sections=True),
    "agent": Kind(AgentHeader, "agents/*.yaml", evolves=True, sections=True),
    "migration": Kind(StepFile, "migrations/*.yaml"),
    "approval": Kind(ApprovalFile, "approvals/*.yaml"),
}
"""Every kind of source that is a document."""

Named: TypeAlias = Literal["agent", "base", "sub", "environment", "packet", "port", "emitter"]
"""What a name is the name of; a port's is `agent.port`."""

NAMES: Mapping[str, Mapping[str, Named]] = {
    "fleet": {"agents.*": "agent", "targets.*": "emitter"},
    "glue": {
        "connections.*.packet": "packet",
        "connections.*.from": "port",
        "connections.*.to": "port",
        "meshes.*.packet": "packet",
        "meshes.*.agents.*": "agent",
    },
    "environment": {"targets.*": "emitter"},
    "sub": {"parent_base.*": "base", "composition.subs.*": "sub"},
    "agent": {"composition.base": "base", "composition.subs.*": "sub"},
}
"""Which values of a kind of file are names, beside those that sections declare."""


class Place(NamedTuple):
    """Where a path of a file leads.

    Attributes:
        model: The model that reads it; None where nobody does.
        inner: The path inside that model.
        section: The path in a composed agent, if it is one.
        agent: The agent it is about alone; empty for every agent that the file speaks for.
    """

    model: type[BaseModel] | None
    inner: Path
    section: Path = ()
    agent: str = ""


def place_of(
    kind: str,
    path: Path,
    sections: Mapping[str, Section],
    adds: Mapping[str, Path],
    options: Mapping[str, type[Any] | None],
) -> Place:
    """Trace a path of a file.

    Args:
        kind: The file's kind.
        path: The path.
        sections: By name.
        adds: Where each word of a sub's `adds:` goes.
        options: The model of each emitter's options.
    """
    own = KINDS.get(kind)
    match kind, path:
        case ("environment", ("overrides" | "options", _, *_)):
            return _in_environment(path, sections, options)
        case ("sub", ("adds", str(word), *rest)) if word in adds:
            section = (*adds[word], *rest)
            return Place(sections[str(section[0])].model, section[1:], section)
        case (_, (str(name), *rest)) if own and own.sections and name in sections:
            return Place(sections[name].model, tuple(rest), path)
        case (_, (key, *rest)) if own and own.evolves and key == EVOLUTION:
            return _in_evolution(tuple(rest))
        case ("migration", ("operations", int(), str(word), *rest)):
            return Place(WORDS.get(word), tuple(rest))
    return Place(own.model if own else None, path)


def _in_environment(
    path: Path, sections: Mapping[str, Section], options: Mapping[str, type[Any] | None]
) -> Place:
    match path:
        case ("options", str(name), *rest):
            return Place(options.get(name), tuple(rest))
        case ("overrides", "all", str(name), *rest) if name in sections:
            return Place(sections[name].model, tuple(rest), (name, *rest))
        case ("overrides", "agents", str(agent), str(name), *rest) if name in sections:
            return Place(sections[name].model, tuple(rest), (name, *rest), agent)
        case (_, "all" | "agents", _, *_):
            return Place(None, path)
    return Place(EnvironmentHeader, path)


def _in_evolution(path: Path) -> Place:
    match path:
        case ("migrations", str(), int(), str(word), *rest):
            return Place(WORDS.get(word), tuple(rest))
    return Place(SchemaEvolution, path)


def holds_sections(kind: str, path: Path) -> bool:
    """Whether sections stand in the mapping at a path."""
    match kind, path:
        case ("environment", ("overrides", "all") | ("overrides", "agents", _)):
            return True
        case (_, ()):
            return kind in KINDS and KINDS[kind].sections
    return False


def holds_evolution(kind: str, path: Path) -> bool:
    """Whether `schema_evolution` may stand in the mapping at a path."""
    return not path and kind in KINDS and KINDS[kind].evolves


def takes_operation(kind: str, path: Path) -> bool:
    """Whether the mapping at a path is an operation: one word of the vocabulary, and what it is about."""
    match kind, path:
        case ("migration", ("operations", int())):
            return True
        case (_, (key, "migrations", str(), int())):
            return key == EVOLUTION and holds_evolution(kind, ())
    return False
