"""Walks the section models: every field of every model, with the path it has in an agent."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from qpf_plugins.agent_schema.sections import SECTIONS

Path = tuple[str, ...]


def fields_of(
    model: type[BaseModel], at: Path = ()
) -> Iterator[tuple[Path, type[BaseModel], str, FieldInfo]]:
    """Every field below a model; `*` stands for any key or item."""
    for name, field in model.model_fields.items():
        yield (*at, name), model, name, field
        for step, inner in models_in(field.annotation):
            yield from fields_of(inner, (*at, name, *step))


def models_in(annotation: Any, step: Path = ()) -> Iterator[tuple[Path, type[BaseModel]]]:
    """Models inside a type, with the steps to them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield step, annotation
        return
    below = (*step, "*") if get_origin(annotation) in (dict, list) else step
    for argument in get_args(annotation):
        yield from models_in(argument, below)


EVERY = [(section.name, *found) for section in SECTIONS for found in fields_of(section.model)]
"""Section, path, model, name and field, of every field there is."""

IDS = [f"{section}.{'.'.join(path)}" for section, path, _, _, _ in EVERY]
