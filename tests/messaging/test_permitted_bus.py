"""A server that asks for names, as emitted: an agent can do its work, and nothing under another's name."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nkeys
import pytest

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.declare import BusDeclaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.port import Dead, Delivery, Done, Settlement
from qpf_runtime.bus.provision import apply
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import Json, PacketEnvelope
from qpf_runtime.errors import ConfigurationError, Undeliverable
from qpf_runtime.wire import write
from tests.messaging.compiled import bus_file, configs
from tests.messaging.test_authorization import OPERATOR, Bus, bus
from tests.runtime.nats_world import PATIENCE, until

__all__ = ["bus"]  # a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.network]

TOPOLOGY = Topology("l9", "dev")
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


def answer(asked: PacketEnvelope) -> PacketEnvelope:
    """What the scorer says to it."""
    turned = {"id": f"{asked.id}-reply", "source": asked.target, "target": asked.source}
    return asked.model_copy(update={**turned, "kind": "score_result", "causation_id": asked.id})


async def handle(delivery: Delivery) -> Settlement:
    """Answer a good question; give up a bad one."""
    asked = delivery.envelope
    return Dead("step_failed", "it is bad") if asked.id == "bad" else Done(answer(asked))


class Members:
    """Who is connected to the declared bus of the reference fleet, each with its own key."""

    def __init__(self, bus: Bus) -> None:
        self.keys = bus.keys.seeds
        self.url = f"nats://127.0.0.1:{bus.port}"
        self.joined: list[NatsBus] = []
        self.taken: list[str] = []

    async def join(self, name: str) -> NatsBus:
        """Connect as the runtime does."""
        made = NatsBus(self.url, TOPOLOGY, name, seed=Path(self.keys[name]))
        await made.open()
        self.joined.append(made)
        return made

    async def scorer(self) -> NatsBus:
        """Connect who answers; notes what it is handed."""
        config = next(config for config in configs("dev") if config.name == "tensoraios")
        made = await self.join("tensoraios")

        async def take(delivery: Delivery) -> Settlement:
            self.taken.append(delivery.envelope.id)
            return await handle(delivery)

        await made.subscribe(config, take)
        return made


@pytest.fixture
async def members(bus: Bus) -> AsyncIterator[Members]:
    operator = await bus.user(OPERATOR, [])
    await apply(operator.jetstream(), BusDeclaration.model_validate_json(bus_file("dev", "bus.json")))
    await operator.close()
    made = Members(bus)
    yield made
    for each in reversed(made.joined):
        await each.close(1)


async def test_an_agent_can_do_all_of_its_work_with_just_its_permissions(members: Members) -> None:
    operator = await members.join(OPERATOR)
    scorer, asker = await members.scorer(), await members.join("main_agent")
    for sender, asked in (
        (asker, packet("asked")),
        (operator, packet("from-outside", "outside")),
        (scorer, packet("by-http", "outside")),
    ):
        assert await sender.request(asked, PATIENCE) == answer(asked)
    await asker.publish(packet("bad"))
    assert await scorer.idle(PATIENCE)
    (letter,) = await operator.dead_letters.list()
    assert (letter.id, letter.agent) == ("bad", "tensoraios")
    await operator.dead_letters.replay("bad")
    assert await scorer.idle(PATIENCE)


async def test_a_forged_sender_is_refused_by_the_server(members: Members) -> None:
    stranger = await members.join("plastos_adapter")
    for source in ("main_agent.score_request", "outside", "plastos_adapter.score_request"):
        with pytest.raises(Undeliverable, match=r"does not let plastos_adapter send to qpf\.l9\.dev\.packet"):
            await stranger.publish(packet("forged", source))
    assert stranger.connected


async def test_nobody_reads_or_settles_what_is_another_s(members: Members) -> None:
    stranger = Connection(members.url, "plastos_adapter", Path(members.keys["plastos_adapter"]))
    await stranger.open()
    stream = TOPOLOGY.stream("tensoraios")
    for subject in (
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.high",
        f"$JS.API.STREAM.DELETE.{stream}",
        f"$JS.ACK.{stream}.high.1.1.1.1.0",
        TOPOLOGY.reply("main_agent", "token"),
        TOPOLOGY.dead("tensoraios"),
    ):
        with pytest.raises(Undeliverable, match="does not let plastos_adapter send"):
            await stranger.ask(subject, b"", None, 5)
    heard = []

    async def hear(message: object) -> None:
        heard.append(message)

    await stranger.listen(TOPOLOGY.replies("main_agent"), hear)
    await stranger.listen("_INBOX_main_agent.>", hear)
    await members.scorer()
    await (await members.join("main_agent")).request(packet("asked"), PATIENCE)
    assert heard == []
    await stranger.close()


async def test_what_the_server_hands_out_onto_a_lane_of_another_is_no_packet_there(
    members: Members, bus: Bus
) -> None:
    """Whoever fetches names the subject the server answers on, and the server may publish anywhere."""
    operator, asker = await members.join(OPERATOR), await members.join("main_agent")
    stranger = await bus.user("plastos_adapter", [])
    headers, body = write(packet("forged"), "l9")
    victim, own = (TOPOLOGY.stream(name) for name in ("tensoraios", "plastos_adapter"))
    onto = (
        TOPOLOGY.subject(packet("forged")),
        TOPOLOGY.dead("tensoraios"),
        f"$JS.API.STREAM.DELETE.{victim}",
        f"$JS.API.STREAM.PURGE.{victim}",
    )
    for number, subject in enumerate(onto):
        inbox = "qpf.l9.dev.packet.plastos_adapter.plastos_inquiry.high.outside"
        await stranger.publish(inbox, body, headers=headers | {"Nats-Msg-Id": str(number)})
        await stranger.publish(f"$JS.API.CONSUMER.MSG.NEXT.{own}.high", b"1", reply=subject)
        await stranger.flush()
    admin = await bus.user(OPERATOR, [])
    # It is there, under the subject it was published on: no consumer of that queue hands it out.

    async def there() -> bool:
        return (await admin.jetstream().stream_info(victim)).state.messages > 0

    await until(there)
    await members.scorer()
    asked = packet("asked")
    assert await asker.request(asked, PATIENCE) == answer(asked)
    assert members.taken == ["asked"]
    assert await operator.dead_letters.list() == ()
    for client in (stranger, admin):
        await client.close()


async def test_a_wrong_key_is_named_and_not_shown(members: Members, tmp_path: Path) -> None:
    wrong, broken, absent = (tmp_path / name for name in ("wrong.nk", "broken.nk", "absent.nk"))
    wrong.write_bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    broken.write_text("SUSECRET")
    for seed, said in (
        (wrong, r"does not accept the key in .*wrong\.nk for tensoraios"),
        (broken, r"broken\.nk is to hold the NKey seed of tensoraios"),
        (absent, r"absent\.nk: No such file"),
        (None, "a connection without a key"),
    ):
        with pytest.raises(ConfigurationError, match=said) as error:
            await NatsBus(members.url, TOPOLOGY, "tensoraios", seed).open()
        for secret in (wrong.read_text(), "SUSECRET"):
            assert secret not in str(error.value)
