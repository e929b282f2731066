"""From bytes to text that every YAML reader sees alike, or findings that say which character is not.

Everything here runs before a parser sees the document, so that the C parser and the
Python one refuse the same bytes for the same reason at the same place.
"""

import re
import unicodedata
from typing import Final

from qpf.model.diagnostic import Diagnostic, Note
from qpf.model.span import Span, start_of
from qpf.syntax.budget import MAX_BYTES
from qpf.syntax.codes import (
    BYTE_ORDER_MARK,
    CONTROL_CHARACTER,
    CRLF_LINE_ENDINGS,
    LINE_SEPARATOR,
    NOT_UTF8,
    TOO_LARGE,
)

_UTF8_MARK: Final = b"\xef\xbb\xbf"
# Patterns that few texts need are made when one does.
_WIDE: Final = (
    ("UTF-32", rb"(?s)\xff\xfe\0\0|\0\0\xfe\xff|\0\0\0.|.\0\0\0"),
    ("UTF-16", rb"\xff\xfe|\xfe\xff|\0[^\0]|[^\0]\0"),
)
_ASCII: Final = bytes((9, 10, 13, *range(0x20, 0x7F)))
_FORBIDDEN: Final = (
    "\r(?!\n)|[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SEPARATORS: Final = {"\x85": "next line", "\u2028": "line separator", "\u2029": "paragraph separator"}
_NAMES: Final = {
    "\0": "NUL", "\x07": "bell", "\x08": "backspace", "\x0b": "vertical tab", "\x0c": "form feed",
    "\x1b": "escape", "\x7f": "delete",
}  # fmt: skip


def read_text(source: str, content: bytes) -> tuple[str | None, list[Diagnostic]]:
    """The text of a document without byte order mark, or None where it cannot be read on."""
    if len(content) > MAX_BYTES:
        size = f"{len(content) / (1024 * 1024):.1f} MiB"
        hint = "split the document, or keep data out of the configuration"
        found = Diagnostic(TOO_LARGE, f"the file has {size}, more than 4 MiB", start_of(source), hint=hint)
        return None, [found]
    findings = []
    if content.startswith(_UTF8_MARK):
        content = content[len(_UTF8_MARK) :]
        findings.append(
            Diagnostic(
                BYTE_ORDER_MARK,
                "the file begins with a byte order mark",
                start_of(source),
                hint="save the file as UTF-8 without byte order mark",
            )
        )
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return None, [*findings, _not_utf8(source, content, error)]
    if (
        not text.isascii()
        or content.translate(None, _ASCII)
        or content.count(b"\r") != content.count(b"\r\n")
    ):
        forbidden = _forbidden(source, content, text)
        if forbidden:
            return None, [*findings, *forbidden]
    if "\r" in text:
        findings.append(_crlf(source, text))
    return text, findings


def span_at(source: str, text: str, start: int, end: int) -> Span:
    """The span between two offsets of a text."""
    return Span(source, *_position(text, start), *_position(text, end))


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _not_utf8(source: str, content: bytes, error: UnicodeDecodeError) -> Diagnostic:
    if wide := _wide(source, content):
        return wide
    before = content[: error.start].decode()
    line, column = _position(before, len(before))
    message = f"the byte 0x{content[error.start]:02X} at offset {error.start} is not UTF-8"
    span = Span(source, line, column, line, column + 1)
    return Diagnostic(NOT_UTF8, message, span, hint="save the file as UTF-8")


def _wide(source: str, content: bytes) -> Diagnostic | None:
    """That a file has more than one byte a character, if it looks so."""
    for name, pattern in _WIDE:
        if re.match(pattern, content):
            message = f"the file is {name}, not UTF-8"
            return Diagnostic(NOT_UTF8, message, start_of(source), hint="save the file as UTF-8")
    return None


def _forbidden(source: str, content: bytes, text: str) -> list[Diagnostic]:
    first: dict[str, re.Match[str]] = {}
    count: dict[str, int] = {}
    for match in re.finditer(_FORBIDDEN, text):
        first.setdefault(match[0], match)
        count[match[0]] = count.get(match[0], 0) + 1
    if "\0" in first and (wide := _wide(source, content)):
        return [wide]
    return [
        _forbidden_character(span_at(source, text, match.start(), match.end()), character, count[character])
        for character, match in first.items()
    ]


def _forbidden_character(span: Span, character: str, count: int) -> Diagnostic:
    notes = (Note(f"the file holds {count} of them, this is the first"),) if count > 1 else ()
    number = f"U+{ord(character):04X}"
    if character in _SEPARATORS:
        name = _SEPARATORS[character]
        message = f"the character {number} ({name}) ends the line for some readers and not for others"
        escape = f"\\u{ord(character):04X}"
        hint = f'write it as "{escape}" inside double quotes, or remove it'
        return Diagnostic(LINE_SEPARATOR, message, span, notes=notes, hint=hint)
    if character == "\r":
        message = "a carriage return without a line feed"
        return Diagnostic(CONTROL_CHARACTER, message, span, notes=notes, hint="end lines with LF")
    if character == "\ufeff":
        message = "a byte order mark (U+FEFF) inside the text"
        return Diagnostic(CONTROL_CHARACTER, message, span, notes=notes, hint="remove it")
    name = _NAMES.get(character) or unicodedata.name(character, "").lower()
    message = f"the character {number}{f' ({name})' if name else ''} is not allowed in YAML"
    hint = f'remove it, or write it as "\\u{ord(character):04X}" inside double quotes'
    return Diagnostic(CONTROL_CHARACTER, message, span, notes=notes, hint=hint)


def _crlf(source: str, text: str) -> Diagnostic:
    offset = text.index("\r\n")
    line, column = _position(text, offset)
    return Diagnostic(
        CRLF_LINE_ENDINGS,
        f"lines end in CR LF ({text.count(chr(13))} of them)",
        Span(source, line, column, line, column + 2),
        hint="save the file with LF; `* text=auto eol=lf` in .gitattributes keeps git from changing it",
    )
