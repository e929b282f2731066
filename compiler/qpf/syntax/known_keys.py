"""Which keys a model knows, and where: what did-you-mean needs of pydantic models."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from qpf.model.path import Path

_DEEPEST = 6

Model = type[BaseModel]


def keys_of(model: Model) -> dict[str, FieldInfo]:
    """Every key that the model reads, with its field."""
    keys: dict[str, FieldInfo] = {}
    by_name = bool(model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name"))
    for name, field in model.model_fields.items():
        alias = field.validation_alias or field.alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        aliases = [choice for choice in choices if isinstance(choice, str)]
        for key in (*aliases, *([name] if by_name or not aliases else [])):
            keys[key] = field
    return keys


def models_at(model: Model, path: Path) -> tuple[Model, ...]:
    """The models that may stand at a path."""
    return tuple(_models(_step_all(model, path)))


def field_at(model: Model, path: Path) -> FieldInfo | None:
    """The field that a path ends in, if it ends in one."""
    if not path or not isinstance(path[-1], str):
        return None
    for owner in models_at(model, path[:-1]):
        field = keys_of(owner).get(path[-1])
        if field is not None:
            return field
    return None


def kinds_at(model: Model, path: Path) -> tuple[Any, ...]:
    """The types that a value at a path may be of, unions taken apart."""
    return tuple(kind for annotation in _step_all(model, path) for kind in _alternatives(annotation))


def stands(model: Model, path: Path) -> bool:
    """Whether something may stand at a path."""
    return bool(_step_all(model, path))


def places_of(model: Model, key: str) -> tuple[Path, ...]:
    """Every path under the model that ends in a key; `*` stands for any key or item."""
    return tuple(sorted(_places(model, key, (), frozenset()), key=lambda path: (len(path), path)))


def _step_all(model: Model, path: Path) -> list[Any]:
    annotations: list[Any] = [model]
    for part in path:
        annotations = [inner for annotation in annotations for inner in _step(annotation, part)]
    return annotations


def _step(annotation: Any, part: str | int) -> Iterator[Any]:
    for kind in _alternatives(annotation):
        origin = get_origin(kind)
        if _is_model(kind):
            field = keys_of(kind).get(str(part))
            if field is not None:
                yield field.annotation
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            yield get_args(kind)[1]
        elif origin is not None and isinstance(part, int):
            yield from (inner for inner in get_args(kind) if inner is not Ellipsis)


def _models(annotations: list[Any]) -> Iterator[Model]:
    for annotation in annotations:
        yield from (kind for kind in _alternatives(annotation) if _is_model(kind))


def _places(model: Model, key: str, at: Path, seen: frozenset[Model]) -> Iterator[Path]:
    if model in seen or len(at) > _DEEPEST:
        return
    for name, field in keys_of(model).items():
        if name == key:
            yield (*at, name)
        for inner, path in _inside(field.annotation, (*at, name)):
            yield from _places(inner, key, path, seen | {model})


def _inside(annotation: Any, at: Path) -> Iterator[tuple[Model, Path]]:
    for kind in _alternatives(annotation):
        if _is_model(kind):
            yield kind, at
        elif get_origin(kind) is not None:
            for inner in get_args(kind):
                yield from _inside(inner, (*at, "*"))


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The members of a union, bare of `Annotated`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _alternatives(inner)
    else:
        yield annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
