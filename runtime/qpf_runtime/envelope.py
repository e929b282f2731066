"""The envelope every packet travels in; knows nothing of what the payload means.

An address is `agent.port`. `source` is the output port a packet left by (or `outside`), `target` the
input port it goes to. A reply turns the two around and names the packet it answers in `causation_id`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import from_json

Json = JsonValue
Priority = Literal["critical", "high", "medium", "low"]

PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
"""From the most urgent to the least."""

ERROR = "error"
"""Kind of a reply that says what went wrong; its payload is written by `qpf_runtime.errors`."""

OUTSIDE = "outside"
"""Source of a packet that no agent sent."""

LARGEST_PAYLOAD = 1024 * 1024
"""Most bytes of a payload."""

LONGEST_PATH = 256
"""Most hops an envelope tells of."""

Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
TraceParent = Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]


def _in_utc(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        msg = "is outside of the years 1 to 9999 in UTC"
        raise ValueError(msg) from None
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment that is one in UTC too: others cannot be stored."""

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class PacketEnvelope(BaseModel):
    """One packet on its way, version 1 of the envelope.

    Attributes:
        id: Its own identity. The same packet sent again has the same one.
        kind: Kind of packet, as `glue.yaml` declares it.
        packet_version: Version of that kind.
        priority: How soon it is taken up.
        source: Address it comes from.
        target: Address it goes to.
        correlation_id: The same for all packets that one packet from outside set off.
        causation_id: The packet that caused this one; absent on the first.
        created_at: When it was made, with its time zone.
        deadline: When nobody needs it any more; absent: it waits as long as it must.
        schema_version: Version of the fleet's schema it was made by.
        traceparent: W3C trace context of the work it belongs to.
        payload: The packet's fields.
        digest: Of the payload's bytes, `sha256:` and hexadecimal digits; filled in if it is left out.
        path: Hops so far, `agent.method` each, oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: Identifier
    kind: Identifier
    packet_version: int = Field(default=1, ge=1)
    priority: Priority = "medium"
    source: Identifier
    target: Identifier
    correlation_id: Identifier
    causation_id: Identifier | None = None
    created_at: Moment
    deadline: Moment | None = None
    schema_version: Identifier
    traceparent: TraceParent | None = None
    payload: dict[str, Json]
    digest: Digest = ""
    path: tuple[Annotated[str, Field(max_length=200)], ...] = Field(default=(), max_length=LONGEST_PATH)

    @model_validator(mode="after")
    def _fill_in_digest(self) -> Self:
        if not self.digest:
            raw = canonical(self.payload)
            if len(raw) > LARGEST_PAYLOAD:
                msg = f"the payload has {len(raw)} bytes; no bus takes more than {LARGEST_PAYLOAD}"
                raise ValueError(msg)
            self.__dict__["digest"] = digest(raw)
        return self

    @property
    def agent(self) -> str:
        """Name of the agent it goes to."""
        return self.target.partition(".")[0]

    @property
    def port(self) -> str:
        """Name of the port it goes to."""
        return self.target.partition(".")[2]

    @property
    def sender(self) -> str:
        """Name of the agent it comes from, or `outside`."""
        return self.source.partition(".")[0]

    @property
    def failed(self) -> bool:
        """Whether it is an error reply."""
        return self.kind == ERROR

    def expired(self, now: datetime) -> bool:
        """Tell whether its deadline has passed."""
        return self.deadline is not None and self.deadline <= now


def address(agent: str, port: str) -> str:
    """Spell the address of a port."""
    return f"{agent}.{port}"


def canonical(payload: Mapping[str, Json]) -> bytes:
    """Spell a payload as it is sent: sorted keys, no spaces, UTF-8."""
    text = json.dumps(  # noqa: TID251 -- the runtime stands without the compiler
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass")


def digest(raw: bytes) -> str:
    """Digest a payload's bytes."""
    return f"sha256:{sha256(raw).hexdigest()}"


def read_json(raw: bytes) -> Json:
    """Parse JSON from outside: no NaN, no infinities, bounded depth.

    Raises:
        ValueError: Naming line and column of the first thing that is not JSON.
    """
    parsed: Json = from_json(raw, allow_inf_nan=False)
    return parsed
