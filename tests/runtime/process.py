"""A small agent as a process of its own, as the emitter would write it."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Server

TOKEN = "right"  # noqa: S105 -- made up

DOUBLER = """
import asyncio
from typing import ClassVar

from pydantic import Field

from qpf_runtime.agent import Agent
from qpf_runtime.config import *
from qpf_runtime.packet import Packet
from qpf_runtime.runtime import Runtime


class Ask(Packet):
    kind: ClassVar[str] = "ask"
    number: int = Field(ge=-1000, le=1000)
    weights: dict[str, float] = Field(default_factory=dict)
    words: tuple[str, ...] = ()


class Told(Packet):
    kind: ClassVar[str] = "told"
    number: int
    words: tuple[str, ...]


class Note(Packet):
    kind: ClassVar[str] = "note"
    text: str


CONFIG = AgentConfig(
    name="doubler", environment="dev", role="doubles", governance=GovernanceConfig(),
    memory=MemoryConfig(workingmemory=WorkingMemoryConfig(storagetype="STORE", keyspace="t:doubler:*")),
    inputs={"ask": InputPort(packet="ask", reply="told"), "note": InputPort(packet="note")},
    endpoints={"ask": Endpoint(path="/v1/double", description="Doubles.")},
    timeout_ms=60000, graceful_shutdown_timeout=30,
)


def build(runtime: Runtime) -> Agent:
    agent = Agent(CONFIG, runtime)

    async def double(turn):
        if turn.packet.words == ("wait", "for", "ever"):
            await asyncio.Event().wait()
        turn.reply = Told(number=2 * turn.packet.number, words=turn.packet.words)

    async def file(turn):
        await agent.memory.episodic.append("note", turn.packet.text, {}, turn.envelope.correlation_id)

    agent.on("ask", Ask, [double], Told)
    agent.on("note", Note, [file])
    return agent
"""


def write_doubler(root: Path, store: str = "in_process") -> Path:
    """Write the agent's package below a folder that can be imported from."""
    package = root / "src" / "doubler"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""Made for a test."""\n')
    (package / "agent.py").write_text(DOUBLER.replace("STORE", store))
    (package / "__main__.py").write_text(
        "from doubler.agent import CONFIG, build\n"
        "from qpf_runtime.service import serve\n\nserve(build, CONFIG)\n"
    )
    return root / "src"


def address(root: Path) -> str | None:
    """Where the agent says that it answers, once it is ready."""
    file = root / "address"
    if not file.exists():
        return None
    told = json.loads(file.read_text())
    return f"http://{told['host']}:{told['port']}"


def doubler(root: Path, source: Path, **variables: str) -> Server:
    """The agent's process, not started yet."""
    environment: Mapping[str, str] = {
        "PYTHONPATH": os.pathsep.join([str(source), *sys.path[1:2]]),
        "QPF_PORT": "0",
        "QPF_TOKEN": TOKEN,
        "QPF_ADDRESS_FILE": str(root / "address"),
        "QPF_DATA_DIR": str(root / "data"),
        "QPF_LOG_FORMAT": "json",
        **variables,
    }
    return Server(
        [sys.executable, "-P", "-m", "doubler"],
        ready=lambda: address(root) is not None,
        log=root / "log",
        environment=environment,
    )


@contextmanager
def running_doubler(root: Path, **variables: str) -> Iterator[tuple[Server, str]]:
    """Run the agent; gives its process and where it answers."""
    with doubler(root, write_doubler(root), **variables) as server:
        url = address(root)
        assert url is not None
        yield server, url
