"""CUE text as tokens that know where they stand: enough to find names, not to judge a constraint.

Known are identifiers (`#Definition` and `_hidden` too), numbers, strings of every kind (`"…"`, `'…'`, three
quotes, any number of `#`) with what is interpolated in them, comments, attributes, and operators. A comma
stands also where CUE puts one at the end of a line.
"""

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from qpf.syntax.placed import UnreadableTextError

Kind: TypeAlias = Literal["name", "number", "string", "sign"]

_SPACE = re.compile(r"[ \t\r]+|//[^\n]*")
_NAME = re.compile(r"_?#?[^\W\d][\w$]*|\$[\w$]*|#[^\W\d]\w*|_")
_NUMBER = re.compile(r"(?:\d|\.\d)[\w.]*(?:(?<=[eE])[+-]\d+)?")
_QUOTE = re.compile(r"(#*)(\"\"\"|'''|\"|')")
_SIGN = re.compile(r"_\|_|\.\.\.|[=!<>]=|=~|!~|&&|\|\||.", re.DOTALL)
_ENDING = frozenset({")", "]", "}", "?", "...", "_|_"})
_OPENING = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 100


class Token(Struct, frozen=True):
    """One token.

    Attributes:
        kind: Of which kind.
        text: Its text; of a string the value, if it is written as it is.
        start: Where it begins.
        end: Where it ends; a comma that a line's end stands for has no length.
        inner: What is interpolated in a string, each expression's tokens.
        plain: Whether a string stands between single or double quotes just as it is.
    """

    kind: Kind
    text: str
    start: int
    end: int
    inner: tuple[tuple["Token", ...], ...] = ()
    plain: bool = False


def cue_tokens(text: str) -> tuple[Token, ...]:
    """Read a text.

    Raises:
        UnreadableTextError: If a string or a bracket does not end.
    """
    return tuple(_Reading(text).until_end())


def partners(tokens: tuple[Token, ...]) -> dict[int, int]:
    """Where each bracket among tokens closes, by where it opens."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind == "sign" and token.text in _OPENING:
            opened.append(place)
        elif token.kind == "sign" and token.text in {")", "]", "}"}:
            found[opened.pop()] = place
    return found


class _Reading:
    """A text, and how far it is read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._deep = 0

    def until_end(self) -> list[Token]:
        """All tokens of the text."""
        tokens = self._tokens("")
        if self._at < len(self._text):
            raise UnreadableTextError
        return tokens

    def _tokens(self, closing: str) -> list[Token]:
        """The tokens up to a bracket that nothing before it has opened."""
        found: list[Token] = []
        open_brackets: list[str] = []
        while True:
            self._skip(found)
            if self._at == len(self._text):
                if closing or open_brackets:
                    raise UnreadableTextError
                return found
            if closing and not open_brackets and self._text[self._at] == closing:
                return found
            token = self._token()
            if token.kind == "sign" and token.text in _OPENING:
                open_brackets.append(_OPENING[token.text])
            elif (
                token.kind == "sign"
                and token.text in {")", "]", "}"}
                and (not open_brackets or open_brackets.pop() != token.text)
            ):
                raise UnreadableTextError
            found.append(token)

    def _skip(self, found: list[Token]) -> None:
        """Pass over space, comments and attributes; a line's end may be a comma."""
        while self._at < len(self._text):
            if self._text[self._at] == "\n":
                last = found[-1] if found else None
                if last is not None and (last.kind != "sign" or last.text in _ENDING):
                    found.append(Token("sign", ",", self._at, self._at))
                self._at += 1
            elif space := _SPACE.match(self._text, self._at):
                self._at = space.end()
            elif self._text[self._at] == "@" and (name := _NAME.match(self._text, self._at + 1)):
                self._at = name.end()
                if self._text[self._at : self._at + 1] == "(":
                    self._nested()
            else:
                return

    def _token(self) -> Token:
        start = self._at
        if quote := _QUOTE.match(self._text, start):
            return self._string(quote)
        sign = self._text.startswith("_|_", start)
        for kind, pattern in (("name", _NAME), ("number", _NUMBER)):
            if not sign and (match := pattern.match(self._text, start)):
                self._at = match.end()
                return Token(kind, match[0], start, self._at)  # type: ignore[arg-type]  # a kind
        match = _SIGN.match(self._text, start)
        assert match is not None
        self._at = match.end()
        return Token("sign", match[0], start, self._at)

    def _nested(self) -> tuple[Token, ...]:
        """What stands in round brackets, which are passed over."""
        self._deep += 1
        if self._deep > _DEEPEST:
            raise UnreadableTextError
        self._at += 1
        tokens = self._tokens(")")
        self._at += 1
        self._deep -= 1
        return tuple(tokens)

    def _string(self, quote: re.Match[str]) -> Token:
        text, start = self._text, quote.start()
        escape, closing = "\\" + quote[1], quote[2] + quote[1]
        self._at = quote.end()
        inner: list[tuple[Token, ...]] = []
        plain = len(quote[0]) == 1
        while not text.startswith(closing, self._at):
            if self._at >= len(text) or (len(quote[2]) == 1 and text[self._at] == "\n"):
                raise UnreadableTextError
            if not text.startswith(escape, self._at):
                self._at += 1
                continue
            plain = False
            self._at += len(escape)
            if text.startswith("(", self._at):
                inner.append(self._nested())
            else:
                self._at += 1
        value = text[quote.end() : self._at]
        self._at += len(closing)
        return Token("string", value, start, self._at, tuple(inner), plain)
