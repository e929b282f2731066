"""Where an operation's path leads in a tree, and trees with something else at a place.

Nodes are immutable: what is not on the way to a place is shared with the tree before.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from qpf.model.node import Entry, Node, Sequence
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, format_path, parse_path
from qpf.model.span import Span

ANY = "*"


class OccupiedError(Exception):
    """Something stands where a value should go.

    Attributes:
        path: Where.
        span: What stands there.
    """

    def __init__(self, path: Path, span: Span) -> None:
        super().__init__(path)
        self.path = path
        self.span = span


def written(path: Path) -> str:
    """A path that may hold `*`, as people write it."""
    if all(isinstance(part, str) and (part == ANY or part.replace("_", "").isalnum()) for part in path):
        return ".".join(map(str, path))
    return format_path(path)


def matches(node: Node, location: str) -> Iterator[Path]:
    """Every place in a tree that a path with `*` leads to."""
    yield from _matches(node, parse_path(location), ())


def _matches(node: Node, left: Path, at: Path) -> Iterator[Path]:
    if not left:
        yield at
        return
    part, *rest = left
    if isinstance(node, MappingNode):
        for key in node.entries if part == ANY else (part,):
            if key in node.entries:
                yield from _matches(node.entries[str(key)].node, tuple(rest), (*at, key))
    elif isinstance(node, Sequence):
        for position, item in enumerate(node.items):
            if part in {ANY, position}:
                yield from _matches(item, tuple(rest), (*at, position))


def led(location: str, old: str, found: Path) -> Path:
    """Where a path leads whose `*` stand for what those of another one stood for.

    Args:
        location: The path.
        old: The other one.
        found: Where that one led.
    """
    stood = iter([part for part, word in zip(found, parse_path(old), strict=True) if word == ANY])
    return tuple(next(stood) if word == ANY else word for word in parse_path(location))


def taken_along(path: Path, old: str, new: str) -> Path | None:
    """Where a path leads after something moved that it is, or is inside of; None if it is not."""
    before = parse_path(old)
    if len(before) > len(path) or any(b not in {a, ANY} for a, b in zip(path, before, strict=False)):
        return None
    return (*led(new, old, path[: len(before)]), *path[len(before) :])


def entry_at(node: Node, path: Path) -> Entry:
    """The entry at a place that exists; of a list item, one whose key is the item itself."""
    entry = Entry(node.span, node)
    for part in path:
        if isinstance(entry.node, MappingNode):
            entry = entry.node.entries[str(part)]
        else:
            assert isinstance(entry.node, Sequence)
            assert isinstance(part, int)
            item = entry.node.items[part]
            entry = Entry(item.span, item)
    return entry


def edited(node: Node, path: Path, new: Node) -> Node:
    """The tree with another value at a place that exists."""
    if not path:
        return new
    part, *rest = path
    if isinstance(node, MappingNode):
        entry = node.entries[str(part)]
        below = edited(entry.node, tuple(rest), new)
        return _with(node, {**node.entries, str(part): Entry(entry.span, below)})
    assert isinstance(node, Sequence)
    items = list(node.items)
    items[int(part)] = edited(items[int(part)], tuple(rest), new)
    return Sequence(tuple(items), node.span)


def reshaped(node: MappingNode, plan: Mapping[Path, Path | None]) -> MappingNode:
    """The tree with entries elsewhere, all at once; an entry that goes nowhere is gone.

    A mapping that loses all its entries goes too. An entry that stays in its mapping keeps its place there.

    Raises:
        OccupiedError: If something that stays stands where an entry should go.
    """
    carried: dict[Path, Entry] = {}
    tree = _without(node, plan, (), carried) or _with(node, {})
    for path, entry in carried.items():
        tree = put(tree, path, entry)
    assert isinstance(tree, MappingNode)
    return tree


def _without(
    node: Node, plan: Mapping[Path, Path | None], at: Path, carried: dict[Path, Entry]
) -> Node | None:
    """A tree after its entries have left; None if all did."""
    if not any(path[: len(at)] == at for path in plan):
        return node
    if isinstance(node, Sequence):
        items = [_without(item, plan, (*at, position), carried) for position, item in enumerate(node.items)]
        empty = MappingNode(MappingProxyType({}), node.span)
        return Sequence(tuple(empty if item is None else item for item in items), node.span)
    if not isinstance(node, MappingNode):
        return node
    entries: dict[str, Entry] = {}
    for key, entry in node.entries.items():
        here = (*at, key)
        if here in plan:
            target = plan[here]
            if target is not None and target[:-1] == at:
                name = str(target[-1])
                if name in entries:
                    raise OccupiedError(target, entries[name].span)
                entries[name] = entry
            elif target is not None:
                carried[target] = entry
            continue
        below = _without(entry.node, plan, here, carried)
        if below is not None and key in entries:
            raise OccupiedError(here, entry.span)
        if below is not None:
            entries[key] = entry if below is entry.node else Entry(entry.span, below)
    return _with(node, entries) if entries or not node.entries else None


def put(node: Node, path: Path, entry: Entry, at: Path = ()) -> Node:
    """The tree with an entry at a place that is free; mappings above it are made if they are missing.

    Raises:
        OccupiedError: If it is not.
    """
    key, *rest = path
    if isinstance(node, Sequence) and isinstance(key, int):
        items = list(node.items)
        items[key] = put(items[key], tuple(rest), entry, (*at, key))
        return Sequence(tuple(items), node.span)
    if not isinstance(node, MappingNode):
        raise OccupiedError(at, node.span)
    name, existing = str(key), node.entries.get(str(key))
    if not rest and existing is not None:
        raise OccupiedError((*at, key), existing.span)
    if not rest:
        return _with(node, {**node.entries, name: entry})
    span, below = existing or Entry(entry.span, MappingNode(MappingProxyType({}), entry.span))
    return _with(node, {**node.entries, name: Entry(span, put(below, tuple(rest), entry, (*at, key)))})


def _with(node: MappingNode, entries: Mapping[str, Entry]) -> MappingNode:
    return MappingNode(MappingProxyType(dict(entries)), node.span)
