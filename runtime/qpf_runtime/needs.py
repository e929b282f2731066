"""What the stores that a schema declares need: an address in a variable, and a package."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

from qpf_runtime.config import AgentConfig

OFFLINE = "offline"
"""Name of the embedder that needs no model and no server."""


@dataclass(frozen=True, slots=True, repr=False)
class StoreUrls:
    """Where servers are; None where nobody said. They may hold passwords: they are never shown.

    Attributes:
        database: PostgreSQL, `postgresql://[user[:password]@]host[:port]/database`.
        redis: Redis, `redis://[user:password@]host:port/number`.
        neo4j: Neo4j, `neo4j://[user:password@]host:port`.
        archive: A place as fsspec spells it: `s3://bucket/prefix`, a folder …
    """

    database: str | None = None
    redis: str | None = None
    neo4j: str | None = None
    archive: str | None = None


class Need(NamedTuple):
    """What a store needs.

    Attributes:
        url: The field of `StoreUrls` that names it.
        variable: The environment variable that this comes from.
        module: The module that must be there.
        extra: The extra of this package that brings it.
    """

    url: str
    variable: str
    module: str
    extra: str


NEEDS = {
    ("workingmemory", "redis"): Need("redis", "REDIS_URL", "redis", "redis"),
    ("workingmemory", "redis_cluster"): Need("redis", "REDIS_URL", "redis", "redis"),
    ("episodicmemory", "postgresql"): Need("database", "DATABASE_URL", "psycopg", "postgres"),
    ("semanticmemory", "pgvector"): Need("database", "DATABASE_URL", "pgvector", "postgres"),
    ("causalmemory", "neo4j"): Need("neo4j", "NEO4J_URL", "neo4j", "neo4j"),
    ("archive", "s3"): Need("archive", "ARCHIVE_URL", "s3fs", "s3"),
}
"""What is needed, by layer of the memory topology and storage type."""

HERE = {
    "workingmemory": {"in_process"},
    "episodicmemory": {"sqlite"},
    "semanticmemory": {"none", "numpy"},
    "causalmemory": {"none", "sql"},
    "archive": {"none", "local"},
}
"""What needs nothing."""


def missing(config: AgentConfig, urls: StoreUrls) -> Iterable[str]:
    """List what an agent's stores need and is not there: field, value, what is missing, and the remedy."""
    for layer, here in HERE.items():
        kind = getattr(config.memory, layer).storagetype
        if kind in here:
            continue
        field = f'memorytopology.{layer}.storagetype is "{kind}"'
        need = NEEDS.get((layer, kind))
        if need is None:
            known = sorted(here | {name for of, name in NEEDS if of == layer})
            yield f"{field}, this runtime knows " + ", ".join(f'"{name}"' for name in known)
        elif not getattr(urls, need.url):
            yield f"{field}, and {need.variable} is not set"
        elif find_spec(need.module) is None:
            yield f"{field}, and {need.module} is not installed: pip install 'qpf-runtime[{need.extra}]'"
    semantic = config.memory.semanticmemory.storagetype
    episodic = config.memory.episodicmemory.storagetype
    if semantic == "pgvector" and episodic != "postgresql" and urls.database:
        field = f'memorytopology.semanticmemory.storagetype is "{semantic}"'
        yield (
            f'{field}, and memorytopology.episodicmemory.storagetype is "{episodic}": '
            'an agent has one database, declare "postgresql" or "numpy"'
        )
