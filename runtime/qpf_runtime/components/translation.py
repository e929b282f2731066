"""The step that turns a partner's record into the fleet's own terms."""

from typing import cast

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import Json
from qpf_runtime.errors import PacketRejected
from qpf_runtime.turn import Turn

SEND_TO = "match_request"
DIGITS = 6


async def translate_record(agent: Agent, turn: Turn) -> None:
    """Turn quantities in a partner's units into levels between 0 and 1.

    Reads: the packet's `record_id`, `required` and `offered` (quantities by feature) and `full_scale` (by
    feature, the quantity that counts as level 1).
    Writes: `request_id`, `needs`, `capabilities`, and `send_to` (`match_request`, if that is a port of it).
    """
    fields = turn.packet.payload()
    scale = cast("dict[str, float]", fields["full_scale"])
    turn.facts["request_id"] = fields["record_id"]
    turn.facts["needs"] = _levels("required", cast("dict[str, float]", fields["required"]), scale)
    turn.facts["capabilities"] = _levels("offered", cast("dict[str, float]", fields["offered"]), scale)
    if SEND_TO in agent.packet_types:
        turn.facts["send_to"] = SEND_TO


def _levels(name: str, quantities: dict[str, float], scale: dict[str, float]) -> dict[str, Json]:
    levels: dict[str, Json] = {}
    for feature in sorted(quantities):
        full = scale.get(feature, 0.0)
        if full <= 0:
            msg = f"full_scale.{feature} must be above 0: {name} speaks of {feature}"
            raise PacketRejected(msg)
        levels[feature] = round(min(1.0, max(0.0, quantities[feature] / full)), DIGITS)
    return levels
