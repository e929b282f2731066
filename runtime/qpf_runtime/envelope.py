"""The envelope every packet travels in; knows nothing of what the payload means.

An address is `agent.port`. `source` is the output port a packet left by (or `outside`), `target` the
input port it goes to. A reply turns the two around and names the packet it answers in `causation_id`.
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import from_json

Json = JsonValue
Priority = Literal["critical", "high", "medium", "low"]

PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
"""From the most urgent to the least."""

ERROR = "error"
"""Kind of a reply that says what went wrong; its payload is written by `qpf_runtime.errors`."""

OUTSIDE = "outside"
"""Source of a packet that no agent sent."""

Identifier = Field(min_length=1, max_length=200)


class PacketEnvelope(BaseModel):
    """One packet on its way.

    Attributes:
        id: Its own identity; never used twice.
        kind: Kind of packet, as `glue.yaml` declares it.
        priority: How soon it is taken up.
        source: Address it comes from.
        target: Address it goes to.
        correlation_id: The same for all packets that one packet from outside set off.
        causation_id: The packet that caused this one; absent on the first.
        created_at: When it was made, with its time zone.
        schema_version: Version of the fleet's schema it was made by.
        payload: The packet's fields.
        path: Hops so far, `agent.method` each, oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: str = Identifier
    kind: str = Identifier
    priority: Priority = "medium"
    source: str = Identifier
    target: str = Identifier
    correlation_id: str = Identifier
    causation_id: str | None = None
    created_at: AwareDatetime
    schema_version: str = Identifier
    payload: dict[str, Json]
    path: tuple[str, ...] = ()

    @property
    def agent(self) -> str:
        """Name of the agent it goes to."""
        return self.target.partition(".")[0]

    @property
    def port(self) -> str:
        """Name of the port it goes to."""
        return self.target.partition(".")[2]

    @property
    def failed(self) -> bool:
        """Whether it is an error reply."""
        return self.kind == ERROR


def address(agent: str, port: str) -> str:
    """Spell the address of a port."""
    return f"{agent}.{port}"


def read_json(raw: bytes) -> Json:
    """Parse JSON from outside: no NaN, no infinities, bounded depth.

    Raises:
        ValueError: Naming line and column of the first thing that is not JSON.
    """
    parsed: Json = from_json(raw, allow_inf_nan=False)
    return parsed
