"""Where references lead inside one JSON Schema: pointers, anchors, and names of the resources in it."""

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote, urljoin

from qpf.model.node import Entry, Node, Scalar, Sequence
from qpf.model.node import Mapping as MappingNode

_DIGITS = 9
_VALUES = frozenset({"enum", "const", "default", "examples", "example"})
"""Keywords that hold values, in which nothing is a name."""


class References:
    """The places of a document that have names; other documents are never looked for.

    Attributes:
        words: Every key in it.
    """

    def __init__(self, root: MappingNode) -> None:
        self._root = root
        self._named: dict[str, Node] = {"": root}
        self._within: dict[int, str] = {}
        self.words: set[str] = set()
        self._walk(root)

    def find(self, text: str, at: Node) -> Node | None:
        """Where a reference leads; None if that is nowhere in this document.

        Args:
            text: The reference.
            at: The schema that it is in.
        """
        base, _, fragment = _joined(self._within.get(id(at), ""), text).partition("#")
        start = self._named.get(base)
        if start is None or not fragment:
            return start
        if not fragment.startswith("/"):
            return self._named.get(f"{base}#{unquote(fragment)}")
        for part in unquote(fragment[1:]).split("/"):
            below = _below(start, part.replace("~1", "/").replace("~0", "~"))
            if below is None:
                return None
            start = below
        return start

    def place(self, node: Node) -> str:
        """The pointer to a place: the same wherever its line and its keys have moved to."""
        return self._pointers[id(node)]

    @cached_property
    def _pointers(self) -> dict[int, str]:
        found: dict[int, str] = {}
        left: list[tuple[Node, str]] = [(self._root, "#")]
        while left:
            node, pointer = left.pop()
            if id(node) in found:
                continue
            found[id(node)] = pointer
            if isinstance(node, MappingNode):
                for key, entry in node.entries.items():
                    part = key.replace("~", "~0").replace("/", "~1")
                    left.append((entry.node, f"{pointer}/{part}"))
            elif isinstance(node, Sequence):
                left += [(each, f"{pointer}/{index}") for index, each in enumerate(node.items)]
        return found

    def _walk(self, root: MappingNode) -> None:
        left: list[tuple[Node, str]] = [(root, "")]
        while left:
            node, base = left.pop()
            if isinstance(node, MappingNode):
                base = self._note(node, base)
                self.words.update(node.entries)
                left += [(entry.node, base) for key, entry in node.entries.items() if key not in _VALUES]
            elif isinstance(node, Sequence):
                left += [(each, base) for each in node.items]

    def _note(self, node: MappingNode, base: str) -> str:
        """Names of one schema; the base of references in it."""
        name = _text(node.entries, "$id") or _text(node.entries, "id")
        if name and not name.startswith("#"):
            base = _joined(base, name).partition("#")[0]
            self._named.setdefault(base, node)
        anchors = [_text(node.entries, word) for word in ("$anchor", "$dynamicAnchor")]
        for anchor in (*anchors, name.removeprefix("#") if name.startswith("#") else ""):
            if anchor:
                self._named.setdefault(f"{base}#{anchor}", node)
        if base:
            self._within[id(node)] = base
        return base


def _joined(base: str, text: str) -> str:
    if not text or text.startswith("#"):
        return base + text
    try:
        return urljoin(base, text)
    except ValueError:
        return text


def _below(node: Node, part: str) -> Node | None:
    if isinstance(node, MappingNode) and part in node.entries:
        return node.entries[part].node
    if isinstance(node, Sequence) and part.isascii() and part.isdecimal() and len(part) <= _DIGITS:
        return node.items[int(part)] if int(part) < len(node.items) else None
    return None


def _text(entries: Mapping[str, Entry], word: str) -> str:
    entry = entries.get(word)
    value = entry.node.value if entry is not None and isinstance(entry.node, Scalar) else None
    return value if isinstance(value, str) else ""
