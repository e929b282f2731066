"""A migration that tells changes of schemas, to be completed by a person."""

from collections.abc import Sequence

from qpf.model.schema_change import SchemaChange


def skeleton(changes: Sequence[SchemaChange], old: str, new: str) -> str:
    """The file."""
    del changes
    return f"from: {old}\nto: {new}\noperations: []\n"
