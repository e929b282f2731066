"""A server that asks for names: an agent can do its work, and nothing under another's name."""

import os
from pathlib import Path

import nkeys
import pytest

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.declare import declaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.permissions import Permissions, operator_permissions, permissions
from qpf_runtime.bus.port import Dead, Done
from qpf_runtime.bus.provision import apply
from qpf_runtime.config import Route
from qpf_runtime.errors import ConfigurationError, Undeliverable
from tests.runtime.nats_world import PATIENCE, TOPOLOGY, answer, packet, taker, until
from tests.servers.nats import nats_server

__all__ = ["nats_server"]

pytestmark = pytest.mark.anyio

ROUTE = Route(target="taker", port="ask", packet="ask")


def key(folder: Path, name: str) -> str:
    """Write a seed, and give the public key."""
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    (folder / f"{name}.nk").write_bytes(seed)
    return str(nkeys.from_seed(bytearray(seed)).public_key.decode())


def user(name: str, allowed: Permissions) -> str:
    publish, subscribe = (
        ", ".join(f'"{each}"' for each in some) for some in (allowed.publish, allowed.subscribe)
    )
    return f"{{ nkey: $KEY_{name}, permissions: {{ publish: [{publish}], subscribe: [{subscribe}] }} }}\n"


@pytest.fixture
async def url(nats_server, tmp_path: Path) -> str:
    users = {
        "taker": permissions(TOPOLOGY, "taker", [], ["asker"]),
        "asker": permissions(TOPOLOGY, "asker", [ROUTE]),
        "other": permissions(TOPOLOGY, "other", []),
        "operator": operator_permissions(TOPOLOGY),
    }
    keys = {f"KEY_{name}": key(tmp_path, name) for name in users}
    told = "".join(user(name, allowed) for name, allowed in users.items())
    authorization = tmp_path / "authorization.conf"
    authorization.write_text(f"accounts {{ demo {{ jetstream: enabled, users: [\n{told}] }} }}\n")
    server = await nats_server(authorization=authorization, environ=os.environ | keys)
    operator = Connection(server.url, "operator", tmp_path / "operator.nk")
    await operator.open()
    configs = [taker(), taker().model_copy(update={"name": "asker"})]
    await apply(operator.jetstream(), declaration(configs))
    await operator.close()
    return str(server.url)


async def opened(url: str, folder: Path, name: str) -> NatsBus:
    bus = NatsBus(url, TOPOLOGY, name, folder / f"{name}.nk")
    await bus.open()
    return bus


async def test_an_agent_can_do_all_of_its_work_with_just_its_permissions(url: str, tmp_path: Path):
    receiver, asker = await opened(url, tmp_path, "taker"), await opened(url, tmp_path, "asker")
    operator = await opened(url, tmp_path, "operator")

    async def take(delivery):
        return Dead("rejected", "no") if delivery.envelope.id == "p2" else Done(answer(delivery.envelope))

    await receiver.subscribe(taker(), take)
    asked = packet(1, source="asker.out")
    assert await asker.request(asked, PATIENCE) == answer(asked)
    assert await operator.request(packet(3), PATIENCE) == answer(packet(3))
    assert await receiver.request(packet(4), PATIENCE) == answer(packet(4)), "as it does for HTTP"
    await asker.publish(packet(2, source="asker.out"))
    await until(operator.dead_letters.list)
    await operator.dead_letters.replay("p2")
    await until(operator.dead_letters.list)
    assert await receiver.idle(PATIENCE)
    for bus in (receiver, asker, operator):
        await bus.close(1)


async def test_a_forged_sender_is_refused_by_the_server(url: str, tmp_path: Path):
    other = await opened(url, tmp_path, "other")
    for source in ("asker.out", "outside", "other.out"):
        with pytest.raises(Undeliverable, match=r"does not let other send to qpf\.demo\.dev\.packet\.taker"):
            await other.publish(packet(1, source=source))
    assert other.connected
    await other.close(1)


async def test_nobody_reads_or_settles_what_is_another_s(url: str, tmp_path: Path):
    other = Connection(url, "other", tmp_path / "other.nk")
    await other.open()
    stream = TOPOLOGY.stream("taker")
    for subject in (
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.medium",
        f"$JS.API.STREAM.DELETE.{stream}",
        f"$JS.ACK.{stream}.medium.1.1.1.1.0",
        TOPOLOGY.reply("asker", "token"),
        TOPOLOGY.dead("taker"),
    ):
        with pytest.raises(Undeliverable, match="does not let other send"):
            await other.ask(subject, b"", None, 5)
    heard = []

    async def hear(message):
        heard.append(message)

    await other.listen(TOPOLOGY.replies("asker"), hear)
    await other.listen("_INBOX_asker.>", hear)
    asker, receiver = await opened(url, tmp_path, "asker"), await opened(url, tmp_path, "taker")

    async def take(delivery):
        return Done(answer(delivery.envelope))

    await receiver.subscribe(taker(), take)
    await asker.request(packet(1, source="asker.out"), PATIENCE)
    assert heard == []
    for bus in (asker, receiver):
        await bus.close(1)
    await other.close()


async def test_a_wrong_key_is_named_and_not_shown(url: str, tmp_path: Path):
    key(tmp_path, "stranger")
    with pytest.raises(
        ConfigurationError, match=r"does not accept the key in .*stranger\.nk for stranger"
    ) as error:
        await opened(url, tmp_path, "stranger")
    assert "SU" not in str(error.value)
    (tmp_path / "broken.nk").write_text("SUSECRET")
    with pytest.raises(ConfigurationError, match=r"broken\.nk is to hold the NKey seed of broken") as error:
        await opened(url, tmp_path, "broken")
    assert "SUSECRET" not in str(error.value)
    with pytest.raises(ConfigurationError, match=r"nothing\.nk: No such file"):
        await opened(url, tmp_path, "nothing")
    with pytest.raises(ConfigurationError, match="a connection without a key"):
        await NatsBus(url, TOPOLOGY, "taker").open()
