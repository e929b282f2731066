"""What agents need beside them on one machine: the stores that their memory is declared to be in."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from qpf.api import Agent, Environment
from qpf_plugins.compose.options import Options

Part = dict[str, Any]

PASSWORD = "${STORE_PASSWORD:?set it in .env beside this file}"  # noqa: S105 -- a reference, no password
"""Refuses to start without: no password stands in a file of the repository."""


class Store(Struct, frozen=True):
    """A store, and how agents reach it.

    Attributes:
        name: Its service.
        memories: Which memories, of which storage type, are kept in it.
        variable: The environment variable an agent finds it by.
        url: Its address; `{agent}` is the agent's name.
    """

    name: str
    memories: tuple[tuple[str, str], ...]
    variable: str
    url: str

    def serves(self, agent: Agent) -> bool:
        """Whether an agent keeps something in it."""
        memory = agent.values["memorytopology"]
        return any(memory[name]["storagetype"] == kind for name, kind in self.memories)


REDIS = Store(
    "redis",
    (("workingmemory", "redis"), ("workingmemory", "redis_cluster")),
    "REDIS_URL",
    f"redis://:{PASSWORD}@redis:6379/0",
)
POSTGRES = Store(
    "postgres",
    (("episodicmemory", "postgresql"), ("semanticmemory", "pgvector")),
    "DATABASE_URL",
    f"postgresql://qpf:{PASSWORD}@postgres:5432/{{agent}}",
)
NEO4J = Store("neo4j", (("causalmemory", "neo4j"),), "NEO4J_URL", f"neo4j://neo4j:{PASSWORD}@neo4j:7687")
STORES = (NEO4J, POSTGRES, REDIS)


def stores_of(agent: Agent) -> tuple[Store, ...]:
    """The stores that an agent keeps something in, by name."""
    return tuple(store for store in STORES if store.serves(agent))


def addresses(agent: Agent) -> Mapping[str, str]:
    """By environment variable, where an agent finds its stores."""
    return {store.variable: store.url.replace("{agent}", agent.name) for store in stores_of(agent)}


def services(environment: Environment, options: Options) -> Iterator[tuple[str, Part]]:
    """The services of the stores that some agent of an environment needs."""
    needed = {store.name for agent in environment.agents.values() for store in stores_of(agent)}
    if "neo4j" in needed:
        yield (
            "neo4j",
            _service(
                options.neo4j,
                "neo4j",
                "/data",
                ["CMD", "neo4j", "status"],
                {"NEO4J_AUTH": f"neo4j/{PASSWORD}"},
            ),
        )
    if "postgres" in needed:
        yield (
            "postgres",
            {
                **_service(
                    options.postgres,
                    "postgres",
                    "/var/lib/postgresql/data",
                    ["CMD", "pg_isready", "-U", "qpf"],
                    {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_USER": "qpf"},
                ),
                "configs": [{"source": "databases", "target": "/docker-entrypoint-initdb.d/agents.sql"}],
            },
        )
    if "redis" in needed:
        yield (
            "redis",
            {
                **_service(
                    options.redis, "redis", "/data", ["CMD", "redis-cli", "ping"], {"REDISCLI_AUTH": PASSWORD}
                ),
                "command": ["redis-server", "--appendonly", "yes", "--requirepass", PASSWORD],
            },
        )


def databases(environment: Environment) -> str:
    """What makes a database for each agent that wants one."""
    names = [name for name, agent in environment.agents.items() if POSTGRES.serves(agent)]
    return "".join([f'CREATE DATABASE "{name}";\n' for name in names])


def _service(image: str, name: str, folder: str, test: list[str], variables: Mapping[str, str]) -> Part:
    return {
        "environment": dict(variables),
        "healthcheck": {"interval": "2s", "retries": 30, "test": test, "timeout": "5s"},
        "image": image,
        "restart": "unless-stopped",
        "volumes": [f"{name}:{folder}"],
    }
