"""What `environment.yaml` may say under `options.messaging`: facts about the environment's NATS server."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from qpf.api import Environment, thaw

NAME = "messaging"

Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$")]
NamespaceName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class Options(BaseModel):
    """Facts about the NATS server that carries the packets of an environment."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    server: Host = Field(
        default="localhost:4222",
        description="Host and port of the server, as readers of the AsyncAPI document are told.",
        examples=["nats.messaging:4222"],
    )
    replicas: Literal[1, 3, 5] = Field(
        default=1,
        description="How many servers of a cluster keep each stream; an odd number of them.",
        json_schema_extra={"unit": "servers"},
    )
    namespace: NamespaceName | None = Field(
        default=None,
        description="Where the objects of the JetStream controller live; absent: where they are applied.",
        examples=["messaging"],
    )


def options_of(environment: Environment) -> Options:
    """The options of an environment, typed."""
    return Options.model_validate(thaw(environment.settings.options.get(NAME, {})))
