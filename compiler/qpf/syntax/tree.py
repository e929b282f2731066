"""From parser events to the tree of nodes, in one pass.

This is the hot loop of every compile: nodes and spans are made with `tuple.__new__`,
which skips the generated constructor of a named tuple, and whatever is rare (anchors,
tags, scalars that may not be text) leaves the loop for a method of its own.
"""

import unicodedata
from collections.abc import Callable
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from qpf.model.diagnostic import Code, Diagnostic, Note
from qpf.model.node import Entry, Mapping, Node, Scalar, Sequence
from qpf.model.span import Span
from qpf.syntax import codes, scalars
from qpf.syntax.budget import MAX_DEPTH, MAX_NODES, Expansion
from qpf.syntax.complaints import TAG_HINT
from qpf.syntax.parsers import Events
from qpf.syntax.plain import plain_key, plain_value, short

# Typed as `Any`: comparing classes must not narrow events to types whose marks may be None.
_SCALAR: Final[Any] = ScalarEvent
_MAPPING: Final[Any] = MappingStartEvent
_MAPPING_END: Final[Any] = MappingEndEvent
_SEQUENCE_END: Final[Any] = SequenceEndEvent
_MAKE: Final[Any] = tuple.__new__
_SUSPECTS: Final = scalars.SUSPECTS


class OverBudgetError(Exception):
    """The document asks for more than it may; the finding is recorded."""


class TreeBuilder:
    """Builds the nodes of one document and collects what is wrong with it."""

    def __init__(self, source: str, events: Events) -> None:
        self.findings: list[Diagnostic] = []
        self._source = source
        self._next: Callable[[], Any] = events
        self._anchors: dict[str, Node | None] = {}
        self._expansion = Expansion()
        self._left = MAX_NODES

    def build(self, event: Any) -> Node:
        """The node that begins with an event.

        Raises:
            OverBudgetError: If a budget is used up.
        """
        return self._node(event, 0)[0]

    def report(self, code: Code, message: str, span: Span, hint: str = "", *notes: Note) -> None:
        """Record a finding."""
        self.findings.append(Diagnostic(code, message, span, notes=notes, hint=hint))

    def span(self, event: Any) -> Span:
        """The span of an event, 1-based."""
        start, end = event.start_mark, event.end_mark
        return Span(self._source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _mapping(self, start: Any, depth: int) -> Mapping:
        get: Callable[[], Any]
        get, make, source, suspects = self._next, _MAKE, self._source, _SUSPECTS
        node: Node
        value: Any
        entries: dict[str, Entry] = {}
        folded: dict[str, Entry] = {}  # keys beyond ASCII by their normal form
        left = self._left
        key_span = node_end = None
        while (event := get()).__class__ is not _MAPPING_END:
            # The key.
            key: str | None
            if event.__class__ is _SCALAR and event.tag is None and event.anchor is None:
                begin, end = event.start_mark, event.end_mark
                key_span = make(
                    Span, (source, begin.line + 1, begin.column + 1, end.line + 1, end.column + 1)
                )
                key = event.value
                if not event.style and (not key or key[0] in suspects or key == "<<"):
                    key = plain_key(key, key_span, self.report)
            else:
                key, key_span = self._odd_key(event, depth)
            # Its value.
            event = get()
            if event.__class__ is _SCALAR and event.tag is None and event.anchor is None:
                begin, end = event.start_mark, event.end_mark
                span = make(Span, (source, begin.line + 1, begin.column + 1, end.line + 1, end.column + 1))
                value = event.value
                if not event.style and (not value or value[0] in suspects):
                    value = plain_value(value, span, self.report)
                node = make(Scalar, (value, span))
                node_end = span
            else:
                node, node_end = self._node(event, depth)
            if key in entries or key is None or folded or not key.isascii():
                self._place(entries, folded, key, make(Entry, (key_span, node)))
            else:
                entries[key] = make(Entry, (key_span, node))
            if len(entries) > left:
                self._too_many(node_end)
        self._left -= len(entries)
        mapping: Mapping = make(Mapping, (entries, self._around(start, event, node_end)))
        return mapping

    def _sequence(self, start: Any, depth: int) -> Sequence:
        get: Callable[[], Any]
        get, make, source, suspects = self._next, _MAKE, self._source, _SUSPECTS
        items: list[Node] = []
        left = self._left
        node_end = None
        value: Any
        while (event := get()).__class__ is not _SEQUENCE_END:
            if event.__class__ is _SCALAR and event.tag is None and event.anchor is None:
                begin, end = event.start_mark, event.end_mark
                node_end = make(
                    Span, (source, begin.line + 1, begin.column + 1, end.line + 1, end.column + 1)
                )
                value = event.value
                if not event.style and (not value or value[0] in suspects):
                    value = plain_value(value, node_end, self.report)
                items.append(make(Scalar, (value, node_end)))
            else:
                node, node_end = self._node(event, depth)
                items.append(node)
            if len(items) > left:
                self._too_many(node_end)
        self._left -= len(items)
        sequence: Sequence = make(Sequence, (tuple(items), self._around(start, event, node_end)))
        return sequence

    def _node(self, event: Any, depth: int) -> tuple[Node, Span]:
        """Any node, with the span where it stands here: an alias stands elsewhere than its anchor."""
        kind = event.__class__
        if kind is _MAPPING and event.tag is None and event.anchor is None and depth < MAX_DEPTH:
            mapping = self._mapping(event, depth + 1)
            return mapping, mapping.span
        if kind is AliasEvent:
            span = self.span(event)
            return self._alias(event.anchor, span, depth), span
        if event.tag is not None:
            self._tagged(event)
        anchor = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        node: Node
        if kind is _SCALAR:
            span = self.span(event)
            plain = not event.style and event.tag is None
            node = Scalar(plain_value(event.value, span, self.report) if plain else event.value, span)
        else:
            if depth >= MAX_DEPTH:
                message = f"values are nested more than {MAX_DEPTH} levels deep"
                self.report(codes.TOO_DEEP, message, self.span(event), "flatten the document")
                raise OverBudgetError
            node = self._mapping(event, depth + 1) if kind is _MAPPING else self._sequence(event, depth + 1)
        if anchor is not None:
            self._anchors[anchor] = node
        return node, node.span

    def _alias(self, name: str, span: Span, depth: int) -> Node:
        if name not in self._anchors:
            hint = f"write `&{name}` before the value it stands for; quote a text that begins with *"
            self.report(codes.UNKNOWN_ANCHOR, f"no anchor `{name}` comes before this alias", span, hint)
            return Scalar(None, span)
        node = self._anchors[name]
        if node is None:
            hint = "write the inner value out"
            self.report(
                codes.RECURSIVE_ALIAS, f"the alias `{name}` stands inside the value that it names", span, hint
            )
            return Scalar(None, span)
        weight = self._expansion.charge(node)
        if self._expansion.exceeded:
            message = f"aliases expand to more than the budget allows (up to here, at `*{name}`)"
            hint = f"write fewer aliases: a document may expand to {MAX_NODES:,} values"
            self.report(codes.ALIAS_BOMB, message, span, hint, Note("the anchor is here", node.span))
            raise OverBudgetError
        if depth + weight.height > MAX_DEPTH:
            message = f"the alias `{name}` nests values more than {MAX_DEPTH} levels deep"
            self.report(
                codes.TOO_DEEP, message, span, "flatten the document", Note("the anchor is here", node.span)
            )
            raise OverBudgetError
        return node

    def _tagged(self, event: Any) -> None:
        tag = event.tag
        short = tag.replace("tag:yaml.org,2002:", "!!", 1)
        if not short.startswith("!"):
            short = f"!<{short}>"
        hint = {
            "!!str": "remove the tag and put the text in double quotes",
            "!!binary": "put the Base64 text in double quotes, without a tag",
        }.get(short, TAG_HINT)
        start = event.start_mark
        line, column = start.line + 1, start.column + 1
        span = Span(self._source, line, column, line, column + len(short))
        if event.anchor is not None:
            # The parser gives one mark for `&anchor !tag`, in whichever order they stand.
            span = self.span(event) if event.__class__ is _SCALAR else Span(*span[:3], line, column + 1)
        self.report(codes.EXPLICIT_TAG, f"the tag `{short}` is not allowed", span, hint)

    def _odd_key(self, event: Any, depth: int) -> tuple[str | None, Span]:
        span = self.span(event)
        if event.__class__ is _SCALAR:
            node, _ = self._node(event, depth)
            if not event.style and event.tag is None:
                return plain_key(event.value, span, self.report), span
            return str(node.value), span  # type: ignore[union-attr]  # a scalar event gives a scalar
        if event.__class__ is AliasEvent:
            self.report(
                codes.COMPLEX_KEY, f"the key is the alias `*{event.anchor}`", span, "write the key out"
            )
            return None, span
        node, _ = self._node(event, depth)
        what = "mapping" if isinstance(node, Mapping) else "list"
        hint = "keys are text; quote a text that begins with { or ["
        self.report(codes.COMPLEX_KEY, f"the key is a {what}, not text", node.span, hint)
        return None, node.span

    def _place(
        self, entries: dict[str, Entry], folded: dict[str, Entry], key: str | None, entry: Entry
    ) -> None:
        """Add an entry whose key may be refused, taken, or look like one that is."""
        if key is None:
            return
        form = key if key.isascii() else unicodedata.normalize("NFC", key)
        first = entries.get(key) or entries.get(form) or folded.get(form)
        if first is None:
            entries[key] = entry
            if form is not key:
                folded[form] = entry
            return
        note = Note("first written here", first.span)
        if key in entries:
            message, hint = f"the key `{short(key)}` is written twice", "keep one of the two"
        else:
            message = f"the key `{short(key)}` looks like an earlier key, spelled with other code points"
            hint = "keep one of the two, in Unicode form NFC"
        self.report(codes.DUPLICATE_KEY, message, entry.span, hint, note)

    def _around(self, start: Any, end: Any, last: Span | None) -> Span:
        """The span of a collection: of a block one, up to its last value, not to the next token."""
        begin, source = start.start_mark, self._source
        if last is None or start.flow_style:
            mark = end.end_mark
            line, column = mark.line + 1, mark.column + 1
        else:
            line, column = last.end_line, last.end_column
        span: Span = _MAKE(Span, (source, begin.line + 1, begin.column + 1, line, column))
        return span

    def _too_many(self, span: Span) -> None:
        hint = "split the document"
        self.report(codes.TOO_MANY_NODES, f"the document holds more than {MAX_NODES:,} values", span, hint)
        raise OverBudgetError
