"""Semantic memory: finds what means the same, by the cosine of vectors."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from qpf_runtime.database import Database
from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError, RuntimeFault
from qpf_runtime.memory.tables import SEMANTIC, SEMANTIC_VERSIONS, fitted

if TYPE_CHECKING:
    from qpf_runtime.memory.embedding import Embedder, Vectors

MOST = 100_000
"""Most texts of one agent; beyond, PostgreSQL with pgvector is the place."""

DIGITS = 6
"""Scores that differ by less than these decimals are the same."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text that was found.

    Attributes:
        key: What it was remembered by.
        text: The text.
        metadata: What was remembered with it.
        score: Cosine of its vector and that of the text searched for: 1 the same direction, -1 the opposite.
    """

    key: str
    text: str
    metadata: Mapping[str, Json]
    score: float


class SemanticMemory(Protocol):
    """What things mean."""

    async def remember(self, key: str, text: str, metadata: Mapping[str, Json] | None = None) -> None:
        """Remember a text by a key, with the end of the turn; at once outside of one.

        Raises:
            ConfigurationError: If its vector is not of the dimensions the schema declares.
            Unavailable: If the database does not answer.
        """

    async def search(self, text: str, limit: int = 10, at_least: float = -1.0) -> tuple[Match, ...]:
        """Find texts that mean the same, most alike first, those equally alike by key.

        Args:
            text: What to search for.
            limit: Most matches.
            at_least: Lowest score.

        Raises:
            ConfigurationError: If a vector is not of the dimensions the schema declares.
            Unavailable: If the database does not answer.
        """

    async def forget(self, key: str) -> None:
        """Forget a text, with the end of the turn; at once outside of one."""


class SemanticMemoryFull(RuntimeFault):
    """There are as many texts as are searched one by one."""


@dataclass(frozen=True, slots=True)
class _Held:
    version: int
    keys: tuple[str, ...]
    rows: Mapping[str, tuple[str, Mapping[str, Json]]]
    vectors: "Vectors"


class TableMemory:
    """Vectors in a table of the agent's database, compared one by one with a copy in memory."""

    def __init__(
        self, database: Database, agent: str, embedder: "Embedder", dimensions: int, most: int = MOST
    ) -> None:
        self._database = database
        self._agent = agent
        self._embedder = embedder
        self._dimensions = dimensions
        self._most = most
        self._held: _Held | None = None

    async def remember(self, key: str, text: str, metadata: Mapping[str, Json] | None = None) -> None:
        """Remember a text by a key; see `SemanticMemory`."""
        from qpf_runtime.memory.embedding import embedded  # noqa: PLC0415 -- numpy only where it is used

        (vector,) = await embedded(self._embedder, [text], self._dimensions)
        row = {
            "agent": self._agent,
            "key": fitted(key),
            "text": text.replace("\0", "�"),
            "metadata": from_json(to_json(metadata or {}, inf_nan_mode="null")),
            "vector": vector.astype("<f4").tobytes(),
        }
        mine = SEMANTIC.c.agent == self._agent
        others = select(func.count()).where(mine, SEMANTIC.c.key != row["key"])

        def work(connection: Connection) -> None:
            if connection.execute(others).scalar_one() >= self._most:
                msg = (
                    f"agent {self._agent} remembers {self._most} texts, the most there may be; "
                    'memorytopology.semanticmemory.storagetype "pgvector" takes more'
                )
                raise SemanticMemoryFull(msg)
            statement = _dialect(connection).insert(SEMANTIC).values(row)
            changed = {name: row[name] for name in ("text", "metadata", "vector")}
            connection.execute(statement.on_conflict_do_update(index_elements=["agent", "key"], set_=changed))
            self._changed(connection)

        await self._database.write(work)

    async def search(self, text: str, limit: int = 10, at_least: float = -1.0) -> tuple[Match, ...]:
        """Find texts that mean the same; see `SemanticMemory`. What this turn remembers is not among them."""
        from qpf_runtime.memory.embedding import embedded  # noqa: PLC0415 -- as above

        (vector,) = await embedded(self._embedder, [text], self._dimensions)
        held = await self._current()
        return await asyncio.to_thread(_best, held, vector, limit, at_least)

    async def forget(self, key: str) -> None:
        """Forget a text; see `SemanticMemory`."""
        gone = delete(SEMANTIC).where(SEMANTIC.c.agent == self._agent, SEMANTIC.c.key == fitted(key))

        def work(connection: Connection) -> None:
            connection.execute(gone)
            self._changed(connection)

        await self._database.write(work)

    def _changed(self, connection: Connection) -> None:
        statement = _dialect(connection).insert(SEMANTIC_VERSIONS).values(agent=self._agent, version=1)
        count = {"version": SEMANTIC_VERSIONS.c.version + 1}
        connection.execute(statement.on_conflict_do_update(index_elements=["agent"], set_=count))

    async def _current(self) -> _Held:
        held = self._held
        which = select(SEMANTIC_VERSIONS.c.version).where(SEMANTIC_VERSIONS.c.agent == self._agent)
        query = select(SEMANTIC).where(SEMANTIC.c.agent == self._agent)

        def work(connection: Connection) -> tuple[int, list[Any]]:
            version = connection.execute(which).scalar() or 0
            if held is not None and held.version == version:
                return version, []
            return version, list(connection.execute(query))

        version, rows = await self._database.run(work)
        if held is not None and held.version == version:
            return held
        self._held = await asyncio.to_thread(_hold, self._agent, version, rows, self._dimensions)
        return self._held


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _hold(agent: str, version: int, rows: list[Any], dimensions: int) -> _Held:
    import numpy as np  # noqa: PLC0415 -- numpy only where it is used

    size = 4 * dimensions
    for row in rows:
        if len(row.vector) != size:
            msg = (
                f'agent {agent}: the vector of "{row.key}" has {len(row.vector) // 4} dimensions, '
                f"memorytopology.semanticmemory.dimensions is {dimensions}; forget it, or remember it anew"
            )
            raise ConfigurationError(msg)
    rows.sort(key=lambda row: str(row.key))
    vectors = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4").reshape(-1, dimensions)
    found = {row.key: (row.text, row.metadata) for row in rows}
    return _Held(version, tuple(found), found, vectors.astype(np.float32))


def _best(held: _Held, vector: "Vectors", limit: int, at_least: float) -> tuple[Match, ...]:
    import numpy as np  # noqa: PLC0415 -- as above

    scores = np.round(held.vectors @ vector, DIGITS)
    matches = []
    # Rows are in the order of their keys, and a stable sort leaves equal ones in it.
    for at in np.argsort(-scores, kind="stable")[: max(limit, 0)]:
        score = float(scores[at])
        if score < at_least:
            break
        key = held.keys[at]
        text, metadata = held.rows[key]
        matches.append(Match(key, text, metadata, score))
    return tuple(matches)
