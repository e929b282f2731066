"""The tree of a document as text, in the one form.

Two spaces a level, lists indented below their keys; one space after colons, dashes and commas; comments as
they are, two spaces after what they stand beside; empty lines where they are, but none where a collection
begins or braces end, never two in a row, and none at the end. Quotes stay, and so do line breaks in braces
and in texts.
"""

import re
from collections.abc import Callable

from qpf.formatting.flow import Order, flow_lines
from qpf.formatting.tokens import BLANK, Comment, Token, body_of, header_of, is_block, keeps
from qpf.formatting.tree import Block, Document, Entry, Flow
from qpf.model.path import Path

_STEP = "  "
_HEADER = re.compile(r"([|>])([+-]?)([1-9]?)([+-]?)")


def printed(document: Document, arrange: Callable[[list[Entry], Path], list[Entry]], order: Order) -> str:
    """The text of a document.

    Args:
        document: Its tree.
        arrange: Puts the entries of a block mapping in order, by its path.
        order: The order of the keys of a mapping in braces, by its path.
    """
    printer = _Printer(arrange, order)
    root = document.root
    if isinstance(root.node, Block):
        root.node.entries = arrange(root.node.entries, ())
        printer.block(root.node, "", ())
    else:
        printer.entry(root, "", (), first=True)
    printer.comments(document.foot, "")
    return "".join(f"{line}\n" for line in printer.lines)


class _Printer:
    def __init__(self, arrange: Callable[[list[Entry], Path], list[Entry]], order: Order) -> None:
        self.lines: list[str] = []
        self._arrange = arrange
        self._order = order
        self._kept = False
        """Whether the last line is of a text to which empty lines below it would belong."""
        self._wants_blank = False

    def comments(self, comments: list[Comment], pad: str, *, first: bool = False) -> None:
        """Lines of comments; where a collection begins, no empty line comes first."""
        for comment in comments:
            if comment.text == BLANK:
                self._wants_blank = not first
            else:
                self._line(f"{pad}{comment.text}")
                first = False

    def _line(self, line: str) -> None:
        """A line, or several; an empty one comes before if one is wanted and would mean nothing."""
        if self._wants_blank and self.lines and not self._kept:
            self.lines.append("")
        self._wants_blank = self._kept = False
        self.lines += line.split("\n")

    def entry(self, entry: Entry, pad: str, path: Path, *, first: bool = False, lead: str = "") -> None:
        """An entry of a collection; `lead` is what its line begins with, if it stands behind a dash."""
        self.comments(entry.above, pad, first=first)
        node = entry.node
        start = lead or pad
        if entry.key is None:
            head = f"{start}-" if pad or lead or path else ""
        else:
            head = f"{start}{_inline(entry.key, pad)}:"
            path = (*path, entry.key.value)
        if node.anchor:
            head = _joined(head, node.anchor)
        if isinstance(node, Block):
            if node.is_mapping:
                node.entries = self._arrange(node.entries, path)
            behind = entry.key is None and not (node.anchor or entry.beside or node.entries[0].explained)
            if not behind:
                self._line(_with(head, entry.beside))
            self.block(node, pad + _STEP, path, f"{head} " if behind else "")
        elif isinstance(node, Flow):
            self._line(_with(_joined(head, flow_lines(node.tokens, pad, self._order, path)), entry.beside))
        elif node.token is None:
            self._line(_with(head, entry.beside))
        elif is_block(node.token):
            self._text(head, node.token, pad, entry.beside)
        else:
            self._line(_with(f"{head} {_inline(node.token, pad)}", entry.beside))
        self.comments(entry.under, pad + _STEP)

    def block(self, node: Block, pad: str, path: Path, lead: str = "") -> None:
        """The entries of a collection; the first one may stand behind a dash."""
        for index, each in enumerate(node.entries):
            self.entry(each, pad, path if node.is_mapping else (*path, index), first=not index, lead=lead)
            lead = ""
        self.comments(node.foot, pad)

    def _text(self, head: str, token: Token, pad: str, beside: str) -> None:
        """A text below `|` or `>`: its lines, indented anew."""
        match = _HEADER.match(header_of(token))
        assert match is not None
        style, before, digit, after = match.groups("")
        ended = token.value.endswith("\n")  # or it is the last line of a file, which has no end
        self._line(_with(f"{head} {style}{'2' if digit else ''}{before or after if ended else '-'}", beside))
        self.lines += [f"{pad}{_STEP}{line}" if line else "" for line in body_of(token)]
        self._kept = keeps(token) and ended


def _inline(token: Token, pad: str) -> str:
    """A scalar in its line; the further lines of one that has some are indented below."""
    first, *rest = token.text.split("\n")
    lines = (line.lstrip(" \t") for line in rest)
    return "\n".join((first, *(f"{pad}{_STEP}{line}" if line else "" for line in lines)))


def _joined(head: str, text: str) -> str:
    return f"{head} {text}" if head else text


def _with(line: str, comment: str) -> str:
    return f"{line}  {comment}" if comment else line
