"""Operations as people write them, in the guide's words, short or in full.

- field_rename: reasoningengine.model -> reasoningengine.primary_model
- field_add: reasoningengine.modelversion with default "latest"
- value_map: {path: deployment.strategy, values: {rolling: rolling_update}}
"""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from qpf.evolution.codes import BAD_OPERATION
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.digest import canonical
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Operation,
    Rewrite,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.nearest import did_you_mean
from qpf.model.node import Data, Node, Scalar, Sequence, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, parse_path
from qpf.model.span import Span
from qpf.model.version import VERSION
from qpf.syntax.bind import bind
from qpf.syntax.header import Header, Version
from qpf.syntax.reader import read_yaml


class _Words(Header):
    """An operation in full."""

    short: ClassVar[re.Pattern[str] | None] = None
    example: ClassVar[str]

    @classmethod
    def in_full(cls, found: Mapping[str, str | None]) -> dict[str, Any]:
        """What a short form says, as it is said in full."""
        return {name: text for name, text in found.items() if text is not None}

    @classmethod
    def example_in_full(cls) -> Data:
        """The example as it is said in full."""
        short = _in_full(cls.example, cls)
        body = read_yaml("", f"example: {cls.example}".encode()).value
        assert body is not None
        return to_data(body)["example"] if short is None else short

    def operation(self, span: Span) -> Operation:
        """The operation that these words describe."""
        raise NotImplementedError


class _Rename(_Words):
    old: str = Field(alias="from")
    new: str = Field(alias="to")

    short = re.compile(r"(?P<from>\S+)\s*(?:->|→)\s*(?P<to>\S+)")
    example = "section.old -> section.new"

    def operation(self, span: Span) -> Operation:
        return FieldRename(self.old, self.new, span=span)


class _Move(_Rename):
    example = "section.field -> other.field"

    def operation(self, span: Span) -> Operation:
        return FieldMove(self.old, self.new, span=span)


class _Add(_Words):
    path: str
    default: Any = None

    short = re.compile(
        r"(?P<path>\S+?)(?:\s+with default\s+(?P<default>.+)|\s*\(default:\s*(?P<other>.+)\))?"
    )
    example = 'section.field with default "value"'

    @classmethod
    def in_full(cls, found: Mapping[str, str | None]) -> dict[str, Any]:
        default = found["default"] or found["other"]
        return {"path": found["path"]} | ({} if default is None else {"default": _data(default)})

    def operation(self, span: Span) -> Operation:
        return FieldAdd(self.path, self.default, "default" in self.model_fields_set, span=span)


class _Remove(_Words):
    path: str
    lossy: bool = False

    short = re.compile(r"(?P<path>\S+)")
    example = "section.field"

    def operation(self, span: Span) -> Operation:
        return FieldRemove(self.path, self.lossy, span=span)


class _Deprecated(_Words):
    path: str
    removed_in: Version = ""
    use: str = ""

    short = re.compile(rf"(?P<path>\S+?)(?:\s*\(will be removed in (?P<removed_in>{VERSION})\))?")
    example = "section.field (will be removed in 7.0.0)"

    def operation(self, span: Span) -> Operation:
        return FieldDeprecated(self.path, self.removed_in, self.use, span=span)


class _Values(_Words):
    path: str
    values: dict[str, str | int | float | bool | None] = Field(min_length=1)
    otherwise: Literal["refuse", "keep"] = "refuse"

    example = "{path: section.field, values: {old: new}}"

    def operation(self, span: Span) -> Operation:
        return ValueMap(self.path, tuple(self.values.items()), self.otherwise, span=span)


class _Type(_Words):
    path: str
    to: Literal["string", "integer", "number", "boolean", "list", "item"]

    example = "{path: section.field, to: integer}"

    def operation(self, span: Span) -> Operation:
        return TypeChange(self.path, self.to, span=span)


class _Map(_Words):
    path: str
    key: str

    example = "{path: section.field, key: name}"

    def operation(self, span: Span) -> Operation:
        return ListToMap(self.path, self.key, span=span)


class _Split(_Words):
    path: str
    into: list[str] = Field(min_length=2)
    separator: str = Field(min_length=1)

    example = '{path: section.field, into: [section.one, section.two], separator: ":"}'

    def operation(self, span: Span) -> Operation:
        return Split(self.path, tuple(self.into), self.separator, span=span)


class _Join(_Words):
    paths: list[str] = Field(alias="from", min_length=2)
    into: str
    separator: str

    example = '{from: [section.one, section.two], into: section.field, separator: ":"}'

    def operation(self, span: Span) -> Operation:
        return Join(tuple(self.paths), self.into, self.separator, span=span)


WORDS: Mapping[str, type[_Words]] = {
    "field_rename": _Rename,
    "field_move": _Move,
    "field_add": _Add,
    "field_remove": _Remove,
    "field_deprecated": _Deprecated,
    "value_map": _Values,
    "type_change": _Type,
    "list_to_map": _Map,
    "split": _Split,
    "join": _Join,
}
"""The words of the vocabulary."""


def read_operations(nodes: Sequence, at: Path) -> Outcome[tuple[Operation, ...]]:
    """Read the operations of a step; those that cannot be understood are findings.

    Args:
        nodes: The list.
        at: Where it stands in its document.
    """
    operations: list[Operation] = []
    report = Report()
    for position, node in enumerate(nodes.items):
        outcome = _read(node, (*at, position))
        report += outcome.report
        if outcome.value is not None:
            operations.append(outcome.value)
    return Outcome(tuple(operations), report)


def _read(node: Node, at: Path) -> Outcome[Operation | None]:
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        hint = f"write `- field_rename: {_Rename.example}`"
        return _bad("an operation is one word with what it does", node.span, at, hint)
    ((word, entry),) = node.entries.items()
    model = WORDS.get(word)
    if model is None:
        return _bad(f"there is no operation {word}", entry.span, at, did_you_mean(word, WORDS))
    words: _Words | None
    if isinstance(entry.node, Scalar):
        full, report = _in_full(entry.node.value, model), Report()
        if full is None:
            return _bad(f"{word} cannot be read", entry.node.span, at, f"write `{word}: {model.example}`")
        words = model.model_validate(full)
    else:
        bound = bind(entry.node, model, prefix=(*at, word))
        words, report = bound.value, bound.report
    if words is None:
        return Outcome(None, report)
    operation = words.operation(entry.span)
    found = [
        Diagnostic(BAD_OPERATION, f"`{path}` {why}", entry.node.span, at, hint="write it as `section.field`")
        for path in paths_of(operation)
        if (why := why_not(path))
    ]
    return Outcome(None if found else operation, report + Report.of(found))


def _in_full(text: object, model: type[_Words]) -> dict[str, Any] | None:
    """What a short form says; None if it is none."""
    match = model.short.fullmatch(text.strip()) if model.short and isinstance(text, str) else None
    try:
        return None if match is None else model.in_full(match.groupdict())
    except ValueError:
        return None


def _data(text: str) -> Data:
    """What JSON says, if a document could hold it.

    Raises:
        ValueError: If it is no JSON, or says what no document can hold: not a number, half a character.
    """
    try:
        value: Data = json.loads(text)
        canonical(value)
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error
    return value


def _bad(message: str, span: Span, at: Path, hint: str) -> Outcome[None]:
    return Outcome(None, Report.of([Diagnostic(BAD_OPERATION, message, span, at, hint=hint)]))


def paths_of(operation: Operation) -> tuple[str, ...]:
    """Every field that an operation is about."""
    match operation:
        case FieldRename(old, new) | FieldMove(old, new):
            return (old, new)
        case Split(path, into):
            return (path, *into)
        case Join(paths, into):
            return (*paths, into)
        case FieldAdd(path) | FieldRemove(path) | FieldDeprecated(path):
            return (path,)
        case ValueMap(path) | TypeChange(path) | ListToMap(path) | Rewrite(path):
            return (path,)
    raise TypeError(operation)


def why_not(path: str) -> str:
    """Why something is no path of a field; nothing, if it is one."""
    try:
        parts = parse_path(path)
    except (ValueError, TypeError):
        return "is no path"
    if len(parts) < 2:  # noqa: PLR2004  # a section and a field
        return "names no field of a section"
    if any(isinstance(part, int) for part in parts):
        return "counts items of a list, which have no names; `*` stands for all"
    return "names no section" if parts[0] == "*" else ""
