"""What may stand where: each path of each kind of file, traced to the model that reads it."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from qpf.evolution.approvals import ApprovalFile
from qpf.evolution.steps import EVOLUTION, SchemaEvolution, StepFile
from qpf.evolution.words import WORDS
from qpf.host.workspace import Workspace
from qpf.model.path import Path
from qpf.stages.headers import (
    AgentHeader,
    BaseHeader,
    EnvironmentHeader,
    FleetHeader,
    GlueHeader,
    SubHeader,
)
from qpf.syntax.known_keys import field_at, keys_of, kinds_at, models_at

HEADERS: Mapping[str, type[BaseModel]] = {
    "fleet": FleetHeader,
    "glue": GlueHeader,
    "environment": EnvironmentHeader,
    "base": BaseHeader,
    "sub": SubHeader,
    "agent": AgentHeader,
    "migration": StepFile,
    "approval": ApprovalFile,
}
_EVOLVING = frozenset({"fleet", "base", "sub", "agent"})


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


class Key(NamedTuple):
    """A key that may be written."""

    name: str
    about: str
    kind: str
    nested: bool


def place_of(kind: str, path: Path, workspace: Workspace) -> Place:
    """Trace a path of a file."""
    if kind == "environment":
        return _in_environment(path, workspace)
    sections = workspace.schema.sections
    match kind, path:
        case ("sub", ("adds", str(word), *rest)) if word in workspace.schema.adds:
            section = (*workspace.schema.adds[word], *rest)
            return Place(sections[str(section[0])].model, section[1:], section)
        case (("base" | "sub" | "agent"), (str(name), *rest)) if name in sections:
            return Place(sections[name].model, tuple(rest), path)
        case (_, (key, *rest)) if key == EVOLUTION and kind in _EVOLVING:
            return _evolution(tuple(rest))
        case ("migration", ("operations", int(), str(word), *rest)):
            return Place(WORDS.get(word), tuple(rest))
    return Place(HEADERS.get(kind), path)


def _in_environment(path: Path, workspace: Workspace) -> Place:
    sections = workspace.schema.sections
    match path:
        case ("overrides", "all", str(name), *rest) if name in sections:
            return Place(sections[name].model, tuple(rest), (name, *rest))
        case ("overrides", "agents", str(agent), str(name), *rest) if name in sections:
            return Place(sections[name].model, tuple(rest), (name, *rest), agent)
        case ("overrides", "all" | "agents", _, *_):
            return Place(None, path)
        case ("options", str(name), *rest):
            return Place(_options(workspace).get(name), tuple(rest))
    return Place(EnvironmentHeader, path)


def _evolution(path: Path) -> Place:
    match path:
        case ("migrations", str(), int(), str(word), *rest):
            return Place(WORDS.get(word), tuple(rest))
    return Place(SchemaEvolution, path)


def field_of(kind: str, path: Path, workspace: Workspace) -> FieldInfo | None:
    """The field that a path ends in."""
    place = place_of(kind, path, workspace)
    return None if place.model is None else field_at(place.model, place.inner)


def about(kind: str, path: Path, workspace: Workspace) -> str:
    """What is said of a key; of a section and of a type, what its model says of itself."""
    place = place_of(kind, path, workspace)
    if place.model is None:
        return ""
    if not place.inner:
        return _first(place.model)
    field = field_at(place.model, place.inner)
    if field is not None and field.description:
        return field.description
    models = models_at(place.model, place.inner)
    return _first(models[0]) if models else ""


def keys_at(kind: str, path: Path, workspace: Workspace) -> Iterator[Key]:
    """The keys that may be written in the mapping at a path, but for names that people give."""
    sections = workspace.schema.sections
    whole = kind in {"base", "sub", "agent"} and not path
    overriding = kind == "environment" and (
        path == ("overrides", "all") or (path[:2] == ("overrides", "agents") and len(path) == 3)  # noqa: PLR2004  # the agent is the third
    )
    if whole or overriding:
        yield from (Key(name, _first(each.model), "section", nested=True) for name, each in sections.items())
    if kind in _EVOLVING and not path:
        yield Key(EVOLUTION, _first(SchemaEvolution), "mapping", nested=True)
    if kind == "sub" and path == ("adds",):
        for word, target in workspace.schema.adds.items():
            yield Key(word, about("sub", ("adds", word), workspace), ".".join(map(str, target)), nested=True)
    elif kind == "environment" and path == ("options",):
        yield from (
            Key(name, _first(model), "options of an emitter", nested=True)
            for name, model in _options(workspace).items()
        )
    elif _takes_operation(kind, path):
        yield from (Key(word, _first(model), "operation", nested=True) for word, model in WORDS.items())
    place = place_of(kind, path, workspace)
    for model in models_at(place.model, place.inner) if place.model is not None else ():
        for name, field in keys_of(model).items():
            types = kinds_at(model, (name,))
            yield Key(name, field.description or "", words(types), nested=_nested(types))


def _takes_operation(kind: str, path: Path) -> bool:
    if kind == "migration":
        return path[:1] == ("operations",) and len(path) == 2  # noqa: PLR2004  # the list and the item
    return kind in _EVOLVING and path[:2] == (EVOLUTION, "migrations") and len(path) == 4  # noqa: PLR2004  # the step and the item


def values_at(kind: str, path: Path, workspace: Workspace) -> Iterator[str | bool]:
    """The values that a model lists for a path."""
    place = place_of(kind, path, workspace)
    for each in kinds_at(place.model, place.inner) if place.model is not None else ():
        if get_origin(each) is Literal:
            yield from (value for value in get_args(each) if isinstance(value, str | bool))
        elif isinstance(each, type) and issubclass(each, Enum):
            yield from (str(member.value) for member in each)
        elif each is bool:
            yield from (True, False)


def words(kinds: tuple[Any, ...]) -> str:
    """Types in a word each."""
    return " or ".join(dict.fromkeys(filter(None, map(_word, kinds))))


def _word(kind: Any) -> str:
    names = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): ""}
    if kind in names:
        return names[kind]
    origin = get_origin(kind)
    if origin is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if origin in {list, tuple, set, frozenset}:
        return "list"
    return "mapping" if origin is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)) else ""


def _nested(kinds: tuple[Any, ...]) -> bool:
    return bool(kinds) and all(_word(kind) in {"mapping", "list"} for kind in kinds if kind is not type(None))


def _first(model: type[BaseModel]) -> str:
    """The first paragraph of what a model says of itself."""
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())


def _options(workspace: Workspace) -> Mapping[str, type[BaseModel]]:
    emitters = (entry.value for entry in workspace.registry.emitters)
    return {each.name: each.options for each in emitters if each.options is not None}
