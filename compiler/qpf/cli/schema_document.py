"""The JSON Schema of schema files, put together from the models of the registered sections."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from qpf.model.extension import Section
from qpf.model.merge import Keyed, Strategy, Tighten
from qpf.stages.headers import AgentHeader, BaseHeader, Name, SubHeader
from qpf.syntax.header import Header


class ComposedParts(Header):
    """What a composed agent is made of."""

    base: Name = Field(description="Its base schema.")
    subs: list[Name] = Field(description="Its sub-schemas, dependencies first.")


class ComposedHeader(Header):
    """`composed/<name>.yaml`: one agent in one environment, all layers merged."""

    name: Name = Field(description="The agent's name.")
    role: str = Field(description="What it is for.")
    composition: ComposedParts = Field(description="What it was merged from.")


KINDS: dict[str, type[BaseModel]] = {
    "agent": AgentHeader,
    "base": BaseHeader,
    "sub": SubHeader,
    "composed": ComposedHeader,
}
"""Kinds of schema files, with what the compiler itself reads of them."""


def schema_document(kind: str, sections: Iterable[Section]) -> dict[str, Any]:
    """The JSON Schema of a kind of file.

    A layer may leave out whatever another layer says, so in all but the composed document
    nothing inside a section is required.
    """
    document = KINDS[kind].model_json_schema()
    definitions: dict[str, Any] = document.pop("$defs", {})
    properties = document["properties"]
    required = document.setdefault("required", [])
    merging: dict[str, str] = {}
    for section in sections:
        merging |= {f"{section.name}.{path}": _said(strategy) for path, strategy in section.merge.items()}
        described = section.model.model_json_schema(ref_template=f"#/$defs/{section.name}.{{model}}")
        if kind != "composed":
            described = _optional(described)
        elif section.required:
            required.append(section.name)
        for name, definition in described.pop("$defs", {}).items():
            definitions[f"{section.name}.{name}"] = definition
        properties[section.name] = described
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **document,
        "title": f"qpf {kind} file",
        "x-merge": dict(sorted(merging.items())),
        "$defs": definitions,
    }


def _said(strategy: Strategy) -> str:
    """A merge strategy in words: `tighten log < notify < block`."""
    name = type(strategy).__name__.lower()
    match strategy:
        case Keyed(field):
            return f"{name} {field}"
        case Tighten(order=(), tighter=way):
            return f"{name} {way}"
        case Tighten(order):
            return f"{name} {' < '.join(str(value).lower() for value in order)}"
    return name


def _optional(schema: Any, *, names: bool = False) -> Any:
    """The same schema with nothing required; `names` says that the keys are names, not keywords."""
    if isinstance(schema, list):
        return [_optional(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _optional(value, names=not names and key in {"properties", "$defs"})
        for key, value in schema.items()
        if names or key != "required"
    }
