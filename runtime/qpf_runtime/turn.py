"""One packet's stay in one agent: what its steps read and leave behind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

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
    """

    envelope: PacketEnvelope
    packet: Packet
    facts: dict[str, Json] = field(default_factory=dict)
    confidence: float | None = None
    decision: Decision | None = None
    reply: Packet | None = None
    path: list[str] = field(default_factory=list)
    started: float | None = None


Step = Callable[[Turn], Awaitable[None]]
"""One method of a flow, bound to its agent."""
