"""Adds up."""

from pydantic import BaseModel

from qpf_runtime.agent import Agent
from qpf_runtime.turn import Turn


class SumRequest(BaseModel):
    """What is read of the packet `sum_request`."""

    amounts: tuple[float, ...]


async def add_up(_agent: Agent, turn: Turn) -> None:
    """Leave the sum among the turn's facts."""
    turn.facts["sum"] = sum(SumRequest.model_validate(turn.packet.payload()).amounts)
