"""What people have to do about changes of schemas, as a page."""

from collections.abc import Sequence

from qpf.model.schema_change import SchemaChange


def guide(changes: Sequence[SchemaChange], old: str, new: str) -> str:
    """The page."""
    del changes
    return f"# From {old} to {new}\n"
