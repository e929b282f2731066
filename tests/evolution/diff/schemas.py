"""Random JSON Schemas over few names and few values, schemas near them, and documents for them."""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Schema = dict[str, Any] | bool
NAMES = ("a", "b", "c")
TEXTS = ("", "a", "b", "ab", "ba", "abc")
PATTERNS = ("^a", "b$", "^[ab]+$")
NAMED = ("^a$", "^[ab]$", "^c")
NUMBERS = (-1, 0, 1, 2, 3, 4, 0.5, 2.5)
VALUES: tuple[Any, ...] = (
    None, True, False, *NUMBERS, *TEXTS, [], [1], [1, 1], ["a"], [1, "a"], {}, {"a": 1}, {"b": "a"},
)  # fmt: skip
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
MADE: tuple[Any, ...] = (None, True, 0, 1, 4, 0.5, "a", "ab", [], {})

_small = st.integers(0, 3)
_numeric = {
    "minimum": st.sampled_from(NUMBERS),
    "maximum": st.sampled_from(NUMBERS),
    "exclusiveMinimum": st.sampled_from(NUMBERS),
    "exclusiveMaximum": st.sampled_from(NUMBERS),
    "multipleOf": st.sampled_from((1, 2, 3, 0.5)),
}
_textual = {"minLength": _small, "maxLength": _small, "pattern": st.sampled_from(PATTERNS)}
_values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique_by=repr)


def _of_lists(inner: st.SearchStrategy[Schema]) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "items": inner,
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "minItems": _small,
        "maxItems": _small,
        "uniqueItems": st.booleans(),
        "contains": inner,
        "minContains": _small,
        "maxContains": _small,
        "unevaluatedItems": inner,
    }


def _of_mappings(inner: st.SearchStrategy[Schema]) -> dict[str, st.SearchStrategy[Any]]:
    names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
    return {
        "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
        "required": names,
        "additionalProperties": st.one_of(st.booleans(), inner),
        "patternProperties": st.dictionaries(st.sampled_from(NAMED), inner, min_size=1, max_size=2),
        "minProperties": _small,
        "maxProperties": _small,
        "dependentRequired": st.dictionaries(st.sampled_from(NAMES), names, max_size=2),
        "propertyNames": inner,
        "unevaluatedProperties": st.one_of(st.booleans(), inner),
        "dependentSchemas": st.dictionaries(st.sampled_from(NAMES), inner, max_size=1),
    }


def _of_all(inner: st.SearchStrategy[Schema]) -> dict[str, st.SearchStrategy[Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    return {
        "anyOf": several,
        "oneOf": several,
        "allOf": several,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.sampled_from(("#/$defs/one", "#/$defs/two")),
        "enum": _values,
        "const": st.sampled_from(VALUES),
        "default": st.sampled_from(VALUES),
    }


@st.composite
def _schema(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> Schema:
    """One kind of value with some words about it, or some words about any."""
    about: dict[str, tuple[Any, dict[str, st.SearchStrategy[Any]]]] = {
        "object": ("object", _of_mappings(inner)),
        "string": ("string", _textual),
        "integer": ("integer", _numeric),
        "number": ("number", _numeric),
        "array": ("array", _of_lists(inner)),
        "any": (None, {**_textual, **_numeric, **_of_lists(inner), **_of_mappings(inner), **_of_all(inner)}),
        "several": (
            draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)),
            _of_all(inner),
        ),
    }
    kind = draw(st.sampled_from([*about, "object", "object"]))
    types, words = about[kind]
    if kind == "object" and draw(st.booleans()):
        chosen = ["properties", "required", "additionalProperties"]
    else:
        chosen = draw(st.lists(st.sampled_from(sorted(words)), max_size=3, unique=True))
    if draw(st.integers(0, 5)) == 0:
        words, chosen = {**words, **_of_all(inner)}, [*chosen, draw(st.sampled_from(sorted(_of_all(inner))))]
    return {**({} if types is None else {"type": types}), **{word: draw(words[word]) for word in chosen}}


_leaf: st.SearchStrategy[Schema] = st.one_of(
    st.sampled_from(TYPES).map(lambda each: {"type": each}),
    st.booleans(),
    st.just({}),
    _values.map(lambda some: {"enum": some}),
    _schema(st.sampled_from([{"type": "integer"}, {"type": "string"}, {}])),
)
INNER: st.SearchStrategy[Schema] = st.recursive(_leaf, _schema, max_leaves=6)


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """A schema of a mapping."""
    body = draw(_schema(INNER))
    body = {"type": "object"} if isinstance(body, bool) else body
    if "$ref" in repr(body):
        body["$defs"] = {name: draw(INNER) for name in ("one", "two")}
    return body


@st.composite
def near(draw: st.DrawFn, schema: Any) -> Any:  # noqa: PLR0911  # each kind of edit
    """A schema that was edited: somewhere a word is gone, new, or other."""
    if isinstance(schema, bool) or not schema or draw(st.integers(0, 3)) == 0:
        other = draw(INNER)
        if isinstance(schema, bool) or isinstance(other, bool):
            return other
        word = draw(st.sampled_from(sorted(other))) if other else "title"
        return {**schema, word: other.get(word, "some")}
    word = draw(st.sampled_from(sorted(schema)))
    inner = schema[word]
    match draw(st.sampled_from(("drop", "deeper", "deeper", "deeper"))):
        case "deeper" if isinstance(inner, dict) and inner:
            if word in {"properties", "patternProperties", "$defs", "dependentSchemas"}:
                name = draw(st.sampled_from(sorted(inner)))
                return {**schema, word: {**inner, name: draw(near(inner[name]))}}
            if word not in {"dependentRequired", "default", "const"}:
                return {**schema, word: draw(near(inner))}
        case "deeper" if isinstance(inner, bool) and word in {"items", "additionalProperties", "not"}:
            return {**schema, word: draw(near(inner))}
        case "deeper" if word in {"anyOf", "oneOf", "allOf", "prefixItems"} and isinstance(inner, list):
            place = draw(st.integers(0, len(inner)))
            rest = [
                *inner[:place],
                draw(near(inner[place])) if place < len(inner) else draw(INNER),
                *inner[place + 1 :],
            ]
            return {**schema, word: rest}
        case "deeper" if word in {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}:
            return {**schema, word: draw(st.sampled_from(NUMBERS))}
        case "deeper" if word in {"enum", "required"} and draw(st.booleans()):
            return {**schema, word: inner[:-1]} if len(inner) > 1 else schema
    if word in {"$defs", "$ref"}:
        return schema
    return {name: said for name, said in schema.items() if name != word}


IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")


def fits(schema: Any, value: Any) -> bool:
    """Whether a document fits a schema, by a validator that others wrote."""
    named = schema.get("$defs", {}).values() if isinstance(schema, dict) else ()
    if any(endless(each, schema) for each in (schema, *named)):  # Nobody can say, and the validator panics.
        reject()
    return bool(Draft202012Validator(schema).is_valid(value))


def endless(schema: Any, root: Any, behind: frozenset[str] = frozenset()) -> bool:
    """Whether a schema refers to itself in its own place, so that no document can ever be judged."""
    if isinstance(schema, list):
        return any(endless(each, root, behind) for each in schema)
    if not isinstance(schema, dict):
        return False
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in behind or (name and endless(root["$defs"][name], root, behind | {name})):
        return True
    inner = [*schema.get("dependentSchemas", {}).values(), *(schema.get(word) for word in IN_PLACE)]
    return endless(inner, root, behind)


def resolved(schema: Any, root: Any) -> Any:
    """A schema behind its reference, as far as a few references lead."""
    for _ in range(3):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        rest = {word: said for word, said in schema.items() if word != "$ref"}
        target = root["$defs"][schema["$ref"].rpartition("/")[2]]
        schema = {**target, **rest} if isinstance(target, dict) else target
    return schema


def documents(schema: Any, count: int, seed: int = 0) -> list[Any]:
    """Documents that are meant for a schema: many fit it, some nearly do."""
    random = Random(seed)  # noqa: S311  # the same documents each time
    made = _Making(random, schema)
    return [*MADE, *(made.document(schema, 4) for _ in range(count))]


class _Making:
    """Documents being made."""

    def __init__(self, random: Random, root: Any) -> None:
        self._random = random
        self._root = root

    def document(self, schema: Any, depth: int) -> Any:
        random = self._random
        schema = resolved(schema, self._root) if isinstance(schema, dict) else schema
        if not isinstance(schema, dict) or not depth or random.random() < 0.08:
            return random.choice(VALUES)
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema and random.random() < 0.8:
                rest = {name: said for name, said in schema.items() if name != word}
                chosen = random.choice(schema[word])
                if isinstance(chosen, dict):
                    return self.document(_blended(rest, resolved(chosen, self._root)), depth)
        if "const" in schema and random.random() < 0.9:
            return schema["const"]
        if "enum" in schema and random.random() < 0.9:
            return random.choice(schema["enum"])
        types = schema.get("type", random.choice(("object", *TYPES)))
        kind = random.choice(types) if isinstance(types, list) else types
        makers: dict[str, Callable[[], Any]] = {
            "null": lambda: None,
            "boolean": lambda: random.random() < 0.5,
            "integer": lambda: random.choice((-1, 0, 1, 2, 3, 4, 5, 6)),
            "number": lambda: random.choice((*NUMBERS, 6, 3.5)),
            "string": lambda: random.choice(TEXTS),
            "array": lambda: self._list(schema, depth),
            "object": lambda: self._mapping(schema, depth),
        }
        return makers[kind]()

    def _list(self, schema: dict[str, Any], depth: int) -> list[Any]:
        prefix, rest = schema.get("prefixItems", []), schema.get("items", True)
        length = self._random.choice((0, 1, 2, 3, len(prefix)))
        return [
            self.document(prefix[place] if place < len(prefix) else rest, depth - 1)
            for place in range(length)
        ]

    def _mapping(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        fields, required = schema.get("properties", {}), schema.get("required", ())
        made = {}
        closed = schema.get("additionalProperties") is False
        for name in (*NAMES, "ab", "z"):
            likely = 0.95 if name in required else 0.5 if name in fields else 0.1 if closed else 0.3
            if self._random.random() < likely:
                inner = fields.get(name, schema.get("additionalProperties", True))
                made[name] = self.document(inner, depth - 1)
        return made


def _blended(one: dict[str, Any], other: Any) -> dict[str, Any]:
    """Two schemas that must both fit, roughly."""
    if not isinstance(other, dict):
        return one
    fields = {**one.get("properties", {}), **other.get("properties", {})}
    return {**one, **other, **({"properties": fields} if fields else {})}
