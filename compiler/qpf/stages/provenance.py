"""Origins: who set a value, and who was overridden. Looked up, never carried.

Composing shares nodes, so a value's own span is free. The rest of its history is a
question about the contributions along one path, answered here by the merge's own rules.
"""

from collections.abc import Iterator

from msgspec import Struct

from qpf.model.fleet import Composed
from qpf.model.merge import Strategy
from qpf.model.node import Mapping, Node, Scalar, Sequence
from qpf.model.path import Path
from qpf.stages.claims import Claim, Rules, claims_of, key_groups
from qpf.stages.merge import item_groups, settle_kinds, winner


class Origin(Struct, frozen=True):
    """Where a value comes from.

    Attributes:
        path: Where it stands in the composed document.
        node: The value.
        won: The layer that holds; None where several layers made it together (a mapping, a merged list).
        claims: Every layer that spoke, lowest first.
        strategy: How the section's owner has it merged; None for the default.
    """

    path: Path
    node: Node
    won: Claim | None
    claims: tuple[Claim, ...]
    strategy: Strategy | None

    @property
    def overridden(self) -> tuple[Claim, ...]:
        """Layers that spoke and lost, the nearest first."""
        return tuple(claim for claim in reversed(self.claims) if claim is not self.won)


def trace(composed: Composed, path: Path, rules: Rules) -> Origin | None:
    """The origin of the value at a path; None where there is no such value."""
    claims = claims_of(composed.contributions)
    if not claims:
        return None
    node: Node = composed.body
    below: Rules | None = rules
    for depth, part in enumerate(path):
        claims = list(settle_kinds(claims, below, path[:depth], []))
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            claims = key_groups(claims)[part]
            node = node.entries[part].node
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            strategy = below.strategy if below else None
            if strategy is None:
                claims = [
                    Claim(c.layer, c.name, c.node.items[part], c.node.items[part].span)
                    for c in [winner(claims, None, (), [])]
                    if isinstance(c.node, Sequence)
                ]
            else:
                claims = item_groups(claims, strategy, path[:depth], [])[part]
            node = node.items[part]
        else:
            return None
        below = below.below(str(part)) if below else None
    claims = list(settle_kinds(claims, below, path, []))
    strategy = below.strategy if below else None
    whole = isinstance(node, Scalar) or (isinstance(node, Sequence) and strategy is None)
    won = winner(claims, strategy, path, []) if whole else claims[0] if len(claims) == 1 else None
    return Origin(path, node, won, tuple(claims), strategy)


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every scalar and empty collection below a node with its path, in document order."""
    if isinstance(node, Mapping) and node.entries:
        for key, entry in node.entries.items():
            yield from leaves(entry.node, (*path, key))
    elif isinstance(node, Sequence) and node.items:
        for index, item in enumerate(node.items):
            yield from leaves(item, (*path, index))
    else:
        yield path, node
