"""Which characters are written as themselves, and how the others are escaped.

The set is fixed here, not asked of the interpreter: its Unicode tables grow with every
version, and the same input must give the same bytes on all of them. Escaped are control
and format characters, whatever turns the direction of text, every kind of space but the
plain one, private use, and what some reader takes for a line break.
"""

import re
from typing import Final

_INVISIBLE: Final = (
    "\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)

INVISIBLE: Final = re.compile(f"[{_INVISIBLE}]")
"""One character that is never written as itself (line feed and tab included)."""

ESCAPED_IN_QUOTES: Final = re.compile(f'["\\\\{_INVISIBLE}]')
"""One character that is escaped inside double quotes."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half a character: no text can carry it."""

_SHORT: Final = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip


class UnwritableError(ValueError):
    """A value that no text can carry such that every reader reads it back."""


def escape(match: re.Match[str]) -> str:
    """The escape of a matched character inside double quotes: the same in YAML and in JSON up to U+FFFF."""
    character = match[0]
    short = _SHORT.get(character)
    if short is not None:
        return short
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004  # the basic plane


def quote(text: str) -> str:
    """A text in double quotes, in one line, everything invisible escaped."""
    return f'"{ESCAPED_IN_QUOTES.sub(escape, text)}"'
