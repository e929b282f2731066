"""The runtime's own bus gets by with the permissions that are emitted, and with no more."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qpf_runtime.bus.declare import BusDeclaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.port import Dead, Delivery, Done, Settlement
from qpf_runtime.bus.provision import apply
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import Json, PacketEnvelope
from qpf_runtime.errors import Undeliverable
from tests.messaging.compiled import bus_file, configs
from tests.messaging.test_authorization import OPERATOR, Bus, bus

__all__ = ["bus"]  # a fixture

PAYLOAD: dict[str, Json] = {"request_id": "one", "needs": {}, "capabilities": {}}


def packet(identity: str, source: str = "main_agent.score_request") -> PacketEnvelope:
    """A question for the scorer."""
    now = datetime.now(UTC)
    return PacketEnvelope(
        id=identity,
        kind="score_request",
        priority="high",
        source=source,
        target="tensoraios.score_request",
        correlation_id=identity,
        created_at=now,
        deadline=now + timedelta(minutes=1),
        schema_version="6.0.0",
        payload=dict(PAYLOAD),
    )


def member(bus: Bus, name: str) -> NatsBus:
    """The bus as an agent opens it, with its own key."""
    url = f"nats://127.0.0.1:{bus.port}"
    return NatsBus(url, Topology("l9", "dev"), name, seed=Path(bus.keys.seeds[name]))


async def handle(delivery: Delivery) -> Settlement:
    """Answer a good question; give up a bad one."""
    asked = delivery.envelope
    if asked.id == "bad":
        return Dead("step_failed", "it is bad")
    turned = {"id": f"{asked.id}-reply", "source": asked.target, "target": asked.source}
    return Done(asked.model_copy(update={**turned, "kind": "score_result", "causation_id": asked.id}))


@pytest.mark.network
def test_agents_ask_answer_and_give_up_with_what_they_may(bus: Bus) -> None:
    async def scenario() -> None:
        operator = await bus.user(OPERATOR, [])
        await apply(operator.jetstream(), BusDeclaration.model_validate_json(bus_file("dev", "bus.json")))
        agents = {config.name: config for config in configs("dev")}
        scorer, asker, stranger = (
            member(bus, name) for name in ("tensoraios", "main_agent", "plastos_adapter")
        )
        for each in (scorer, asker, stranger):
            await each.open()
        try:
            await scorer.subscribe(agents["tensoraios"], handle)
            reply = await asker.request(packet("good"), within=20)
            assert reply is not None
            assert reply.causation_id == "good"
            dead = await operator.subscribe("qpf.l9.dev.dead.*")
            await operator.flush()
            await asker.publish(packet("bad"))
            assert (await dead.next_msg(timeout=20)).subject == "qpf.l9.dev.dead.tensoraios"
            with pytest.raises(Undeliverable):
                await stranger.publish(packet("forged"))
        finally:
            for each in (asker, stranger, scorer):
                await each.close(5)
            await operator.close()

    asyncio.run(scenario())
