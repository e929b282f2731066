"""What both sides say of versions and migrations, held against what is seen to have changed."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from qpf.evolution.diff.fact import Fact
from qpf.model.schema_change import SchemaChange

if TYPE_CHECKING:
    from qpf.evolution.diff.contract import Contract


def lifecycle(
    old: "Contract", new: "Contract", seen: Collection[tuple[int, int]], changes: Collection[SchemaChange]
) -> Iterator[Fact]:
    """Differences of versions and migrations.

    Args:
        old: The earlier side.
        new: The later one.
        seen: Operations, by identity of their step and position, of which something is seen.
        changes: What differs in the schemas themselves.
    """
    del old, new, seen, changes
    yield from ()
