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
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.node import Data, to_data
from qpf.model.span import Span
from qpf.model.version import VERSION
from qpf.syntax.header import Header, Version
from qpf.syntax.reader import read_yaml


class Words(Header):
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
        short = in_full(cls.example, cls)
        body = read_yaml("", f"example: {cls.example}".encode()).value
        assert body is not None
        return to_data(body)["example"] if short is None else short

    def operation(self, span: Span) -> Operation:
        """The operation that these words describe."""
        raise NotImplementedError


class _Rename(Words):
    """A field gets another name where it is."""

    old: str = Field(alias="from", description="Where the field was, `section.old`.")
    new: str = Field(alias="to", description="Where it is from now on, `section.new`.")

    short = re.compile(r"(?P<from>\S+)\s*(?:->|→)\s*(?P<to>\S+)")
    example = "section.old -> section.new"

    def operation(self, span: Span) -> Operation:
        return FieldRename(self.old, self.new, span=span)


class _Move(_Rename):
    """A field goes to another place."""

    example = "section.field -> other.field"

    def operation(self, span: Span) -> Operation:
        return FieldMove(self.old, self.new, span=span)


class _Add(Words):
    """A field is new."""

    path: str = Field(description="The field, `section.field`.")
    default: Any = Field(default=None, description="Its value where nobody sets it.")

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


class _Remove(Words):
    """A field is gone."""

    path: str = Field(description="The field, `section.field`.")
    lossy: bool = Field(default=False, description="Whether values that were written may be dropped.")

    short = re.compile(r"(?P<path>\S+)")
    example = "section.field"

    def operation(self, span: Span) -> Operation:
        return FieldRemove(self.path, self.lossy, span=span)


class _Deprecated(Words):
    """A field will be gone."""

    path: str = Field(description="The field, `section.field`.")
    removed_in: Version = Field(default="", description="Schema version that no longer has it.")
    use: str = Field(default="", description="What takes its place: a field, or a sentence.")

    short = re.compile(rf"(?P<path>\S+?)(?:\s*\(will be removed in (?P<removed_in>{VERSION})\))?")
    example = "section.field (will be removed in 7.0.0)"

    def operation(self, span: Span) -> Operation:
        return FieldDeprecated(self.path, self.removed_in, self.use, span=span)


class _Values(Words):
    """Values are called otherwise."""

    path: str = Field(description="The field, `section.field`.")
    values: dict[str, str | int | float | bool | None] = Field(
        min_length=1, description="New values by old ones."
    )
    otherwise: Literal["refuse", "keep"] = Field(
        default="refuse", description="What becomes of a value that is not listed."
    )

    example = "{path: section.field, values: {old: new}}"

    def operation(self, span: Span) -> Operation:
        return ValueMap(self.path, tuple(self.values.items()), self.otherwise, span=span)


class _Type(Words):
    """A field is of another type."""

    path: str = Field(description="The field, `section.field`.")
    to: Literal["string", "integer", "number", "boolean", "list", "item"] = Field(
        description="Its type from now on; `list` makes a list of one, `item` takes the one out of it."
    )

    example = "{path: section.field, to: integer}"

    def operation(self, span: Span) -> Operation:
        return TypeChange(self.path, self.to, span=span)


class _Map(Words):
    """A list becomes a mapping."""

    path: str = Field(description="The list, `section.field`.")
    key: str = Field(description="The field of an item that becomes its key.")

    example = "{path: section.field, key: name}"

    def operation(self, span: Span) -> Operation:
        return ListToMap(self.path, self.key, span=span)


class _Split(Words):
    """One text becomes several."""

    path: str = Field(description="The text, `section.field`.")
    into: list[str] = Field(min_length=2, description="The fields that take its parts, in order.")
    separator: str = Field(min_length=1, description="What stands between the parts.")

    example = '{path: section.field, into: [section.one, section.two], separator: ":"}'

    def operation(self, span: Span) -> Operation:
        return Split(self.path, tuple(self.into), self.separator, span=span)


class _Join(Words):
    """Several texts become one."""

    paths: list[str] = Field(alias="from", min_length=2, description="The texts, in order.")
    into: str = Field(description="The field that takes them, `section.field`.")
    separator: str = Field(description="What is put between them.")

    example = '{from: [section.one, section.two], into: section.field, separator: ":"}'

    def operation(self, span: Span) -> Operation:
        return Join(tuple(self.paths), self.into, self.separator, span=span)


WORDS: Mapping[str, type[Words]] = {
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


def in_full(text: object, model: type[Words]) -> dict[str, Any] | None:
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
