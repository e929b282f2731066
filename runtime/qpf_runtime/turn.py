"""One packet's stay in one agent: what its steps read and leave behind."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from qpf_runtime.envelope import Json, PacketEnvelope
from qpf_runtime.governance import Decision
from qpf_runtime.packet import Packet


@dataclass
class Turn:
    """What the steps of a flow hand on to each other.

    Attributes:
        envelope: The packet as it came.
        packet: Its payload, checked.
        facts: What steps found out, by name; plain JSON values.
        confidence: How sure the agent is, 0 to 1; absent until something measured it.
        decision: What the gate said; absent until it was asked.
        reply: What the sender gets.
        path: Hops so far, `agent.method` each, those of called agents included.
        started: When it began, by the agent's monotonic clock; absent if nobody looked.
        ends: When it must be over, by the same clock; absent if nobody waits.
        step: Number of the running step of the flow, from 0.
        seed: What the ids of the packets it sends are derived from: the same turn run again sends the same.
        outgoing: Packets that leave when the turn is over.
        sent: How many packets it has sent or asked by each route so far.
        ungoverned: How a step tried to get past the gate: the turn fails for it.
    """

    envelope: PacketEnvelope
    packet: Packet
    facts: dict[str, Json] = field(default_factory=dict)
    confidence: float | None = None
    decision: Decision | None = None
    reply: Packet | None = None
    path: list[str] = field(default_factory=list)
    started: float | None = None
    ends: float | None = None
    step: int = 0
    seed: str = ""
    outgoing: list[PacketEnvelope] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    ungoverned: str = ""


class Held(Protocol):
    """A turn that waits at the gate for a person."""

    @property
    def id(self) -> str:
        """Names it."""

    @property
    def envelope(self) -> PacketEnvelope:
        """The packet."""

    @property
    def facts(self) -> Mapping[str, Json]:
        """What was found out."""

    @property
    def confidence(self) -> float | None:
        """How sure the agent was."""

    @property
    def path(self) -> tuple[str, ...]:
        """Hops so far."""

    @property
    def step(self) -> int:
        """The step it waits in."""


current: ContextVar[Turn | None] = ContextVar("qpf_turn", default=None)
"""The turn this code runs in."""

Step = Callable[[Turn], Awaitable[None]]
"""One method of a flow, bound to its agent."""
