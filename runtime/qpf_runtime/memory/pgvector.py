"""Semantic memory in PostgreSQL: pgvector compares the vectors, in the database, exactly."""

from collections.abc import Mapping
from typing import Any

from pgvector import Vector
from pydantic_core import to_json
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from qpf_runtime.database import Database
from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.memory.embedding import Embedder, embedded
from qpf_runtime.memory.semantic import DIGITS, Match
from qpf_runtime.memory.tables import fitted

TABLE = "semantic_pgvector"
"""Not among `TABLES`: where no extension is, there is no such table."""

# No fixed number of dimensions: agents of several may share a database.
_TABLE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
  agent varchar(40) NOT NULL, key varchar(200) NOT NULL, text text NOT NULL, metadata json NOT NULL,
  vector vector NOT NULL, PRIMARY KEY (agent, key)
)
"""

_REMEMBER = text(f"""
INSERT INTO {TABLE} VALUES (:agent, :key, :text, CAST(:metadata AS json), CAST(:vector AS vector))
ON CONFLICT (agent, key) DO UPDATE
SET text = excluded.text, metadata = excluded.metadata, vector = excluded.vector
""")  # noqa: S608 -- the name of a table of ours

_OTHER_DIMENSIONS = text(f"""
SELECT key, vector_dims(vector) AS dimensions FROM {TABLE}
WHERE agent = :agent AND vector_dims(vector) <> :dimensions ORDER BY key LIMIT 1
""")  # noqa: S608 -- as above

# The distance to or from a vector of length 0 is no number: it is alike to nothing, and scores 0.
_SEARCH = text(f"""
SELECT key, text, metadata, score FROM (
  SELECT key, text, metadata,
    round(CAST(1 - coalesce(nullif(vector <=> CAST(:vector AS vector), 'NaN'), 1) AS numeric), {DIGITS})
      AS score
  FROM {TABLE} WHERE agent = :agent
) AS found
WHERE score >= :at_least ORDER BY score DESC, key COLLATE "C" LIMIT :limit
""")  # noqa: S608 -- as above

_NOT_THERE = {"0A000", "42501", "58P01"}
"""What PostgreSQL says of an extension it has no files of, or that this user may not create."""

_FORGET = text(f"DELETE FROM {TABLE} WHERE agent = :agent AND key = :key")  # noqa: S608 -- as above


def make_table(connection: Connection) -> None:
    """Make the extension and the table, unless they are there.

    Raises:
        ConfigurationError: If the server has no such extension, or the user may not create it.
    """
    if connection.exec_driver_sql(f"SELECT to_regclass('{TABLE}')").scalar() is not None:
        return
    try:
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_THERE:
            raise
        reason = str(error.orig).strip().splitlines()[0]
        remedy = (
            "install pgvector on the server and let an administrator run CREATE EXTENSION vector in this "
            'database, or declare memorytopology.semanticmemory.storagetype "numpy"'
        )
        msg = f"the PostgreSQL of DATABASE_URL has no extension vector ({reason}): {remedy}"
        raise ConfigurationError(msg) from None
    connection.exec_driver_sql(_TABLE)


class PgVectorMemory:
    """What things mean, in PostgreSQL with pgvector; the law is that of `SemanticMemory`."""

    def __init__(self, database: Database, agent: str, embedder: Embedder, dimensions: int) -> None:
        self._database = database
        self._agent = agent
        self._embedder = embedder
        self._dimensions = dimensions

    async def remember(self, key: str, text: str, metadata: Mapping[str, Json] | None = None) -> None:
        """Remember a text by a key, with the end of the turn; at once outside of one."""
        row = {
            "agent": self._agent,
            "key": fitted(key),
            "text": text.replace("\0", "�"),
            "metadata": to_json(metadata or {}, inf_nan_mode="null").decode(),
            "vector": await self._vector(text),
        }
        await self._database.write(lambda connection: connection.execute(_REMEMBER, row))

    async def search(self, text: str, limit: int = 10, at_least: float = -1.0) -> tuple[Match, ...]:
        """Find texts that mean the same, most alike first. What this turn remembers is not among them."""
        about = {"agent": self._agent, "dimensions": self._dimensions}
        wanted = about | {
            "vector": await self._vector(text),
            "limit": max(limit, 0),
            "at_least": at_least,
        }

        def work(connection: Connection) -> list[Any]:
            other = connection.execute(_OTHER_DIMENSIONS, about).first()
            if other is not None:
                msg = (
                    f'agent {self._agent}: the vector of "{other.key}" has {other.dimensions} dimensions, '
                    f"memorytopology.semanticmemory.dimensions is {self._dimensions}; "
                    "forget it, or remember it anew"
                )
                raise ConfigurationError(msg)
            return list(connection.execute(_SEARCH, wanted))

        rows = await self._database.run(work)
        return tuple(Match(row.key, row.text, row.metadata, float(row.score)) for row in rows)

    async def forget(self, key: str) -> None:
        """Forget a text, with the end of the turn; at once outside of one."""
        row = {"agent": self._agent, "key": fitted(key)}
        await self._database.write(lambda connection: connection.execute(_FORGET, row))

    async def _vector(self, text: str) -> str:
        (vector,) = await embedded(self._embedder, [text], self._dimensions)
        return str(Vector(vector).to_text())
