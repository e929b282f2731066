"""The `nats` command line, run for tests."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import nats

from qpf_runtime.bus.declare import BusDeclaration
from qpf_runtime.bus.provision import apply
from qpf_runtime.bus.server import NatsServer
from tests.servers import program

LONGEST = 60


def command_line(server: NatsServer, home: Path) -> Callable[..., Awaitable[str]]:
    """Runs it with arguments, where it finds nobody's settings, and gives what it prints."""
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home)}

    async def run(*arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            program("nats"),
            *("--server", server.url, *arguments),
            env=surroundings,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complained = await asyncio.wait_for(process.communicate(), LONGEST)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, complained.decode()
        return said.decode()

    return run


async def applied(server: NatsServer, declared: BusDeclaration) -> None:
    """Make the server hold what is declared."""
    client = await nats.connect(server.url)
    await apply(client.jetstream(), declared)
    await client.close()


async def subscribed(server: NatsServer, pattern: str) -> None:
    """Wait until somebody listens to the pattern."""
    async with asyncio.timeout(LONGEST), httpx.AsyncClient(trust_env=False) as client:
        while True:
            told = await client.get(f"{server.monitoring}/subsz", params={"subs": 1, "limit": 1000})
            found = told.json().get("subscriptions_list") or ()
            if any(one["subject"] == pattern for one in found):
                return
            await asyncio.sleep(0.02)
