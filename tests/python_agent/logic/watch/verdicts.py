"""Hand-written steps of the fixture fleet: judge a reading, and tell who listens."""

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import Json
from qpf_runtime.turn import Turn

LIMIT = 80.0


async def judge(_agent: Agent, turn: Turn) -> None:
    """Find out whether the reading is an alarm."""
    celsius = turn.packet.payload()["celsius"]
    turn.facts["alarm"] = isinstance(celsius, float | int) and celsius > LIMIT


async def sound(agent: Agent, turn: Turn) -> None:
    """Answer with the verdict, and send it on."""
    verdict: dict[str, Json] = {"sensor": turn.packet.payload()["sensor"], "alarm": turn.facts["alarm"]}
    turn.reply = agent.reply_types["reading"].read(verdict)
    await agent.emit("alarm", agent.packet_types["alarm"].read(verdict))
