"""Steps at the head of a flow: is the packet sound, how urgent is it, who else must have it."""

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import Json
from qpf_runtime.errors import PacketRejected, Transient
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn

SKEW = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""

URGENT = ("critical", "high")


async def validate_packet(agent: Agent, turn: Turn) -> None:
    """Refuse a packet that has the right shape and cannot be right.

    Refuses: a blank name or identifier (field `*_id`), a blank key; and for the time being a packet from the
    future: a clock was set wrong, perhaps our own, and may be right when the packet comes again.
    Writes: `validated`.
    """
    if turn.envelope.created_at > agent.clock.now() + SKEW:
        msg = f"the packet was made at {turn.envelope.created_at.isoformat()}, which is still to come"
        raise Transient(msg)
    for problem in _problems(turn.packet.payload()):
        raise PacketRejected(problem)
    turn.facts["validated"] = True


async def route_packet(agent: Agent, turn: Turn) -> None:
    """Find out which way the packet goes.

    Writes: `lane` (`fast` for critical and high priority, else `regular`), `receivers` (agents behind
    the output port that carries this kind of packet; empty if it ends here).
    """
    turn.facts["lane"] = "fast" if turn.envelope.priority in URGENT else "regular"
    port = _port_of_kind(agent, turn.envelope.kind)
    routes = agent.config.routes.get(port, ()) if port else ()
    turn.facts["receivers"] = [route.target for route in routes]


async def dispatch_to_handler(agent: Agent, turn: Turn) -> None:
    """Forward the packet, unchanged, by the output port that carries its kind.

    Writes: `dispatched_to` (the port). Refuses a packet no output port carries.
    """
    port = _port_of_kind(agent, turn.envelope.kind)
    if port is None:
        msg = f"agent {agent.config.name} has no output port that carries {turn.envelope.kind}"
        raise PacketRejected(msg)
    await agent.emit(port, assemble(agent.packet_types[port], turn.packet.payload()))
    turn.facts["dispatched_to"] = port


def _port_of_kind(agent: Agent, kind: str) -> str | None:
    ports = sorted(port for port, sent in agent.packet_types.items() if sent.kind == kind)
    return ports[0] if ports else None


def _problems(fields: Mapping[str, Json]) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, str) and name.endswith("_id") and not value.strip():
            yield f"{name} is blank"
        if isinstance(value, Mapping):
            yield from (f"{name} has a blank key" for key in value if not key.strip())
            yield from (
                f"{name}.{key} is not finite"
                for key, number in value.items()
                if isinstance(number, float) and not math.isfinite(number)
            )
