"""The two event parsers that may stand behind the reader; they give the same events.

(But for one thing: PyYAML's own refuses tabs between tokens, which libyaml takes for spaces.)

Only events are taken from them. What crashes in libyaml's binding is its recursive
composer; the event parser keeps its stacks on the heap and looks no further ahead
than one key, so stopping at the depth limit is enough, however deep the text goes.
"""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

try:
    from yaml._yaml import CParser as _CParser
except ImportError:  # PyYAML was built without libyaml
    _CParser = None  # type: ignore[assignment,misc]  # there is no optional import in types

_SURROGATES = range(0xD800, 0xE000)

Events = Callable[[], Any]
ParseError = yaml.YAMLError


class PythonParser(Reader, Scanner, Parser):
    """PyYAML's own event parser, made to refuse what libyaml refuses."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_flow_scalar_non_spaces(self, double: Any, start_mark: Any) -> list[str]:
        """Scan a stretch of a quoted scalar; an escape must name a character."""
        try:
            chunks: list[str] = super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError):
            chunks = ["\ud800"]
        if any(ord(character) in _SURROGATES for chunk in chunks for character in chunk):
            context = "while parsing a quoted scalar"
            problem = "found invalid Unicode character escape code"
            raise ScannerError(context, start_mark, problem, self.get_mark())
        return chunks


def events_of(text: str) -> Events:
    """The function that returns a text's next event, then None; raises `ParseError`."""
    if _CParser is None:
        return PythonParser(text).get_event
    return _CParser(text.encode()).get_event


def scanner_of(text: str) -> Events:
    """The function that returns a text's next token, then None; raises `ParseError`."""
    if _CParser is None:
        return PythonParser(text).get_token
    return _CParser(text.encode()).get_token
