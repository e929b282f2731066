"""What `environment.yaml` may say under `options.compose`: the images that stand beside the agents."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from qpf.api import Environment, thaw

NAME = "compose"

Image = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$")
]


class Options(BaseModel):
    """Images of what agents need beside them; pin them by digest where builds must be repeatable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    nats: Image = Field(default="nats:2-alpine", description="The broker, with JetStream.")
    redis: Image = Field(default="redis:8-alpine", description="Working memory of agents that want Redis.")
    postgres: Image = Field(
        default="pgvector/pgvector:pg17", description="Memory of agents that want PostgreSQL; with pgvector."
    )
    neo4j: Image = Field(default="neo4j:5", description="Causal memory of agents that want Neo4j.")


def options_of(environment: Environment) -> Options:
    """The options of an environment, typed."""
    return Options.model_validate(thaw(environment.settings.options.get(NAME, {})))
