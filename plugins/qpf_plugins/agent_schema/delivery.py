"""Part `delivery` of section `communicationstack`: how packets get in, and what becomes of the others."""

from typing import Annotated

from pydantic import Field

from qpf_plugins.agent_schema.fields import Retention, SectionModel

Seconds = Annotated[float, Field(gt=0.0, le=86_400.0)]


class Delivery(SectionModel):
    """How packets get to the agent, and what becomes of those it cannot handle."""

    concurrency: int = Field(
        default=8,
        ge=1,
        le=10_000,
        description="How many packets one replica handles at a time.",
        json_schema_extra={"unit": "packets"},
    )
    queue_limit: int = Field(
        default=10_000,
        ge=1,
        le=100_000_000,
        description=(
            "How many packets of one sender and one priority may wait at a port; a sender whose queue is "
            "full waits itself."
        ),
        json_schema_extra={"unit": "packets"},
    )
    max_in_flight: int = Field(
        default=64,
        ge=1,
        le=100_000,
        description=(
            "How many packets of one priority may be handed out to all replicas together and not yet be "
            "acknowledged."
        ),
        json_schema_extra={"unit": "packets"},
    )
    ack_wait_seconds: float = Field(
        default=30.0,
        gt=0.0,
        le=86_400.0,
        description=(
            "How long the broker waits for a sign of life from whoever handles a packet before it hands the "
            "packet out again; longer than `deployment.timeout_ms`."
        ),
        json_schema_extra={"unit": "seconds"},
    )
    max_deliver: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="How often a packet is handed out before it becomes a dead letter.",
        json_schema_extra={"unit": "deliveries"},
    )
    backoff_seconds: list[Seconds] = Field(
        default=[1.0, 5.0, 15.0, 60.0],
        min_length=1,
        description=(
            "How long each new delivery waits after a passing failure, in order; the last one repeats. "
            "A later layer replaces the list."
        ),
        json_schema_extra={"unit": "seconds"},
        examples=[[0.5, 2.0, 10.0]],
    )
    dead_letter_retention: Retention = Field(
        default="30 days",
        description="How long a dead letter is kept, to be looked at and replayed.",
        examples=["30 days"],
    )
