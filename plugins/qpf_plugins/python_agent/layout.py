"""Python expressions, laid out as `ruff format` would, so that emitting needs no formatter.

The rule is the formatter's: what fits on its line stays there; what does not is opened, one item
a line, with a comma behind the last. Knows nothing of agents.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qpf_plugins.python_agent.prose import WIDTH, escape


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of source that is never broken: a name, a number."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
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
    "\x20-\x5b\x5d-\x7e"  # ASCII but the backslash
    "\xa1-\xac\xae-\u02ff"  # Latin
    "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"  # Greek
    "\u0400-\u0482\u048a-\u052f"  # Cyrillic
    "\u2010-\u2027\u2030-\u205e"  # dashes, quotes, dots
    "\u2190-\u21ff\u2200-\u22ff\u2500-\u257f"  # arrows, mathematics, boxes
)
_WIDE = "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fcc\uac00-\ud7a3"
_UNSURE = re.compile(f"[^{_NARROW}{_WIDE}]")
_IS_WIDE = re.compile(f"[{_WIDE}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_ATOM = re.compile(r"\\(?:u[0-9a-f]{4}|U[0-9a-f]{8}|.)|.", re.DOTALL)


def lay_out(value: Expression, *, indent: int = 0, before: int = 0, after: int = 0) -> str:
    """The source of a value.

    Args:
        value: What to write.
        indent: Columns of the line it begins on.
        before: Columns already taken on that line beyond the indent.
        after: Columns that must remain behind it: a comma, a bracket.
    """
    if isinstance(value, str):
        return _string(value, indent, WIDTH - indent - before - after)
    if isinstance(value, Code):
        return value.text
    flat = _flat(value)
    if flat is not None and width(flat) <= WIDTH - indent - before - after:
        return flat
    if isinstance(value, Call):
        start, stop = f"{value.name}(", ")"
        items = [("", item) for item in value.positional]
        items += [(f"{key}=", item) for key, item in value.keywords.items()]
    elif isinstance(value, Mapping):
        start, stop = "{", "}"
        items = [(f"{quote(key)}: ", item) for key, item in value.items()]
    else:
        start, stop = "(", ")"
        items = [("", item) for item in value]  # type: ignore[union-attr]  # atoms have a flat form
    inner = indent + 4
    pad = " " * inner
    lines = [
        f"{pad}{label}{lay_out(item, indent=inner, before=width(label), after=1)},\n" for label, item in items
    ]
    return f"{start}\n{''.join(lines)}{' ' * indent}{stop}"


def quote(text: str) -> str:
    """A string literal on one line, with the quotes that need fewer escapes; double if in doubt."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    return mark + _escaped(text, mark) + mark


def width(text: str) -> int:
    """Columns a piece of laid-out source takes."""
    return len(text) if text.isascii() else len(text) + len(_IS_WIDE.findall(text))


def _flat(value: Expression) -> str | None:
    """The value on one line; None if it holds something that must be opened."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Code):
        return value.text
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, Call):
        if value.opened and (value.keywords or value.positional):
            return None
        inner = _flat_items(
            [("", item) for item in value.positional] + [(f"{k}=", v) for k, v in value.keywords.items()]
        )
        return None if inner is None else f"{value.name}({inner})"
    if isinstance(value, Mapping):
        inner = _flat_items([(f"{quote(key)}: ", item) for key, item in value.items()])
        return None if inner is None else f"{{{inner}}}"
    inner = _flat_items([("", item) for item in value])
    if inner is None:
        return None
    return f"({inner},)" if len(value) == 1 else f"({inner})"


def _flat_items(items: Sequence[tuple[str, Expression]]) -> str | None:
    texts = []
    for label, item in items:
        text = _flat(item)
        if text is None:
            return None
        texts.append(label + text)
    return ", ".join(texts)


def _string(text: str, indent: int, room: int) -> str:
    """A string literal; over several lines in parentheses if it does not fit."""
    whole = quote(text)
    if width(whole) <= room:
        return whole
    mark = whole[0]
    inner = WIDTH - indent - 4 - 2
    pad = " " * (indent + 4)
    parts = [f"{pad}{mark}{part}{mark}\n" for part in _pieces(whole[1:-1], inner)]
    if len(parts) == 1:
        return f"(\n{parts[0]}{' ' * indent})"
    return f"(\n{''.join(parts)}{' ' * indent})"


def _pieces(escaped: str, room: int) -> list[str]:
    """Cut an escaped text into pieces that fit, behind a space where there is one."""
    pieces: list[str] = []
    current, used, space = "", 0, 0
    for atom in _ATOM.findall(escaped):
        size = width(atom)
        if used + size > room:
            cut = space or len(current)
            pieces.append(current[:cut])
            current = current[cut:]
            used, space = width(current), 0
        current += atom
        used += size
        if atom == " ":
            space = len(current)
    if current:
        pieces.append(current)
    return pieces


def _escaped(text: str, mark: str) -> str:
    if mark not in text and "\\" not in text and text.isascii() and text.isprintable():
        return text
    return _UNSURE.sub(lambda found: _SHORT.get(found[0]) or escape(found[0]), text).replace(
        mark, "\\" + mark
    )
