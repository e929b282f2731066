"""What emitted tests need: sample packets, and stand-ins for agents that are not there."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic_core import to_json

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Delivery, Done, Receive, Settlement
from qpf_runtime.config import DeliveryConfig
from qpf_runtime.envelope import Json, PacketEnvelope, address
from qpf_runtime.packet import Packet

P = TypeVar("P", bound=Packet)


def sample(packet_type: type[P]) -> P:
    """Make a valid packet: every required field the plainest value it allows, every other its default."""
    schema = packet_type.model_json_schema()
    values = {
        name: _plainest(schema["properties"][name])
        for name, field in packet_type.model_fields.items()
        if field.is_required()
    }
    return packet_type.model_validate_json(to_json(values))


def _plainest(schema: Mapping[str, Json]) -> Json:
    match schema.get("type"):
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "array":
            return [_part(schema, "items")]
        case "object":
            return {"sample": _part(schema, "additionalProperties")}
        case _:
            return "sample"


def _part(schema: Mapping[str, Json], key: str) -> Json:
    part = schema.get(key)
    return _plainest(part) if isinstance(part, dict) else "sample"


def _number(schema: Mapping[str, Json]) -> Json:
    value: float = 1
    for bound in ("minimum", "exclusiveMinimum"):
        limit = schema.get(bound)
        if isinstance(limit, int | float):
            value = max(value, limit + (bound == "exclusiveMinimum"))
    limit = schema.get("maximum")
    if isinstance(limit, int | float):
        value = min(value, limit)
    return value


async def stand_in(agent: Agent, replies: Mapping[str, Packet] | None = None) -> list[PacketEnvelope]:
    """Play every agent that the routes name and the bus does not reach.

    Args:
        agent: The agent under test.
        replies: By output port, what is answered; a sample of the reply's type where none is given.

    Returns:
        What was sent to the stand-ins; it grows as the agent sends.
    """
    sent: list[PacketEnvelope] = []
    given = dict(replies or {})
    for target in sorted({route.target for routes in agent.config.routes.values() for route in routes}):
        if isinstance(agent.bus, InProcessBus) and not agent.bus.reaches(target):
            await agent.bus.collect(target, DeliveryConfig(), _player(agent, given, sent))
    return sent


def _player(agent: Agent, replies: Mapping[str, Packet], sent: list[PacketEnvelope]) -> Receive:
    async def play(delivery: Delivery) -> Settlement:
        envelope = delivery.envelope
        sent.append(envelope)
        port = envelope.source.partition(".")[2]
        owed = agent.reply_types.get(port) if port in agent.config.outputs else None
        reply = replies.get(port) or (sample(owed) if owed else None)
        if reply is None or agent.config.outputs[port].reply is None:
            return Done()
        answer = envelope.model_copy(
            update={
                "id": f"{envelope.id}-reply",
                "kind": reply.kind,
                "source": envelope.target,
                "target": envelope.source,
                "causation_id": envelope.id,
                "payload": reply.payload(),
                "path": (*envelope.path, address(envelope.agent, "stand_in")),
            }
        )
        return Done(answer)

    return play
