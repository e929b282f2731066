"""Writes a compiled fleet into a folder, as the emitters would, small enough to read."""

import json
from pathlib import Path

INIT = '"""Made for a test."""\n'

GREETER = """
import asyncio
from typing import ClassVar

from greetings.words import greet
from qpf_runtime.agent import Agent
from qpf_runtime.config import *
from qpf_runtime.packet import Packet, assemble
from qpf_runtime.runtime import Runtime


class Hello(Packet):
    kind: ClassVar[str] = "hello"
    name: str
    wait: float = 0.0


class Greeting(Packet):
    kind: ClassVar[str] = "greeting"
    text: str
    decision: str = "escalated"
    reasons: tuple[str, ...] = ("somebody must look",)


class Note(Packet):
    kind: ClassVar[str] = "note"
    name: str


CONFIG = AgentConfig(
    name="greeter", environment="dev", role="greets", governance=GovernanceConfig(),
    memory=MemoryConfig(workingmemory=WorkingMemoryConfig(storagetype="STORE", keyspace="t:greeter:*")),
    inputs={"hello": InputPort(packet="hello", reply="greeting")},
    outputs={"note": OutputPort(packet="note")},
    routes={"note": (Route(target="clerk", port="note", packet="note"),)},
    graceful_shutdown_timeout=5,
)


def build(runtime: Runtime) -> Agent:
    agent = Agent(CONFIG, runtime)

    async def answer(turn):
        await asyncio.sleep(turn.packet.wait)
        await agent.emit("note", Note(name=turn.packet.name))
        turn.reply = Greeting(text=greet(turn.packet.name))

    agent.sends("note", Note)
    agent.on("hello", Hello, [answer], Greeting)
    return agent
"""

CLERK = """
from typing import ClassVar

from qpf_runtime.agent import Agent
from qpf_runtime.config import *
from qpf_runtime.packet import Packet
from qpf_runtime.runtime import Runtime


class Note(Packet):
    kind: ClassVar[str] = "note"
    name: str


CONFIG = AgentConfig(
    name="clerk", environment="dev", role="notes", governance=GovernanceConfig(),
    memory=MemoryConfig(workingmemory=WorkingMemoryConfig(keyspace="t:clerk:*")),
    inputs={"note": InputPort(packet="note", priority="low")},
    graceful_shutdown_timeout=5,
)


def build(runtime: Runtime) -> Agent:
    agent = Agent(CONFIG, runtime)

    async def file(turn):
        await agent.memory.episodic.append("note", turn.packet.name, {}, turn.envelope.correlation_id)

    agent.on("note", Note, [file])
    return agent
"""


def write_fleet(root: Path, store: str = "in_process") -> Path:
    """Write the fleet; returns the environment folder."""
    folder = root / "environments" / "dev"
    agents = {}
    for name, source in (("greeter", GREETER.replace("STORE", store)), ("clerk", CLERK)):
        package = folder / "agents" / name / "src" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(INIT)
        (package / "agent.py").write_text(source)
        (package / "__main__.py").write_text(
            f"from {name}.agent import CONFIG, build\n"
            "from qpf_runtime.service import serve\n\nserve(build, CONFIG)\n"
        )
        agents[name] = {"package": name, "src": f"agents/{name}/src"}
    logic = root / "logic" / "greetings"
    logic.mkdir(parents=True)
    (logic / "__init__.py").write_text(INIT)
    (logic / "words.py").write_text("def greet(name):\n    return f'hello {name}'\n")
    listing = {"version": 1, "fleet": "greetings", "environment": "dev", "agents": agents}
    (folder / "fleet.json").write_text(json.dumps(listing))
    return folder
