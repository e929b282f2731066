"""Schemas and values to compare: small, with every keyword, so that two often share what a third refuses."""

import json
from typing import Any

from hypothesis import strategies as st

from qpf.evolution.diff.facts.compare import compare
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.judge import judged
from qpf.evolution.diff.judging.rule import Setting
from qpf.evolution.diff.shapes.jsonschema import shape_of
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.schema_change import SchemaChange
from qpf.syntax.reader import read_yaml

Schema = Any


def shape(schema: Schema, indent: int | None = None) -> Shape:
    """What a schema says, which must be understood."""
    read = read_yaml("schema.json", json.dumps(schema, indent=indent).encode())
    assert read.value is not None, read.report.diagnostics
    outcome = shape_of(read.value)
    assert not outcome.report.failed, outcome.report.diagnostics
    return outcome.value


def facts(old: Schema, new: Schema) -> tuple[Fact, ...]:
    return compare(shape(old), shape(new))


def changes(old: Schema, new: Schema) -> tuple[SchemaChange, ...]:
    return judged(facts(old, new), Setting(), lambda _: None)


def codes(old: Schema, new: Schema) -> list[str]:
    return [change.code for change in changes(old, new)]


_NAMES = st.sampled_from(["a", "b", "xa"])
_SCALARS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, 2, 4, 1.5, "", "a", "ab", "abc", "B"]
)


def _values(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3)


values: st.SearchStrategy[Any] = st.recursive(_SCALARS, _values, max_leaves=6)
"""Values, of which many fit many schemas."""

_TYPE = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
_COUNT = st.integers(0, 3)


def _schema(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    some = st.lists(inner, min_size=1, max_size=3)
    words: dict[str, st.SearchStrategy[Any]] = {
        "type": _TYPE | st.lists(_TYPE, min_size=1, max_size=3, unique=True),
        "enum": st.lists(_SCALARS, min_size=1, max_size=3, unique_by=repr),
        "const": _SCALARS,
        "minimum": _COUNT,
        "maximum": _COUNT,
        "exclusiveMinimum": _COUNT,
        "exclusiveMaximum": _COUNT | st.just(1.5),
        "multipleOf": st.sampled_from([0.5, 1, 2, 3]),
        "minLength": _COUNT,
        "maxLength": _COUNT,
        "pattern": st.sampled_from(["a", "^a", "b$"]),
        "items": inner,
        "prefixItems": some,
        "minItems": _COUNT,
        "maxItems": _COUNT,
        "uniqueItems": st.booleans(),
        "contains": inner,
        "minContains": _COUNT,
        "maxContains": _COUNT,
        "properties": st.dictionaries(_NAMES, inner, max_size=2),
        "required": st.lists(_NAMES, max_size=2, unique=True),
        "additionalProperties": inner | st.booleans(),
        "patternProperties": st.dictionaries(st.sampled_from(["a", "^x"]), inner, max_size=2),
        "minProperties": _COUNT,
        "maxProperties": _COUNT,
        "propertyNames": st.sampled_from([{"maxLength": 1}, {"pattern": "a"}]),
        "dependentRequired": st.dictionaries(_NAMES, st.lists(_NAMES, max_size=1), max_size=1),
        "dependentSchemas": st.dictionaries(_NAMES, inner, max_size=1),
        "unevaluatedProperties": st.booleans(),
        "unevaluatedItems": inner,
        "anyOf": some,
        "oneOf": some,
        "allOf": some,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.just("#/$defs/d"),
    }
    keys = st.lists(st.sampled_from(sorted(words)), max_size=3, unique=True)
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({key: words[key] for key in chosen}))


_inner: st.SearchStrategy[Schema] = st.recursive(
    st.booleans() | _schema(st.booleans()), _schema, max_leaves=4
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A schema, with a definition that it may refer to, also from inside that."""
    body = draw(_schema(_inner))
    return {**body, "$defs": {"d": draw(_inner.filter(lambda each: "$ref" not in str(each)[:8]))}}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Schema, Schema]:
    """Two schemas, mostly alike: one keyword of one of them, somewhere, is another one."""
    old = draw(schemas())
    new = draw(schemas())
    if draw(st.integers(0, 3)):
        new = _mixed(draw, old, new)
    return old, new


_MAPPINGS = {"properties", "patternProperties", "dependentRequired", "dependentSchemas", "$defs"}


def _mixed(draw: st.DrawFn, old: Schema, new: Schema) -> Schema:
    """The one with some of the other."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return draw(st.sampled_from([old, new]))
    mixed = dict(old)
    for key in {*old, *new}:
        match draw(st.integers(0, 4)):
            case 0 if key in new:
                mixed[key] = new[key]
            case 0 if key not in {"$defs", "d"}:
                mixed.pop(key, None)
            case 1 if key in old and key in new:
                mixed[key] = _mixed(draw, old[key], new[key])
            case 2 if isinstance(old.get(key), dict) and key not in _MAPPINGS:
                mixed[key] = _mixed(draw, old[key], draw(_inner))
    return mixed
