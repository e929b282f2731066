"""Values of fields that are new since a migration, where nobody wrote one.

They are put in when all layers are merged, so that they beat nothing that anybody wrote, in whatever layer,
be it null; and for documents of every version, so that rewriting one for a later version changes nothing.
Where the mapping is missing that such a field belongs to, it is missing too.
"""

from collections.abc import Iterable
from types import MappingProxyType

from qpf.evolution.history import Default
from qpf.evolution.places import entry_at, matches, put, written
from qpf.evolution.values import node_of
from qpf.model.layer import MIGRATION, Contribution
from qpf.model.node import Entry, Node
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, parse_path
from qpf.model.span import start_of


def fill(body: MappingNode, defaults: Iterable[Default]) -> tuple[MappingNode, tuple[Contribution, ...]]:
    """Put in what nobody set.

    Args:
        body: A merged document.
        defaults: What is new.

    Returns:
        The document, and what each migration says about it.
    """
    tree: Node = body
    said: list[Contribution] = []
    for default in defaults:
        *above, key = parse_path(default.path)
        for place in tuple(matches(tree, written(tuple(above)))):
            parent = entry_at(tree, place).node
            if isinstance(parent, MappingNode) and str(key) not in parent.entries and _by_keys(place):
                span = default.span or start_of(f"plugin {default.step.author}")
                entry = Entry(span, node_of(default.value, span))
                tree = put(tree, (*place, key), entry)
                said.append(Contribution(MIGRATION, default.step.title, _alone((*place, key), entry)))
    assert isinstance(tree, MappingNode)
    return tree, tuple(said)


def _by_keys(path: Path) -> bool:
    """Whether a path goes through no list: items have no names that another layer could speak of."""
    return not any(isinstance(part, int) for part in path)


def _alone(path: Path, entry: Entry) -> MappingNode:
    """A document that says nothing else."""
    span = entry.span
    node = put(MappingNode(MappingProxyType({}), span), path, entry)
    assert isinstance(node, MappingNode)
    return node
