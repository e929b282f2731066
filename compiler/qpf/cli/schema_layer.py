"""JSON Schemas made to fit what people write: one layer of many, and operations in short or in full."""

from collections.abc import Mapping
from typing import Any

from qpf.evolution.words import WORDS

_BY_NAME = frozenset({"$defs", "patternProperties", "properties"})
_DATA = frozenset({"const", "default", "enum", "examples"})


def as_layer(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema for one layer of a document: nothing is required, and null erases a value."""
    changed: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _DATA:
            changed[key] = value
        elif key in {"properties", "patternProperties"}:
            changed[key] = {name: _erasable(as_layer(each)) for name, each in value.items()}
        elif key == "$defs":
            changed[key] = {name: as_layer(each) for name, each in value.items()}
        elif key == "additionalProperties" and isinstance(value, Mapping):
            changed[key] = _erasable(as_layer(value))
        elif key not in {"required", "minProperties"}:
            changed[key] = _each(value)
    return changed


def _each(value: Any) -> Any:
    if isinstance(value, Mapping):
        return as_layer(value)
    return [_each(item) for item in value] if isinstance(value, list) else value


def _erasable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, or null; what describes it stays where editors look for it."""
    if not schema or schema.get("default", ...) is None:
        return schema
    about: dict[str, Any] = {
        key: schema[key] for key in ("title", "description", "default", "examples") if key in schema
    }
    said = {key: value for key, value in schema.items() if key not in about}
    if isinstance(said.get("type"), str) and not {"enum", "const", "properties"} & said.keys():
        return {**schema, "type": [said["type"], "null"]}
    forms = said["anyOf"] if said.keys() == {"anyOf"} else [said]
    return {**about, "anyOf": [*forms, {"type": "null"}]}


def finished(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A schema as the compiler means it and as editors show it.

    A mapping by names takes no key that is no name, and a field whose description is that of its type
    carries it too: editors do not look behind a reference.
    """
    if isinstance(schema, list):
        return [finished(each, definitions) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    done = {
        key: value
        if key in _DATA
        else {name: finished(each, definitions) for name, each in value.items()}
        if key in _BY_NAME
        else finished(value, definitions)
        for key, value in schema.items()
    }
    if "patternProperties" in done:
        done.setdefault("additionalProperties", False)
    if done.get("default") == "" and "pattern" in done:
        del done["default"]  # that nothing is said here, which cannot be written
    if "description" not in done and (about := _about(done, definitions)):
        done["description"] = about
    return done


def _about(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What the one type that a schema refers to says of itself."""
    names = [form["$ref"] for form in (schema, *schema.get("anyOf", ())) if "$ref" in form]
    found = definitions[names[0].removeprefix("#/$defs/")] if len(names) == 1 else {}
    return str(found.get("description", ""))


def as_operations(definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one operation of a migration, as `qpf.evolution.operations` reads it.

    Args:
        definitions: Where the schemas of operations in full are put.
    """
    words: dict[str, Any] = {}
    for word, model in WORDS.items():
        own = model.model_json_schema()
        definitions[f"operation.{word}"] = {**own, "title": word}
        full = {"$ref": f"#/$defs/operation.{word}"}
        about = own.get("description", "")
        if model.short is None:
            words[word] = {"description": about, **full}
        else:
            short = {"type": "string", "examples": [model.example]}
            words[word] = {"description": about, "anyOf": [short, full]}
    return {
        "type": "object",
        "properties": words,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
