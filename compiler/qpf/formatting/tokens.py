"""A document's text as tokens, each with the comments and empty lines that stand before and beside it.

The scanner is the one behind the reader. Between its tokens there is white space and comments only, so
that nothing of a text that is read without error is lost between here and the printer.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

from yaml.tokens import Token as ScannerToken

from qpf.syntax.parsers import scanner_of

_KINDS: Final = {kind: kind.__name__.removesuffix("Token") for kind in ScannerToken.__subclasses__()}

BLANK: Final = ""
"""Stands for empty lines, however many."""


class UnformattableError(Exception):
    """A text cannot be brought into form without changing more than its form; says why, and where.

    Attributes:
        line: From 1; 0 if it is the whole.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Comment(NamedTuple):
    """A comment on a line of its own, or empty lines; `column` is where it begins, from 0."""

    text: str
    column: int


@dataclass(slots=True)
class Token:
    """One token.

    Attributes:
        kind: Its name at the scanner, without `Token`.
        text: As written.
        value: Of a scalar, what it means.
        style: Of a scalar, what it is quoted with; empty for a plain one.
        column: Where it begins, from 0.
        line: The same, from 1.
        breaks: Whether it is the first on its line.
        before: What stands on lines of its own above it.
        beside: A comment on its line, if it is the last there.
    """

    kind: str
    text: str
    value: str
    style: str
    column: int
    line: int
    breaks: bool
    before: list[Comment] = field(default_factory=list)
    beside: str = ""


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text that the reader takes without error."""
    starts = list(accumulate(map(len, text.splitlines(keepends=True)), initial=0))
    get_token = scanner_of(text)
    tokens: list[Token] = []
    end = 0
    last: Token | None = None
    most = len(starts) - 1
    while (found := get_token()) is not None:
        begin, after = found.start_mark, found.end_mark
        start = starts[min(begin.line, most)] + begin.column
        stop = starts[min(after.line, most)] + after.column
        kind = _KINDS[type(found)]
        if stop < start or start < end:  # the scanner counts a key that it finds late from its own place
            start = stop = end
        line = bisect_right(starts, start)
        scalar = kind == "Scalar"
        token = Token(
            kind,
            text[start:stop],
            found.value if scalar else "",
            (found.style or "") if scalar else "",
            start - starts[line - 1],
            line,
            breaks=False,
        )
        gap = text[end:start]
        _between(gap, last, token, fresh=end == 0 or text[end - 1] == "\n")
        if last is not None and is_block(last) and not keeps(last) and _lines_of(last)[-1:] == [BLANK]:
            if not token.before or token.before[0].text:
                token.before.insert(0, Comment(BLANK, 0))
            last = None
        if stop > start:
            last = token
        end = max(end, stop)
        tokens.append(token)
    return tokens


def _between(gap: str, last: Token | None, token: Token, *, fresh: bool) -> None:
    """Give what stands in a gap to the tokens around it."""
    first, *lines = gap.split("\n")
    token.breaks = fresh or bool(lines)
    if fresh:
        lines = [first, *lines]
    elif last is not None and first.strip():
        last.beside = first.strip()
    for index, line in enumerate(lines):
        text = line.strip()
        if text:
            token.before.append(Comment(text, len(line) - len(line.lstrip())))
        elif index < len(lines) - 1 and (not token.before or token.before[-1].text):
            token.before.append(Comment(BLANK, 0))


def is_block(token: Token) -> bool:
    """Whether it is a text of several lines below `|` or `>`."""
    return token.style in {"|", ">"}


def header_of(token: Token) -> str:
    """The first line of a block scalar."""
    return token.text.partition("\n")[0]


def keeps(token: Token) -> bool:
    """Whether the empty lines after a block scalar are part of what it says."""
    return "+" in header_of(token).partition("#")[0]


def body_of(token: Token) -> list[str]:
    """The lines of a block scalar, not indented; empty ones at the end only where they count."""
    lines = _lines_of(token)
    while lines and not lines[-1] and not keeps(token):
        lines.pop()
    return lines


def _lines_of(token: Token) -> list[str]:
    lines = token.text.split("\n")[1:]
    width = _indentation(token, lines)
    if lines and not lines[-1].strip(" ") and len(lines[-1]) <= width:  # what follows the last line end
        lines.pop()
    return [line[width:] for line in lines]


def _indentation(token: Token, lines: list[str]) -> int:
    """How far the lines of a block scalar are indented, by what it says."""
    for line in lines:
        if line.strip(" "):
            said = next((each for each in token.value.split("\n") if each.strip(" ")), "")
            return len(line) - len(line.lstrip(" ")) - (len(said) - len(said.lstrip(" ")))
    return max(map(len, lines), default=0)


def comments_of(tokens: list[Token]) -> list[str]:
    """Every comment, sorted: what must be the same before and after."""
    found = [comment.text for token in tokens for comment in token.before if comment.text]
    found += [token.beside for token in tokens if token.beside]
    found += [
        header[header.index("#") :]
        for token in tokens
        if is_block(token) and "#" in (header := header_of(token))
    ]
    return sorted(comment.strip() for comment in found)
