"""How much a document may ask for, and what its aliases really cost.

An alias is free to read and expensive to expand: a chain of ten, each naming
the one before ten times, is a few hundred bytes and ten billion values. So an
alias is charged with what its anchor expands to.
"""

from typing import NamedTuple

from qpf.model.node import Mapping, Node, Sequence

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 250_000
MAX_TEXT = 16 * 1024 * 1024
"""Characters of text that a document may expand to, aliases written out."""
MAX_INTEGER_DIGITS = 20


class Weight(NamedTuple):
    """What a value costs once every alias inside is written out."""

    nodes: int
    text: int
    height: int


class Expansion:
    """Weighs values and adds up what aliases add to a document."""

    def __init__(self) -> None:
        self._weights: dict[int, Weight] = {}
        self._nodes = 0
        self._text = 0

    def charge(self, node: Node) -> Weight:
        """Add one more use of a shared value; return what it weighs."""
        weight = self._weigh(node)
        self._nodes += weight.nodes
        self._text += weight.text
        return weight

    @property
    def exceeded(self) -> bool:
        """Whether aliases have asked for too much."""
        return self._nodes > MAX_NODES or self._text > MAX_TEXT

    def _weigh(self, node: Node) -> Weight:
        # Known weights are kept by identity: the nodes live as long as their anchors, and a
        # value that shares parts is walked once a part, not once a path.
        known = self._weights.get(id(node))
        if known is not None:
            return known
        nodes, text, height = 1, 0, 0
        if isinstance(node, Mapping):
            for key, entry in node.entries.items():
                inner = self._weigh(entry.node)
                nodes += inner.nodes
                text += inner.text + len(key)
                height = max(height, inner.height)
        elif isinstance(node, Sequence):
            for item in node.items:
                inner = self._weigh(item)
                nodes += inner.nodes
                text += inner.text
                height = max(height, inner.height)
        elif isinstance(node.value, str):
            text = len(node.value)
        weight = Weight(nodes, text, height + (not hasattr(node, "value")))
        self._weights[id(node)] = weight
        return weight
