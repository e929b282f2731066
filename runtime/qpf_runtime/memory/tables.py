"""The tables of an agent's memories. Every row says whose it is: agents and replicas may share a database."""

from hashlib import blake2b

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from qpf_runtime.database import TABLES

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

EPISODES = Table(
    "episodes",
    TABLES,
    Column("id", _NUMBER, primary_key=True),
    Column("at", String(32), nullable=False, index=True),
    Column("agent", String(40), nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("subject", String(200), nullable=False, index=True),
    Column("correlation_id", String(200), nullable=False, index=True),
    Column("content", JSON, nullable=False),
)

CAUSES = Table(
    "causes",
    TABLES,
    Column("id", _NUMBER, primary_key=True),
    Column("at", String(32), nullable=False, index=True),
    Column("agent", String(40), nullable=False),
    Column("cause", String(200), nullable=False),
    Column("effect", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("correlation_id", String(200), nullable=False),
    Column("exported", Boolean, nullable=False),
    UniqueConstraint("agent", "cause", "effect", "kind", name="uq_causes_edge"),
    Index("ix_causes_cause", "cause"),
    Index("ix_causes_effect", "effect"),
    Index("ix_causes_agent_exported", "agent", "exported"),
)
"""Edges from what caused to what it caused, each once."""

SEMANTIC = Table(
    "semantic",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("text", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("version", _NUMBER, nullable=False),
    Index("ix_semantic_agent_version", "agent", "version"),
)
"""Texts and their vectors, 32-bit floats, least significant byte first; `version`: when they last changed."""

SEMANTIC_VERSIONS = Table(
    "semantic_versions",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("version", _NUMBER, nullable=False, autoincrement=False),
)
"""Counts the changes of an agent's vectors: whoever holds them in memory sees which have changed."""


def fitted(text: str, most: int = 200) -> str:
    """Make a text fit into a column: PostgreSQL takes no NUL and nothing too long.

    Different texts stay different.
    """
    if len(text) <= most and "\0" not in text:
        return text
    mark = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{text.replace(chr(0), '?')[: most - len(mark) - 1]}~{mark}"
