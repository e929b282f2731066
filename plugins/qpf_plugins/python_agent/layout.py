"""Python expressions, laid out as `ruff format` would, so that emitting needs no formatter.

The rule is the formatter's: what fits on its line stays there; what does not is opened, one item
a line, with a comma behind the last. Knows nothing of agents.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType, NoneType
from typing import TypeAlias, cast

from msgspec import Struct

from qpf_plugins.python_agent.prose import WIDTH, escape


class Code(Struct, frozen=True):
    """A piece of source that is never broken: a name, a number."""

    text: str


class Call(Struct, frozen=True):
    """A call with keyword arguments, and perhaps positional ones before them."""

    name: str
    keywords: "Mapping[str, Expression]"
    positional: "Sequence[Expression]" = ()
    opened: bool = False


Expression: TypeAlias = (
    "Code | Call | str | int | float | bool | Mapping[str, Expression] | Sequence[Expression] | None"
)

# Kept as they are: characters whose width on a terminal nobody disputes. The formatter measures
# lines in such columns, so everything else is written as an escape.
_NARROW = (
    r"\x20-\x5b\x5d-\x7e"  # ASCII but the backslash
    r"\xa1-\xac\xae-\u02ff"  # Latin
    r"\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"  # Greek
    r"\u0400-\u0482\u048a-\u052f"  # Cyrillic
    r"\u2010-\u2027\u2030-\u205e"  # dashes, quotes, dots
    r"\u2190-\u21ff\u2200-\u22ff\u2500-\u257f"  # arrows, mathematics, boxes
)
_WIDE = r"\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fcc\uac00-\ud7a3"
# Made when they are needed, which is where a text is not plain ASCII.
_UNSURE = f"[^{_NARROW}{_WIDE}]"
_IS_WIDE = f"[{_WIDE}]"
_ATOMS = frozenset({Code, bool, int, float, NoneType})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def lay_out(value: Expression, *, indent: int = 0, before: int = 0, after: int = 0) -> str:
    """The source of a value.

    Args:
        value: What to write.
        indent: Columns of the line it begins on.
        before: Columns already taken on that line beyond the indent.
        after: Columns that must remain behind it: a comma, a bracket.
    """
    room = WIDTH - indent - before - after
    if isinstance(value, str):
        return _string(value, indent, room)
    if type(value) in _ATOMS:
        return _atom(value)
    if not (isinstance(value, Call) and value.opened):
        flat = _flat(value, room)
        if flat is not None and width(flat) <= room:
            return flat
    start, items, stop = _parts(value)
    if not items:
        return start + stop
    inner = indent + 4
    pad = " " * inner
    lines = [
        f"{pad}{label}{lay_out(item, indent=inner, before=width(label), after=1)},\n" for label, item in items
    ]
    return f"{start}\n{''.join(lines)}{' ' * indent}{stop}"


@lru_cache(maxsize=4096)
def quote(text: str) -> str:
    """A string literal on one line, with the quotes that need fewer escapes; double if in doubt."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    return mark + _escaped(text, mark) + mark


def width(text: str) -> int:
    """Columns a piece of laid-out source takes."""
    return len(text) if text.isascii() else len(text) + len(re.findall(_IS_WIDE, text))


def _atom(value: Expression) -> str:
    """A name, a number, a constant; exponents without a plus sign, as the formatter writes them."""
    return value.text if isinstance(value, Code) else repr(value).replace("e+", "e")


def _flat(value: Expression, room: int) -> str | None:
    """The value on one line; None if that line is certain to be longer than the room."""
    if isinstance(value, str):
        return quote(value)
    if type(value) in _ATOMS:
        return _atom(value)
    start, items, stop = _parts(value)
    left = room - len(start) - len(stop)
    texts = []
    for label, item in items:
        text = _flat(item, left)
        if text is None:
            return None
        left -= len(label) + len(text) + 2
        if left < -2:  # noqa: PLR2004 the last item needs no comma and no space
            return None
        texts.append(label + text)
    comma = "," if start == "(" and len(texts) == 1 else ""
    return f"{start}{', '.join(texts)}{comma}{stop}"


def _parts(value: Expression) -> tuple[str, list[tuple[str, Expression]], str]:
    """A compound value taken apart: opening, items with what stands before them, closing."""
    if isinstance(value, dict | MappingProxyType | Mapping):  # the first two are told at once
        return "{", [(f"{quote(key)}: ", item) for key, item in value.items()], "}"
    if isinstance(value, Call):
        items: list[tuple[str, Expression]] = [("", item) for item in value.positional]
        return f"{value.name}(", items + [(f"{key}=", item) for key, item in value.keywords.items()], ")"
    return "(", [("", item) for item in cast("Sequence[Expression]", value)], ")"


def _string(text: str, indent: int, room: int) -> str:
    """A string literal; over several lines in parentheses if it does not fit."""
    whole = quote(text)
    if width(whole) <= room:
        return whole
    pad = " " * (indent + 4)
    inner = WIDTH - indent - 4
    pieces = [text] if width(whole) <= inner else _pieces(text, inner - len('""'))
    parts = [f"{pad}{quote(piece)}\n" for piece in pieces]
    return f"(\n{''.join(parts)}{' ' * indent})"


def _pieces(text: str, room: int) -> list[str]:
    """Cut a text into pieces that fit between quotes of their own, behind a space where there is one."""
    pieces: list[str] = []
    start, used, after_space = 0, 0, 0
    # A quotation mark may have to be escaped: which one, only the whole piece tells.
    sizes = [2 if each in "'\"" else width(_escaped(each, '"')) for each in text]
    for place, each in enumerate(text):
        if used + sizes[place] > room:
            cut = after_space if after_space > start else place
            pieces.append(text[start:cut])
            start, used = cut, sum(sizes[cut:place])
        used += sizes[place]
        if each == " ":
            after_space = place + 1
    return [*pieces, text[start:]]


def _escaped(text: str, mark: str) -> str:
    if mark not in text and "\\" not in text and text.isascii() and text.isprintable():
        return text
    sure = re.sub(_UNSURE, lambda found: _SHORT.get(found[0]) or escape(found[0]), text)
    return sure.replace(mark, "\\" + mark)
