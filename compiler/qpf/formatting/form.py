"""One schema file in its form: the same data, the same comments, and nothing else that could be otherwise."""

from collections.abc import Iterator

from qpf.formatting.codes import UNFORMATTABLE
from qpf.formatting.flow import Order
from qpf.formatting.ordering import in_order
from qpf.formatting.printing import printed
from qpf.formatting.tokens import BLANK, UnformattableError, comments_of, tokens_of
from qpf.formatting.tree import Entry, tree_of
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.node import Data, to_data
from qpf.model.path import Path
from qpf.model.span import Span, start_of
from qpf.syntax.reader import read_yaml

_MARK = b"\xef\xbb\xbf"


def formatted(source: str, content: bytes, order: Order) -> Outcome[bytes]:
    """The content of a file in its form; as it is, with the reason, if that cannot be.

    Args:
        source: Its path, for findings.
        content: What it holds.
        order: The order of its keys.
    """
    read = read_yaml(source, content)
    if read.value is None or read.report.failed:
        return Outcome(content, read.report)
    text = content.removeprefix(_MARK).decode().replace("\r\n", "\n")
    before = to_data(read.value)
    try:
        arranging = _Arranging(source, order)
        after = _form(text, before, arranging, order)
    except UnformattableError as error:
        try:  # perhaps it was the order, which anchors have a say in
            arranging = _Arranging(source, lambda _: ())
            after = _form(text, before, arranging, lambda _: ())
        except UnformattableError:
            place = Span(source, error.line, 1, error.line, 2) if error.line else start_of(source)
            return Outcome(content, Report.of([_left(place, f"this file is left as it is: {error}")]))
        what = "the keys of this file keep their order: in another one, its anchors would mean something else"
        return Outcome(after.encode(), Report.of([_left(start_of(source), what)]))
    return Outcome(after.encode(), Report.of(arranging.found))


def _form(text: str, before: Data, arranging: "_Arranging", order: Order) -> str:
    """A text in its form, proved to say the same.

    Raises:
        UnformattableError: If it does not.
    """
    tokens = tokens_of(text)
    comments = comments_of(tokens)
    after = printed(tree_of(tokens), arranging, order)
    if after != text:
        read = read_yaml("", after.encode())
        if read.value is None or read.report.failed or not same(before, to_data(read.value)):
            message = "it would mean something else"
            raise UnformattableError(message)
        if comments_of(tokens_of(after)) != comments:
            message = "a comment would be lost"
            raise UnformattableError(message)
    return after


def same(one: Data, other: Data) -> bool:
    """Whether two values are the same, types and the order of lists included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


class _Arranging:
    """Puts entries in order, where it can be told which comments go along."""

    def __init__(self, source: str, order: Order) -> None:
        self.found: list[Diagnostic] = []
        self._source = source
        self._order = order

    def __call__(self, entries: list[Entry], path: Path) -> list[Entry]:
        names = [entry.key.value for entry in entries if entry.key is not None]
        places = in_order(names, self._order(path))
        if places == sorted(places):
            return entries
        doubt = next(self._doubts(entries, places, top=not path), None)
        if doubt is not None:
            self.found.append(doubt)
            return entries
        head = _head(entries[0]) if not path else 0
        arranged = [entries[place] for place in places]
        if head:
            top = entries[0].above[:head]
            entries[0].above = entries[0].above[head:]
            arranged[0].above = [*top, *(each for each in arranged[0].above)]
        return arranged

    def _doubts(self, entries: list[Entry], places: list[int], *, top: bool) -> Iterator[Diagnostic]:
        """Comments of which nobody can tell whether they speak of one key or of several."""
        for index, entry in enumerate(entries):
            above = entry.above[_head(entry) :] if top and not index else entry.above
            texts = [comment.text for comment in above]
            while texts and texts[0] == BLANK:
                texts.pop(0)
            assert entry.key is not None
            line = entry.key.line
            place = Span(self._source, line, entry.key.column + 1, line, entry.key.column + 1)
            if BLANK in texts and any(texts):
                yield _left(
                    place,
                    "these keys keep their order: the comment above one of them is parted from it by an empty"
                    " line, and may speak of several",
                    "put the keys in order by hand, or remove the empty line if the comment is about one key",
                )
            elif top and not index and not _head(entry) and any(texts) and places[0] != 0:
                yield _left(
                    place,
                    "these keys keep their order: the comment above the first may speak of the whole file",
                    "put an empty line below the comment if it does; put the keys in order by hand if not",
                )


def _head(first: Entry) -> int:
    """How many of the comments above a file's first key speak of the file: those above an empty line."""
    said = False
    head = 0
    for place, comment in enumerate(first.above):
        if comment.text == BLANK and said:
            head = place + 1
        said = said or comment.text != BLANK
    return head


def _left(place: Span, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(UNFORMATTABLE, message, place, hint=hint)
