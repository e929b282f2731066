"""What may stand where: each path of each kind of file, traced to the model that reads it."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from qpf.evolution.steps import EVOLUTION, SchemaEvolution
from qpf.evolution.words import WORDS
from qpf.host.workspace import Workspace
from qpf.model.path import Path
from qpf.stages.kinds import Place, holds_evolution, holds_sections, place_of, takes_operation
from qpf.syntax.known_keys import field_at, keys_of, kinds_at, models_at


class Key(NamedTuple):
    """A key that may be written."""

    name: str
    about: str
    kind: str
    nested: bool


def place(kind: str, path: Path, workspace: Workspace) -> Place:
    """Where a path of a file leads."""
    schema = workspace.schema
    return place_of(kind, path, schema.sections, schema.adds, _options(workspace))


def field_of(kind: str, path: Path, workspace: Workspace) -> FieldInfo | None:
    """The field that a path ends in."""
    found = place(kind, path, workspace)
    return None if found.model is None else field_at(found.model, found.inner)


def about(kind: str, path: Path, workspace: Workspace) -> str:
    """What is said of a key; of a section and of a type, what its model says of itself."""
    found = place(kind, path, workspace)
    if found.model is None:
        return ""
    if not found.inner:
        return _first(found.model)
    field = field_at(found.model, found.inner)
    if field is not None and field.description:
        return field.description
    models = models_at(found.model, found.inner)
    return _first(models[0]) if models else ""


def keys_at(kind: str, path: Path, workspace: Workspace) -> Iterator[Key]:
    """The keys that may be written in the mapping at a path, but for names that people give."""
    sections = workspace.schema.sections
    if holds_sections(kind, path):
        yield from (Key(name, _first(each.model), "section", nested=True) for name, each in sections.items())
    if holds_evolution(kind, path):
        yield Key(EVOLUTION, _first(SchemaEvolution), "mapping", nested=True)
    if kind == "sub" and path == ("adds",):
        for word, target in workspace.schema.adds.items():
            yield Key(word, about("sub", ("adds", word), workspace), ".".join(map(str, target)), nested=True)
    elif kind == "environment" and path == ("options",):
        yield from (
            Key(name, _first(model), "options of an emitter", nested=True)
            for name, model in _options(workspace).items()
        )
    elif takes_operation(kind, path):
        yield from (Key(word, _first(model), "operation", nested=True) for word, model in WORDS.items())
    found = place(kind, path, workspace)
    for model in models_at(found.model, found.inner) if found.model is not None else ():
        for name, field in keys_of(model).items():
            types = kinds_at(model, (name,))
            yield Key(name, field.description or "", words(types), nested=_nested(types))


def values_at(kind: str, path: Path, workspace: Workspace) -> Iterator[str | bool]:
    """The values that a model lists for a path."""
    found = place(kind, path, workspace)
    for each in kinds_at(found.model, found.inner) if found.model is not None else ():
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
