"""Whether an agent is still what it was, but for deprecated fields that went where they belong."""

from collections.abc import Iterable
from types import MappingProxyType

from qpf.evolution.deprecations import Deprecation
from qpf.evolution.places import OccupiedError, edited, entry_at, led, matches, put
from qpf.model.node import Data, Node, find, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, parse_path


def unlike(before: MappingNode, after: MappingNode, deprecations: Iterable[Deprecation]) -> Path | None:
    """Where an agent is another one than it was; None if it is the same.

    A field that layers say together has to go as a whole, and nothing else may come, change or go: not even
    a mapping that would be left empty, for that there is one may mean something.

    Args:
        before: All layers merged.
        after: The same from edited layers.
        deprecations: The fields that may have moved.
    """
    tree: Node = before
    movable = [each for each in deprecations if not each.stuck]
    for each in sorted(movable, key=lambda each: -len(parse_path(each.path))):
        for place in tuple(matches(tree, each.path)):
            if find(after, place) is None:
                entry = entry_at(tree, place)
                try:
                    tree = put(_without(tree, place), led(each.use, each.path, place), entry)
                except OccupiedError as error:
                    return error.path
    return _difference(to_data(tree), to_data(after), ())


def _without(node: Node, path: Path) -> Node:
    """A tree without an entry of a mapping, which may be left empty."""
    above = find(node, path[:-1])
    assert isinstance(above, MappingNode)
    entries = {key: entry for key, entry in above.entries.items() if key != path[-1]}
    return edited(node, path[:-1], MappingNode(MappingProxyType(entries), above.span))


def _difference(one: Data, other: Data, at: Path) -> Path | None:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key not in one or key not in other:
                return (*at, key)
            below = _difference(one[key], other[key], (*at, key))
            if below is not None:
                return below
        return None
    return None if one == other else at
