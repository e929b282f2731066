"""An agent that takes a question, writes, tells, and answers; and whoever is told."""

import asyncio
from typing import Any

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Delivery, Done
from qpf_runtime.config import DeliveryConfig, InputPort, OutputPort, Route
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import Unavailable
from qpf_runtime.packet import assemble
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Turn
from tests.runtime.world import Answer, Ask, answer_double, bound, config


class Listener:
    """Whoever is told things; remembers them."""

    def __init__(self) -> None:
        self.got: list[PacketEnvelope] = []
        self.third = asyncio.Event()

    async def receive(self, delivery: Delivery) -> Done:
        self.got.append(delivery.envelope)
        if len(self.got) == 3:
            self.third.set()
        reply = Answer(number=99)
        turned = {"kind": "answer", "source": delivery.envelope.target, "target": delivery.envelope.source}
        return Done(delivery.envelope.model_copy(update=turned | {"payload": reply.payload(), "digest": ""}))


async def listen(runtime: Runtime, name: str = "listener") -> Listener:
    listener = Listener()
    assert isinstance(runtime.bus, InProcessBus)
    await runtime.bus.collect(name, DeliveryConfig(), listener.receive)
    return listener


def telling(runtime: Runtime, *steps: Any, **changes: Any) -> Agent:
    """Make an agent that takes `ask`, tells `listener` by `news`, and answers."""
    settings = {
        "inputs": {"ask": InputPort(packet="ask", reply="answer")},
        "outputs": {"news": OutputPort(packet="ask")},
        "routes": {"news": (Route(target="listener", port="ask", packet="ask"),)},
    }
    agent = Agent(config("solo", **(settings | changes)), runtime)
    agent.on("ask", Ask, bound(agent, *(steps or (note, tell, answer_double))), Answer)
    agent.sends("news", Ask)
    return agent


async def note(agent: Agent, turn: Turn) -> None:
    await agent.memory.episodic.append("note", "s", {"id": turn.envelope.id}, turn.envelope.correlation_id)


async def tell(agent: Agent, turn: Turn) -> None:
    await agent.emit("news", assemble(Ask, turn.packet.payload()))


async def fail(_agent: Agent, _turn: Turn) -> None:
    message = "a bug"
    raise RuntimeError(message)


async def unavailable(_agent: Agent, _turn: Turn) -> None:
    message = "the store does not answer"
    raise Unavailable(message)


async def notes(agent: Agent) -> int:
    return len(await agent.memory.episodic.recall("note"))
