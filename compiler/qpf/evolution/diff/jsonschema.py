"""JSON Schema → Shape: drafts 4 to 2020-12, with references resolved inside their document."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import unquote

from qpf.evolution.codes import UNREADABLE_SCHEMA
from qpf.evolution.diff.content import content, named
from qpf.evolution.diff.plain import plain, type_of
from qpf.evolution.diff.shape import NUMBERS, TYPES, Field, Shape, Word
from qpf.evolution.diff.unite import listed, strictest, together, united
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.node import Data, Entry, Node, Scalar, Sequence, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.span import Span

MARKS = frozenset({"$schema", "$ref", "$defs", "definitions", "properties", "patternProperties", "allOf"})
"""Keys of which a document must have one to be taken for a JSON Schema."""

_STRUCTURE = frozenset(
    {
        "$schema", "$id", "id", "$anchor", "$ref", "$defs", "definitions", "type", "properties", "required",
        "patternProperties", "additionalProperties", "items", "prefixItems", "additionalItems", "anyOf",
        "oneOf", "allOf", "const", "enum", "nullable", "x-schema-version",
    }
)  # fmt: skip
_ELSEWHERE = frozenset({"if", "dependentSchemas", "dependencies"})
_DEEP = 20
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_NOTHING = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False, "deprecated": False,
            "readOnly": False, "writeOnly": False, "propertyNames": True, "unevaluatedProperties": True,
            "unevaluatedItems": True, "dependentRequired": {}, "dependentSchemas": {}, "dependencies": {},
            "if": True, "not": False}  # fmt: skip


def is_json_schema(body: MappingNode) -> bool:
    """Whether a document describes other documents, rather than being one of a fleet."""
    return not MARKS.isdisjoint(body.entries) and "schema_version" not in body.entries


def shape_of(body: MappingNode) -> Outcome[Shape]:
    """Read a JSON Schema; what cannot be understood is a finding."""
    reading = _Reading(body)
    shape = reading.shape(body)
    return Outcome(shape, Report.of(reading.found))


class _Reading:
    """A document being read: each place once, so that what is shared stays shared."""

    def __init__(self, root: MappingNode) -> None:
        self._root = root
        self._known: dict[int, Shape] = {}
        self._around: dict[int, str] = {}
        self.found: list[Diagnostic] = []

    def shape(self, node: Node, name: str = "#") -> Shape:
        """The shape at a place; one inside itself is a cycle."""
        if id(node) in self._around:
            return Shape(node.span, cycle=self._around[id(node)])
        if id(node) not in self._known:
            self._around[id(node)] = name
            self._known[id(node)] = self._read(node)
            del self._around[id(node)]
        return self._known[id(node)]

    def _read(self, node: Node) -> Shape:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return Shape(node.span) if node.value else Shape(node.span, frozenset())
        if not isinstance(node, MappingNode):
            self._bad("a schema is a mapping, true or false", node.span)
            return Shape(node.span)
        entries = node.entries
        own = self._own(node)
        if "$ref" in entries:
            target = self._target(entries["$ref"].node)
            own = together([own, target]) if target is not None else own
        parts = [self.shape(each) for each in self._list(entries, "allOf")]
        own = together([own, *parts])
        for word in ("anyOf", "oneOf"):
            branches = [self.shape(each) for each in self._list(entries, word)]
            if branches:
                own = together([own, united(branches, node.span, exclusive=word == "oneOf")])
        if "unevaluatedProperties" not in entries:
            return own
        if "additionalProperties" in entries:  # which leaves nothing that is not evaluated
            return _unsealed(own)
        return own if any(map(self._evaluates, self._beside(entries))) else _closed(own)

    def _beside(self, entries: Mapping[str, Entry]) -> Iterator[Node]:
        """Schemas that must fit, too, at the same place."""
        yield from self._list(entries, "allOf")
        if "$ref" in entries:
            target = self._node(str(to_data(entries["$ref"].node)))
            if target is not None:
                yield target

    def _evaluates(self, node: Node, depth: int = _DEEP) -> bool:
        """Whether a schema says something of every field, listed or not."""
        if not isinstance(node, MappingNode):
            return False
        entries = node.entries
        return (
            not depth
            or bool({"additionalProperties", "unevaluatedProperties"} & set(entries))
            or any(self._evaluates(each, depth - 1) for each in self._beside(entries))
        )

    def _own(self, node: MappingNode) -> Shape:
        """What a schema says itself, without references and branches."""
        entries = node.entries
        required = {
            str(each.value): each.span for each in self._list(entries, "required") if isinstance(each, Scalar)
        }
        fields = {
            name: Field(entry.span, self.shape(entry.node), name in required)
            for name, entry in self._mapping(entries, "properties")
        }
        patterns = {
            pattern: self.shape(entry.node) for pattern, entry in self._mapping(entries, "patternProperties")
        }
        for name, field in fields.items():
            several = [inner for pattern, inner in patterns.items() if named(pattern, name)]
            fields[name] = field._replace(shape=together([field.shape, *several]))
        rest = self._rest(entries, "additionalProperties")
        for name, span in required.items():
            allowed = content(Shape(span, patterns=MappingProxyType(patterns), extra=rest), name)
            inner = allowed if isinstance(allowed, Shape) else Shape(span, TYPES if allowed else frozenset())
            fields.setdefault(name, Field(span, inner, required=True, listed=False))
        types = self._types(entries)
        shape = Shape(
            node.span,
            types,
            MappingProxyType(listed(strictest(self._words(entries)), types)),
            MappingProxyType(fields),
            MappingProxyType(patterns),
            rest,
        )
        return self._with_items(shape, entries)

    def _with_items(self, shape: Shape, entries: Mapping[str, Entry]) -> Shape:
        prefix = list(self._list(entries, "prefixItems"))
        rest = "items"
        if not prefix and "items" in entries and isinstance(entries["items"].node, Sequence):
            prefix, rest = list(entries["items"].node.items), "additionalItems"
        items = self._rest(entries, rest)
        if items is False:
            at = entries[rest].span
            most = Word(len(prefix), at)
            shape = replace(shape, words=MappingProxyType({**shape.words, "maxItems": most}))
        return replace(
            shape,
            items=None if isinstance(items, bool) else items,
            prefix=tuple(self.shape(each) for each in prefix),
        )

    def _rest(self, entries: Mapping[str, Entry], word: str) -> Shape | bool:
        if word not in entries:
            return True
        shape = self.shape(entries[word].node)
        if shape.anything:
            return True
        return shape if shape.types else False

    def _types(self, entries: Mapping[str, Entry]) -> frozenset[str]:
        types = TYPES
        if "type" in entries:
            said = to_data(entries["type"].node)
            types = frozenset(said if isinstance(said, list) else [said])
            if "number" in types:
                types = types - {"number"} | NUMBERS
            unknown = sorted(map(str, types - TYPES))
            if unknown:
                self._bad(f"there is no type {', '.join(unknown)}", entries["type"].node.span)
            types &= TYPES
        for word in ("enum", "const"):
            if word in entries:
                types &= {type_of(value) for value in self._values(entries, word)}
        if "nullable" in entries and to_data(entries["nullable"].node) is True and types != TYPES:
            types |= {"null"}
        return types

    def _values(self, entries: Mapping[str, Entry], word: str) -> list[Data]:
        said = to_data(entries[word].node)
        return [said] if word == "const" else said if isinstance(said, list) else []

    def _words(self, entries: Mapping[str, Entry]) -> Iterator[tuple[str, Word]]:
        for word, entry in entries.items():
            value = plain(to_data(entry.node))
            if word in {"enum", "const"}:
                values = [plain(each) for each in self._values(entries, word) if each is not None]
                yield "enum", Word(values, entry.span)
                if word == "const":
                    yield "const", Word(True, entry.span)  # noqa: FBT003  # that it was written as one
            elif word in _BOUNDS and isinstance(value, bool):
                pass  # draft 4: says of the bound beside it that it does not fit itself
            elif word in _BOUNDS.values() and _truth(entries, f"exclusive{word.capitalize()}"):
                yield f"exclusive{word.capitalize()}", Word(value, entry.span)
            elif word == "dependencies" and isinstance(value, dict):
                yield from _dependencies(value, entry.span)
            elif word not in _STRUCTURE and _NOTHING.get(word, entry) != value:
                yield from _whole(word, Word(value, entry.span), entries)

    def _target(self, reference: Node) -> Shape | None:
        text = str(to_data(reference))
        node = self._node(text)
        if node is None:
            self._bad(f"`{text}` leads nowhere in this file", reference.span)
            return None
        return self.shape(node, text)

    def _node(self, reference: str) -> Node | None:
        """Where a reference leads; None if that is nowhere in this document."""
        if reference == "#":
            return self._root
        node: Node | None = self._root if reference.startswith("#/") else None
        for part in unquote(reference[2:]).split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, MappingNode) and key in node.entries:
                node = node.entries[key].node
            elif isinstance(node, Sequence) and key.isdecimal() and int(key) < len(node.items):
                node = node.items[int(key)]
            else:
                return None
        return node

    def _list(self, entries: Mapping[str, Entry], word: str) -> tuple[Node, ...]:
        if word not in entries or (word == "required" and isinstance(entries[word].node, Scalar)):
            return ()  # draft 3 and OpenAPI have `required: true` beside a type
        node = entries[word].node
        if isinstance(node, Sequence):
            return node.items
        self._bad(f"`{word}` must be a list", node.span)
        return ()

    def _mapping(self, entries: Mapping[str, Entry], word: str) -> list[tuple[str, Entry]]:
        if word not in entries:
            return []
        node = entries[word].node
        if isinstance(node, MappingNode):
            return list(node.entries.items())
        self._bad(f"`{word}` must be a mapping", node.span)
        return []

    def _bad(self, message: str, span: Span) -> None:
        self.found.append(
            Diagnostic(UNREADABLE_SCHEMA, message, span, hint="see json-schema.org; files are read alone")
        )


def _whole(word: str, said: Word, entries: Mapping[str, Entry]) -> Iterator[tuple[str, Word]]:
    """A bound in the one spelling that it has: of whole numbers, bounds belong to what fits."""
    if word in _BOUNDS and _only_integers(entries) and isinstance(said.value, int | float):
        step = 1 if word == "exclusiveMinimum" else -1
        nearest = math.floor(said.value) if step > 0 else math.ceil(said.value)
        yield _BOUNDS[word], Word(nearest + step, said.span)
    elif word in _BOUNDS.values() and _only_integers(entries) and isinstance(said.value, float):
        yield word, Word(math.ceil(said.value) if word == "minimum" else math.floor(said.value), said.span)
    else:
        yield word, said


def _dependencies(said: dict[str, Data], span: Span) -> Iterator[tuple[str, Word]]:
    """What fields ask for, in the two words that later drafts have for it."""
    names = {name: each for name, each in said.items() if isinstance(each, list)}
    schemas = {name: each for name, each in said.items() if name not in names}
    for word, some in (("dependentRequired", names), ("dependencies", schemas)):
        if some:
            yield word, Word(some, span)


def _only_integers(entries: Mapping[str, Entry]) -> bool:
    said = to_data(entries["type"].node) if "type" in entries else None
    return said == "integer" or (isinstance(said, list) and "integer" in said and "number" not in said)


def _closed(shape: Shape) -> Shape:
    """A mapping that is closed but for what it lists, where nothing else lists anything."""
    said = shape.value("unevaluatedProperties")
    elsewhere = shape.branches or shape.parts or shape.cycle or _ELSEWHERE & set(shape.words)
    if said is not False or elsewhere or shape.extra is not True:
        return shape
    return replace(_unsealed(shape), extra=False)


def _unsealed(shape: Shape) -> Shape:
    words = {word: each for word, each in shape.words.items() if word != "unevaluatedProperties"}
    return replace(shape, words=MappingProxyType(words))


def _truth(entries: Mapping[str, Entry], word: str) -> bool:
    return word in entries and to_data(entries[word].node) is True
