"""Steps that make packets out of what a turn knows: to send, and to answer."""

from collections.abc import Mapping
from typing import Any

from qpf_runtime.agent import Agent
from qpf_runtime.errors import PacketRejected
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn


def known(turn: Turn) -> tuple[Mapping[str, Any], ...]:
    """List what a turn knows by field name: its decision first, then facts, then the packet that came."""
    verdict: dict[str, Any] = {}
    if turn.decision is not None:
        verdict = {
            "decision": turn.decision.outcome,
            "confidence": turn.decision.confidence,
            "reasons": turn.decision.reasons,
            "triggers": turn.decision.triggers,
            "severity": turn.decision.severity,
        }
    elif turn.confidence is not None:
        verdict = {"confidence": turn.confidence}
    return verdict, turn.facts, turn.packet.payload()


async def build_packet(agent: Agent, turn: Turn) -> None:
    """Fill the packet of an output port by field name and send it.

    Reads: `send_to` (the port; default: the agent's only output port), and any fact named as a field.
    Writes: `sent` (the port) and, if the port waits for a reply, `result` (the reply's fields).
    """
    port = turn.facts.get("send_to")
    if port is None and len(agent.packet_types) == 1:
        port = next(iter(agent.packet_types))
    if not isinstance(port, str) or port not in agent.packet_types:
        msg = f"nothing says which of the output ports {sorted(agent.packet_types)} to send by"
        raise PacketRejected(msg)
    packet = assemble(agent.packet_types[port], *known(turn))
    if agent.config.outputs[port].reply is None:
        await agent.emit(port, packet)
    else:
        turn.facts["result"] = (await agent.request(port, packet)).payload
    turn.facts["sent"] = port


async def build_reply(agent: Agent, turn: Turn) -> None:
    """Fill the reply that the port owes, by field name. Does nothing if a step made it, or none is owed.

    Reads: any fact named as a field, the decision, the packet that came.
    """
    reply_type = agent.reply_types.get(turn.envelope.port)
    if turn.reply is None and reply_type is not None and turn.envelope.port in agent.config.inputs:
        turn.reply = assemble(reply_type, *known(turn))
