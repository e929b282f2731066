"""Python source for JSON-like data, spelled as `ruff format` spells it.

A literal goes on one line if it fits and is spread with one item a line and a comma after
the last if it does not, so formatting emitted code afterwards changes nothing.
"""

import math
import re
from collections.abc import Mapping
from typing import Final

from qpf.model.node import Data
from qpf.syntax.characters import INVISIBLE, UnwritableError

_STEP: Final = 4
_SHORT: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL: Final = re.compile(rf"\\|{INVISIBLE.pattern}")


def python_literal(data: Data, indent: int = 0, width: int = 100, *, before: int = 0, after: int = 0) -> str:
    """A Python expression that evaluates to the data (mappings in the order they have).

    Args:
        data: Mappings (written as dict), lists, tuples, strings, numbers, booleans, None.
        indent: Columns of indentation of the line that the literal stands in.
        width: Longest line.
        before: Columns that stand before the literal in its line, indentation not counted: `x = `.
        after: Columns that follow it: a comma or a closing parenthesis.

    Raises:
        UnwritableError: If something is not JSON-like data.
    """
    flat = _flat(data)
    if indent + before + len(flat) + after <= width or not _is_filled(data):
        return flat
    inner = indent + _STEP
    margin = " " * inner
    if isinstance(data, Mapping):
        lines = []
        for key, value in data.items():
            name = f"{python_string(key)}: "
            literal = python_literal(value, inner, width, before=len(name), after=1)
            lines.append(f"{margin}{name}{literal},\n")
        opening, closing = "{}"
    else:
        lines = [f"{margin}{python_literal(value, inner, width, after=1)},\n" for value in data]
        opening, closing = "()" if isinstance(data, tuple) else "[]"
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


def python_string(text: str) -> str:
    """A string literal: double quotes, unless single ones save escapes."""
    body = _SPECIAL.sub(_escape, text)
    if text.count('"') > text.count("'"):
        return "'" + body.replace("'", "\\'") + "'"
    return '"' + body.replace('"', '\\"') + '"'


def _flat(data: Data) -> str:
    if isinstance(data, str):
        return python_string(data)
    if data is None or isinstance(data, bool):
        return repr(data)
    if isinstance(data, int):
        return int.__repr__(data)
    if isinstance(data, float):
        return _float(data)
    if isinstance(data, Mapping):
        return "{" + ", ".join([f"{python_string(key)}: {_flat(value)}" for key, value in data.items()]) + "}"
    if isinstance(data, list):
        return "[" + ", ".join([_flat(value) for value in data]) + "]"
    if isinstance(data, tuple):
        return "(" + ", ".join([_flat(value) for value in data]) + ("," if len(data) == 1 else "") + ")"
    message = f"a value of type {type(data).__name__} is not JSON-like data"
    raise UnwritableError(message)


def _float(value: float) -> str:
    if not math.isfinite(value):
        message = f"{value} is not a finite number"
        raise UnwritableError(message)
    return float.__repr__(value).replace("e+", "e")


def _is_filled(data: Data) -> bool:
    return isinstance(data, Mapping | list | tuple) and len(data) > 0


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    number = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if number <= 0xFF:  # noqa: PLR2004  # what two hexadecimal digits hold
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004  # the basic plane
