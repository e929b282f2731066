"""The JSON Schemas of a fleet's files, put together from models: the compiler's own and those of sections."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from qpf.cli.schema_layer import as_layer, as_operations, finished
from qpf.evolution.steps import EVOLUTION, SchemaEvolution
from qpf.host.registry import Registry
from qpf.model.extension import Section
from qpf.model.merge import Keyed, Strategy, Tighten
from qpf.model.path import parse_path
from qpf.stages.headers import Name
from qpf.stages.kinds import KINDS as SOURCES
from qpf.stages.kinds import Kind
from qpf.syntax.header import Header

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class ComposedParts(Header):
    """What a composed agent is made of."""

    base: Name = Field(description="Its base schema.", examples=["core_service"])
    subs: list[Name] = Field(description="Its sub-schemas, dependencies first.")


class ComposedHeader(Header):
    """`composed/<name>.yaml`: one agent in one environment, all layers merged."""

    name: Name = Field(description="The agent's name.", examples=["main_agent"])
    role: str = Field(description="What it is for.")
    composition: ComposedParts = Field(description="What it was merged from.")


KINDS: Mapping[str, Kind] = {
    **SOURCES,
    "composed": Kind(ComposedHeader, "environments/*/composed/*.yaml", sections=True),
}
"""Every kind of file that has a schema."""


def file_name(kind: str) -> str:
    """What the file is called that holds the schema of a kind."""
    return f"{kind}.schema.json"


def schema_text(document: Mapping[str, Any]) -> bytes:
    """A schema as a file holds it."""
    return f"{json.dumps(document, indent=2, ensure_ascii=False)}\n".encode()


def schema_document(kind: str, registry: Registry) -> dict[str, Any]:
    """The JSON Schema of a kind of file.

    A layer may leave out whatever another layer says, and erase it by null, so in all but the composed
    document nothing inside a section is required and everything may be null.
    """
    document = KINDS[kind].model.model_json_schema()
    definitions: dict[str, Any] = document.pop("$defs", {})
    properties = document["properties"]
    sections = [entry.value for entry in registry.sections]
    said: dict[str, Any] = {}
    if KINDS[kind].sections or kind == "environment":
        said["x-merge"] = _merging(sections)
        described = _described(sections, definitions, whole=kind == "composed")
        if kind == "environment":
            _environment(properties, definitions, described)
        else:
            properties |= described
        if kind == "sub":
            _additions(properties, sections, described)
        if kind == "composed":
            document["required"] += [section.name for section in sections if section.required]
    if kind in {"fleet", "environment"}:
        _emitters(properties, definitions, registry)
    if kind == "migration":
        properties["operations"]["items"] = as_operations(definitions)
    if KINDS[kind].evolves:
        _evolution(properties, definitions)
    whole = {**document, "title": f"qpf {kind} file", **said, "$defs": definitions}
    return {"$schema": DIALECT, **finished(whole, definitions)}


def _described(sections: Iterable[Section], definitions: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """The schema of each section, for a document that is whole or a layer of one."""
    described: dict[str, Any] = {}
    for section in sections:
        own = section.model.model_json_schema(ref_template=f"#/$defs/{section.name}.{{model}}")
        if not whole:
            own = as_layer(own)
        for name, definition in own.pop("$defs", {}).items():
            definitions[f"{section.name}.{name}"] = definition
        described[section.name] = own
    return described


def _environment(properties: dict[str, Any], definitions: dict[str, Any], sections: dict[str, Any]) -> None:
    """Let an environment override sections, and nothing else."""
    definitions["Sections"] = {"type": "object", "properties": sections, "additionalProperties": False}
    overrides = definitions["EnvironmentOverrides"]["properties"]
    about = overrides["all"]["description"]
    overrides["all"] = {"$ref": "#/$defs/Sections", "description": about}
    agents = overrides["agents"]["patternProperties"]
    agents |= {pattern: {"$ref": "#/$defs/Sections"} for pattern in agents}
    del properties["overrides"]["default"]


def _additions(properties: dict[str, Any], sections: Iterable[Section], described: dict[str, Any]) -> None:
    """Let a sub-schema add what sections take, each thing as the section describes it."""
    words: dict[str, Any] = {}
    for section in sections:
        for word, place in section.adds.items():
            found = described[section.name]
            for part in parse_path(place):
                found = found["properties"][part]
            words[word] = found
    properties["adds"] |= {"properties": dict(sorted(words.items())), "additionalProperties": False}


def _emitters(properties: dict[str, Any], definitions: dict[str, Any], registry: Registry) -> None:
    """Name the emitters there are, and describe what each may be told."""
    names = [entry.value.name for entry in registry.emitters]
    targets = properties["targets"]
    for form in (targets, *targets.get("anyOf", ())):
        if "items" in form:
            form["items"] = {"type": "string", "enum": names}
    if "options" not in properties:
        return
    options: dict[str, Any] = {}
    for emitter in (entry.value for entry in registry.emitters):
        if emitter.options is not None:
            own = emitter.options.model_json_schema(ref_template=f"#/$defs/{emitter.name}.{{model}}")
            for name, definition in own.pop("$defs", {}).items():
                definitions[f"{emitter.name}.{name}"] = definition
            options[emitter.name] = own
    properties["options"] |= {"properties": options, "additionalProperties": False}


def _evolution(properties: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Let a file say how schemas evolve."""
    own = SchemaEvolution.model_json_schema()
    own["properties"]["migrations"]["additionalProperties"]["items"] = as_operations(definitions)
    properties[EVOLUTION] = own


def _merging(sections: Iterable[Section]) -> dict[str, str]:
    """How values merge, by path."""
    return dict(
        sorted(
            (f"{section.name}.{path}", say(strategy))
            for section in sections
            for path, strategy in section.merge.items()
        )
    )


def say(strategy: Strategy) -> str:
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
