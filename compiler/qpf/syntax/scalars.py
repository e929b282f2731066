"""What a plain scalar means in the core schema of YAML 1.2.

`no`, `on`, `22:22`, `1_000` and `2024-01-02` are text here, `0o17` is 15, `1e3` is a
float, and `0644` is 644: the older octal form is gone. Quoted and block scalars are
always text and never come here.
"""

import math
import re
from typing import Final

from qpf.model.node import Atom
from qpf.syntax.budget import MAX_INTEGER_DIGITS

SUSPECTS: Final = frozenset("~-+.0123456789tTfFnN")
"""First characters of plain scalars that may be something other than text."""

_NUMERIC: Final = frozenset("-+.0123456789")

_WORDS: Final[dict[str, Atom]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

_INTEGER: Final = re.compile(r"[-+]?[0-9]+\Z", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", re.ASCII)
_NON_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+\Z", re.ASCII)


class TooLongError(ValueError):
    """An integer with more digits than the budget allows."""


class NonFiniteError(ValueError):
    """A number that is infinite, or is not one."""


def resolve(text: str) -> Atom:
    """The value of a plain scalar.

    Raises:
        TooLongError: If it is an integer of more than 20 digits.
        NonFiniteError: If it is an infinity, not a number, or a float too large for 64 bits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.match(text):
        return _integer(text)
    if _FLOAT.match(text):
        number = float(text)
        if not math.isfinite(number):
            raise NonFiniteError
        return number
    if _BASED.match(text):
        number = int(text, 0)
        if number >= 10**MAX_INTEGER_DIGITS:
            raise TooLongError
        return number
    if _NON_FINITE.match(text):
        raise NonFiniteError
    return text


def _integer(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        # Checked on the text: converting a million digits is what must not happen.
        digits = text.lstrip("+-0") or "0"
        if len(digits) > MAX_INTEGER_DIGITS:
            raise TooLongError
        text = f"-{digits}" if text[0] == "-" else digits
    return int(text)


def is_leading_zero(text: str) -> bool:
    """Whether a plain integer begins with 0, which older readers take for octal."""
    return "0" in text[:2] and _LEADING_ZERO.match(text) is not None


def kind_of(value: Atom) -> str:
    """The name of a scalar's type, as messages call it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"
