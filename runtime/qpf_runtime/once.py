"""Inserts a row unless one of its key is there, in the words of each database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; tells whether it was not there."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    inserted = dialect.insert(table).values(**row).on_conflict_do_nothing()
    return bool(connection.execute(inserted).rowcount == 1)
