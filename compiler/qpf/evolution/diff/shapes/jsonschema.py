"""JSON Schema → Shape: drafts 4 to 2020-12, with references resolved inside their document."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from qpf.evolution.codes import UNREADABLE_SCHEMA
from qpf.evolution.diff.shapes.content import content, named
from qpf.evolution.diff.shapes.evaluation import REFERENCES, certain, nothing_left, spoken_of
from qpf.evolution.diff.shapes.keywords import LEFT_OVER, values_of, words
from qpf.evolution.diff.shapes.plain import type_of
from qpf.evolution.diff.shapes.pointers import References
from qpf.evolution.diff.shapes.settle import settled
from qpf.evolution.diff.shapes.shape import ANNOTATIONS, NUMBERS, TYPES, Field, Loop, Shape, Word
from qpf.evolution.diff.shapes.unite import Known, together, united
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.node import Entry, Node, Scalar, Sequence, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.span import Span

MARKS = frozenset({"$schema", "$ref", "$defs", "definitions", "properties", "patternProperties", "allOf"})
"""Keys of which a document must have one to be taken for a JSON Schema."""

_EARLY = ("draft-03", "draft-04", "draft-06", "draft-07")
"""Drafts in which nothing counts that stands beside a reference."""

_BESIDE = ANNOTATIONS | {"$ref", "default", "deprecated"}
_DEEPEST = 100


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
        self._references = References(root)
        draft = str(to_data(root.entries["$schema"].node)) if "$schema" in root.entries else ""
        self._early = any(each in draft for each in _EARLY)
        self._read_already: dict[int, Shape] = {}
        self._around: dict[int, Loop] = {}
        self._united: Known = {}
        self.found: list[Diagnostic] = []

    def shape(self, node: Node) -> Shape:
        """The shape at a place; one inside itself is a cycle."""
        if id(node) in self._around:
            return Shape(node.span, cycle=self._references.place(node), loop=self._around[id(node)])
        if id(node) not in self._read_already:
            if len(self._around) >= _DEEPEST:
                self.bad(f"references lead more than {_DEEPEST} schemas deep", node.span)
                return Shape(node.span)
            loop = self._around[id(node)] = Loop()
            loop.shape = self._read_already[id(node)] = self._read(node)
            del self._around[id(node)]
        return self._read_already[id(node)]

    def says(self, word: str) -> bool:
        """Whether a keyword is anywhere in the document."""
        return word in self._references.words

    def bad(self, message: str, span: Span) -> None:
        """Note what cannot be understood."""
        self.found.append(
            Diagnostic(UNREADABLE_SCHEMA, message, span, hint="see json-schema.org; files are read alone")
        )

    def _read(self, node: Node) -> Shape:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return Shape(node.span) if node.value else Shape(node.span, frozenset())
        if not isinstance(node, MappingNode):
            self.bad("a schema is a mapping, true or false", node.span)
            return Shape(node.span)
        entries: Mapping[str, Entry] = node.entries
        if self._early and "$ref" in entries:
            entries = {word: entry for word, entry in entries.items() if word in _BESIDE}
        parts = [self._own(node.span, entries)]
        parts += [self._target(entries[word].node, node) for word in REFERENCES if word in entries]
        parts += [self.shape(each) for each in self._list(entries, "allOf")]
        for word in ("anyOf", "oneOf"):
            branches = [self.shape(each) for each in self._list(entries, word)]
            if branches:
                parts.append(united(branches, node.span, exclusive=word == "oneOf"))
        shape = settled(together(parts, self._united))
        for word in LEFT_OVER & set(shape.words):
            if word in entries:
                shape = self._left_over(shape, word, node)
        return shape

    def _left_over(self, shape: Shape, word: str, node: MappingNode) -> Shape:
        """A shape without a keyword about what nothing else is about, where that can be said more plainly."""
        find = self._references.find
        kept = {each: said for each, said in shape.words.items() if each != word}
        bare = replace(shape, words=MappingProxyType(kept))
        if nothing_left(word, node, find):
            return bare
        plain = not (shape.parts or shape.cycle) and certain(node, find)
        if word == "unevaluatedProperties" and plain and shape.extra is True and shape.value(word) is False:
            return replace(bare, extra=False)
        said = shape.words[word]
        kept[word] = said._replace(meaning=digest_of([said.meaning, spoken_of(node, find)]))
        return replace(shape, words=MappingProxyType(kept))

    def _own(self, span: Span, entries: Mapping[str, Entry]) -> Shape:
        """What a schema says itself, without references and branches."""
        required = self._required(entries)
        fields = {
            name: Field(entry.span, self.shape(entry.node), name in required or _must(entry.node))
            for name, entry in self._mapping(entries, "properties")
        }
        patterns = {
            pattern: self.shape(entry.node) for pattern, entry in self._mapping(entries, "patternProperties")
        }
        for name, field in fields.items():
            several = [inner for pattern, inner in patterns.items() if named(pattern, name)]
            fields[name] = field._replace(shape=together([field.shape, *several], self._united))
        rest = self._rest(entries, "additionalProperties")
        for name, where in required.items():
            allowed = content(Shape(where, patterns=MappingProxyType(patterns), extra=rest), name)
            inner = allowed if isinstance(allowed, Shape) else Shape(where, TYPES if allowed else frozenset())
            fields.setdefault(name, Field(where, inner, required=True, listed=False))
        shape = Shape(
            span,
            self._types(entries),
            MappingProxyType(dict(words(entries, self))),
            MappingProxyType(fields),
            MappingProxyType(patterns),
            rest,
        )
        return settled(self._with_items(shape, entries))

    def _required(self, entries: Mapping[str, Entry]) -> dict[str, Span]:
        found: dict[str, Span] = {}
        for each in self._list(entries, "required"):
            if isinstance(each, Scalar) and isinstance(each.value, str):
                found[each.value] = each.span
            else:
                self.bad("`required` must be a list of names", each.span)
        return found

    def _with_items(self, shape: Shape, entries: Mapping[str, Entry]) -> Shape:
        prefix = list(self._list(entries, "prefixItems"))
        rest = "items"
        if not prefix and "items" in entries and isinstance(entries["items"].node, Sequence):
            prefix, rest = list(entries["items"].node.items), "additionalItems"
        items = self._rest(entries, rest) if rest in entries else True
        if items is False:
            most = Word(
                min(len(prefix), shape.value("maxItems") if "maxItems" in shape.words else len(prefix)),
                entries[rest].span,
            )
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
        types = self._named_types(entries["type"].node) if "type" in entries else TYPES
        for word in ("enum", "const"):
            if word in entries:
                if word == "enum":
                    self._list(entries, word)
                types &= {type_of(value) for value in values_of(entries, word)}
        if "nullable" in entries and to_data(entries["nullable"].node) is True and types != TYPES:
            types |= {"null"}
        return types

    def _named_types(self, node: Node) -> frozenset[str]:
        said = to_data(node)
        several = said if isinstance(said, list) else [said]
        types: set[str] = set()
        for each in several:
            if each == "number":
                types |= NUMBERS
            elif isinstance(each, str) and each in TYPES - {"fraction"}:
                types.add(each)
            elif each == "any":  # draft 3
                types |= TYPES
            else:
                self.bad(f"there is no type {each}", node.span)
        return frozenset(types)

    def _target(self, reference: Node, at: MappingNode) -> Shape:
        text = to_data(reference)
        node = self._references.find(text, at) if isinstance(text, str) else None
        if node is None:
            self.bad(f"`{text}` leads nowhere in this file", reference.span)
            return Shape(reference.span)
        return self.shape(node)

    def _list(self, entries: Mapping[str, Entry], word: str) -> tuple[Node, ...]:
        if word not in entries or (word == "required" and isinstance(to_data(entries[word].node), bool)):
            return ()  # draft 3 says of a field itself that it is required
        node = entries[word].node
        if isinstance(node, Sequence):
            return node.items
        self.bad(f"`{word}` must be a list", node.span)
        return ()

    def _mapping(self, entries: Mapping[str, Entry], word: str) -> list[tuple[str, Entry]]:
        if word not in entries:
            return []
        node = entries[word].node
        if isinstance(node, MappingNode):
            return list(node.entries.items())
        self.bad(f"`{word}` must be a mapping", node.span)
        return []


def _must(node: Node) -> bool:
    """Whether a field says of itself that it must be there, as in draft 3."""
    entry = node.entries.get("required") if isinstance(node, MappingNode) else None
    return entry is not None and to_data(entry.node) is True
