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
    """What the table held at a version: a row of `vectors` for each of `rows`, and where each key is."""

    version: int
    rows: tuple[tuple[str, str, Mapping[str, Json]], ...]
    places: Mapping[str, int]
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
            changed = {name: row[name] for name in ("text", "metadata", "vector")}
            changed["version"] = self._next_version(connection)
            statement = _dialect(connection).insert(SEMANTIC).values(row | changed)
            connection.execute(statement.on_conflict_do_update(index_elements=["agent", "key"], set_=changed))

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
            self._next_version(connection)
            connection.execute(gone)

        await self._database.write(work)

    def _next_version(self, connection: Connection) -> int:
        # Its row is locked until the transaction ends: who reads a version has read all that led to it.
        statement = _dialect(connection).insert(SEMANTIC_VERSIONS).values(agent=self._agent, version=1)
        count = {"version": SEMANTIC_VERSIONS.c.version + 1}
        statement = statement.on_conflict_do_update(index_elements=["agent"], set_=count)
        return int(connection.execute(statement.returning(SEMANTIC_VERSIONS.c.version)).scalar_one())

    async def _current(self) -> _Held:
        held = self._held
        if held is not None:
            version, count, rows = await self._since(held.version)
            if version == held.version:
                return held
            held = await asyncio.to_thread(_merged, held, version, rows, self._dimensions)
            if len(held.rows) != count:
                held = None  # some were forgotten
        if held is None:
            version, _, rows = await self._since(0)
            held = await asyncio.to_thread(_merged, None, version, rows, self._dimensions)
        self._held = held
        return held

    async def _since(self, version: int) -> tuple[int, int, list[Any]]:
        """Give the version, how many rows there are, and those that changed after some version."""
        mine = SEMANTIC.c.agent == self._agent
        which = select(SEMANTIC_VERSIONS.c.version).where(SEMANTIC_VERSIONS.c.agent == self._agent)
        query = select(SEMANTIC).where(mine, SEMANTIC.c.version > version).order_by(SEMANTIC.c.key)
        number = select(func.count()).where(mine)

        def work(connection: Connection) -> tuple[int, int, list[Any]]:
            now = connection.execute(which).scalar() or 0
            if now == version:
                return now, 0, []
            return now, connection.execute(number).scalar_one(), list(connection.execute(query))

        return await self._database.run(work)


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _merged(held: _Held | None, version: int, changed: list[Any], dimensions: int) -> _Held:
    import numpy as np  # noqa: PLC0415 -- numpy only where it is used

    rows = list(held.rows) if held else []
    places = dict(held.places) if held else {}
    vectors = held.vectors.copy() if held else np.zeros((0, dimensions), dtype=np.float32)
    fresh = []
    for row in changed:
        vector = np.frombuffer(row.vector, dtype="<f4")
        if len(vector) != dimensions:
            msg = (
                f'agent {row.agent}: the vector of "{row.key}" has {len(vector)} dimensions, '
                f"memorytopology.semanticmemory.dimensions is {dimensions}; forget it, or remember it anew"
            )
            raise ConfigurationError(msg)
        found = (row.key, row.text, row.metadata)
        if row.key in places:
            rows[places[row.key]] = found
            vectors[places[row.key]] = vector
        else:
            places[row.key] = len(rows)
            rows.append(found)
            fresh.append(vector)
    if fresh:
        vectors = np.concatenate([vectors, np.stack(fresh)])
    return _Held(version, tuple(rows), places, vectors)


def _best(held: _Held, vector: "Vectors", limit: int, at_least: float) -> tuple[Match, ...]:
    import numpy as np  # noqa: PLC0415 -- as above

    if limit <= 0 or not held.rows:
        return ()
    scores = np.round(held.vectors @ vector, DIGITS)
    lowest = np.partition(scores, -limit)[-limit] if limit < len(scores) else -1.0
    matches = [
        Match(*held.rows[at], float(scores[at])) for at in np.flatnonzero(scores >= max(lowest, at_least))
    ]
    return tuple(sorted(matches, key=lambda match: (-match.score, match.key))[:limit])
