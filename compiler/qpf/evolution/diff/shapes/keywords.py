"""Keywords of a JSON Schema → words of a shape: each checked, in the spelling of the latest draft."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from qpf.evolution.diff.shapes.plain import plain
from qpf.evolution.diff.shapes.shape import Shape, Word
from qpf.evolution.diff.shapes.unite import distinct, in_list
from qpf.model.digest import digest_of
from qpf.model.node import Data, Entry, Node, Sequence, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.span import Span

STRUCTURE = frozenset(
    {
        "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$ref",
        "$dynamicRef", "$recursiveRef", "$defs", "definitions", "type", "properties", "required",
        "patternProperties", "additionalProperties", "items", "prefixItems", "additionalItems", "anyOf",
        "oneOf", "allOf", "nullable", "then", "else", "x-schema-version",
    }
)  # fmt: skip
"""Keywords that are no words: what they say, shapes say in a way of their own."""

LEFT_OVER = frozenset({"unevaluatedItems", "unevaluatedProperties"})
"""Keywords about what nothing else in their schema is about."""

_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_SCHEMAS = LEFT_OVER | {"contains", "propertyNames", "not"}
_NOTHING = {
    "minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False, "deprecated": False,
    "readOnly": False, "writeOnly": False, "x-secret": False, "dependentRequired": {}, "dependentSchemas": {},
}  # fmt: skip


class Reading(Protocol):
    """What reads the schemas that keywords hold, and takes findings."""

    def shape(self, node: Node) -> Shape:
        """The shape of a schema."""

    def says(self, word: str) -> bool:
        """Whether a keyword is anywhere in the document."""

    def bad(self, message: str, span: Span) -> None:
        """Note what cannot be understood."""


def words(entries: Mapping[str, Entry], reading: Reading) -> Iterator[tuple[str, Word]]:
    """The words of a schema; a keyword that cannot be understood is a finding, and none."""
    for word, entry in entries.items():
        if word not in STRUCTURE and word not in {"enum", "const"} and _sound(word, entry.node, reading):
            for name, said in _read(word, entry, entries, reading):
                if name not in _NOTHING or said.value != _NOTHING[name]:
                    yield name, said
    lists = {word: entries[word].span for word in ("enum", "const") if word in entries}
    if lists:
        several = [distinct([plain(each) for each in values_of(entries, word)]) for word in lists]
        values = [each for each in several[0] if all(in_list(each, others) for others in several)]
        yield "enum", Word([each for each in values if each is not None], [*lists.values()][-1])
    if "const" in entries:
        yield "const", Word(value=True, span=entries["const"].span)  # that it was written as one


def values_of(entries: Mapping[str, Entry], word: str) -> list[Data]:
    """The values that a schema lists."""
    said = to_data(entries[word].node)
    return [said] if word == "const" else said if isinstance(said, list) else []


def _read(
    word: str, entry: Entry, entries: Mapping[str, Entry], reading: Reading
) -> Iterator[tuple[str, Word]]:
    value = plain(to_data(entry.node))
    if word in _EXCLUSIVE and isinstance(value, bool):
        return  # draft 4: says of the bound beside it that it does not fit itself
    if word in _EXCLUSIVE.values() and _true(entries, f"exclusive{word.capitalize()}"):
        yield f"exclusive{word.capitalize()}", Word(value, entry.span)
    elif word == "dependencies":
        yield from _dependencies(entry, reading)
    elif word == "dependentSchemas":
        yield word, Word(value, entry.span, _meaning(entry.node, reading))
    elif word == "if":
        yield from _condition(entry, entries, reading)
    elif word == "format" and value == "password":
        yield "x-secret", Word(value=True, span=entry.span)
    elif word in _SCHEMAS:
        if word != "contains" or not _idle(entries) or reading.says("unevaluatedItems"):
            yield from _schema(word, value, entry, reading)
    else:
        yield word, Word(value, entry.span)


def _schema(word: str, value: Data, entry: Entry, reading: Reading) -> Iterator[tuple[str, Word]]:
    """A keyword that holds a schema, unless it asks nothing."""
    shape = reading.shape(entry.node)
    asks = word == "contains" or (shape.types if word == "not" else not shape.anything)
    if asks:
        yield word, Word(value, entry.span, shape.meaning)


def _idle(entries: Mapping[str, Entry]) -> bool:
    """Whether `contains` asks for nothing: it only says of items that something was said of them."""
    least = entries.get("minContains")
    return least is not None and to_data(least.node) == 0 and "maxContains" not in entries


def _condition(entry: Entry, entries: Mapping[str, Entry], reading: Reading) -> Iterator[tuple[str, Word]]:
    """`if`, with what it is for."""
    parts = {word: entries[word].node for word in ("if", "then", "else") if word in entries}
    shapes = {word: reading.shape(node) for word, node in parts.items()}
    if any(not shapes[word].anything for word in ("then", "else") if word in shapes):
        value = {word: plain(to_data(node)) for word, node in parts.items()}
        yield "if", Word(value, entry.span, digest_of({word: each.meaning for word, each in shapes.items()}))


def _dependencies(entry: Entry, reading: Reading) -> Iterator[tuple[str, Word]]:
    """What fields ask for, in the two words that later drafts have for it."""
    assert isinstance(entry.node, MappingNode)
    lists = {key: each for key, each in entry.node.entries.items() if isinstance(each.node, Sequence)}
    schemas = {key: each for key, each in entry.node.entries.items() if key not in lists}
    if lists:
        yield "dependentRequired", Word({key: to_data(each.node) for key, each in lists.items()}, entry.span)
    if schemas:
        value = {key: plain(to_data(each.node)) for key, each in schemas.items()}
        meaning = digest_of({key: reading.shape(each.node).meaning for key, each in schemas.items()})
        yield "dependentSchemas", Word(value, entry.span, meaning)


def _meaning(node: Node, reading: Reading) -> str:
    assert isinstance(node, MappingNode)
    return digest_of({key: reading.shape(each.node).meaning for key, each in node.entries.items()})


def _true(entries: Mapping[str, Entry], word: str) -> bool:
    return word in entries and to_data(entries[word].node) is True


def _sound(word: str, node: Node, reading: Reading) -> bool:
    """Whether a keyword says something of its kind."""
    value = to_data(node)
    for names, what, holds in _KINDS:
        if word in names and not holds(value):
            reading.bad(f"`{word}` must be {what}", node.span)
            return False
    return True


def _number(value: Data) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Data) -> bool:
    return _number(value) and value >= 0 and value == int(value)


def _names(value: Data) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_KINDS: tuple[tuple[frozenset[str], str, Callable[[Data], bool]], ...] = (
    (frozenset({"minimum", "maximum"}), "a number", _number),
    (frozenset(_EXCLUSIVE), "a number", lambda value: _number(value) or isinstance(value, bool)),
    (frozenset({"multipleOf"}), "a number above 0", lambda value: _number(value) and value > 0),
    (
        frozenset(
            {
                "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
                "minContains", "maxContains",
            }
        ),
        "a whole number, 0 or more",
        _count,
    ),
    (
        frozenset({"uniqueItems", "deprecated", "readOnly", "writeOnly", "x-secret"}),
        "true or false",
        lambda value: isinstance(value, bool),
    ),
    (
        frozenset({"pattern", "format", "contentEncoding", "contentMediaType", "x-removed-in", "x-use"}),
        "a text",
        lambda value: isinstance(value, str),
    ),
    (
        frozenset({"dependencies", "dependentSchemas", "x-merge"}),
        "a mapping",
        lambda value: isinstance(value, dict),
    ),
    (
        frozenset({"dependentRequired"}),
        "a mapping of lists of names",
        lambda value: isinstance(value, dict) and all(map(_names, value.values())),
    ),
)  # fmt: skip
