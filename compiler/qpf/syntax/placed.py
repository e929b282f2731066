"""A template as a tree whose nodes know where in the text they begin.

Jinja keeps the line of a node and nothing else. Its parser takes the line from the token that a node begins
with, and asks nothing else of it; so here tokens say where they begin in the text instead, and `lineno` of
every node is an offset: of a name or a constant its first character, of `x.y` the dot, of `x[y]` the bracket.
"""

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

_LINE_END = re.compile(r"\r\n|\r")


class UnreadableTextError(Exception):
    """A text is none of its kind; what is wrong, whoever works with it says better."""


class _Placed(Environment):
    """Jinja as templates are read, with tokens that know their offset."""

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        tokens = _offsets(source, self.lexer.tokeniter(source, name, filename, state))
        return TokenStream(self.lexer.wrap(tokens, name, filename), name, filename)


_ENVIRONMENT = _Placed(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def _offsets(source: str, tokens: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    """Tokens with their offsets; between two of them there is nothing but space that a tag strips."""
    end = 0
    for _, kind, text in tokens:
        start = source.index(text, end)
        end = start + len(text)
        yield start, kind, text


def placed(text: str) -> nodes.Template:
    """Read a template.

    Args:
        text: Of which every line ends as `even` makes it.

    Raises:
        UnreadableTextError: If it cannot be read.
    """
    try:
        return Parser(_ENVIRONMENT, text).parse()
    except (TemplateSyntaxError, RecursionError, ValueError) as error:
        raise UnreadableTextError from error


def even(text: str) -> str:
    """A text whose lines all end in one line feed, and whose every other character stays where it is."""
    return _LINE_END.sub(lambda end: " \n" if len(end[0]) > 1 else "\n", text)
