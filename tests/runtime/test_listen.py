"""Slow and talkative clients are let go; the others are served meanwhile."""

import asyncio
import socket
from contextlib import asynccontextmanager

import httpx
import pytest

from qpf_runtime import listen, reading
from qpf_runtime.http import Health, agent_app
from qpf_runtime.listen import LARGEST_HEAD, Listener, bind
from qpf_runtime.metrics import Metrics
from tests.runtime.world import answer_double, answering

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@asynccontextmanager
async def served(runtime):
    agent = answering(runtime, answer_double, auth_required=False)
    await agent.start()
    up = asyncio.Event()
    listener = Listener(agent_app(agent, Metrics(), Health(started=True)), bind("127.0.0.1", 0), 5, up.set)
    serving = asyncio.create_task(listener.serve())
    await up.wait()
    try:
        yield listener.address
    finally:
        listener.stop()
        await serving


async def alive(address):
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get("http://{}:{}/health".format(*address))).status_code == 200


@pytest.mark.parametrize("begun", [b"", b"GET /health HTTP/1.1\r\nhost: a\r\nx-slow: "])
async def test_a_request_that_does_not_arrive_ends_its_connection(runtime, monkeypatch, begun):
    monkeypatch.setattr(listen, "HEAD_SECONDS", 0.1)
    async with served(runtime) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        assert await alive(address)


async def test_the_next_request_of_a_connection_must_arrive_too(runtime, monkeypatch):
    monkeypatch.setattr(listen, "HEAD_SECONDS", 0.1)
    async with served(runtime) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n")
        await reader.readuntil(b'{"status":"alive"}')
        writer.write(b"GET /health HT")
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()


async def test_answers_leave_at_once(runtime, monkeypatch):
    delays = []

    def made(protocol, transport):
        opened = transport.get_extra_info("socket")
        delays.append(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        super(listen._Impatient, protocol).connection_made(transport)

    monkeypatch.setattr(listen._Impatient, "connection_made", made)
    async with served(runtime) as address:
        assert await alive(address)
    assert delays == [1], "head and body of an answer would wait for each other's acknowledgement"


async def test_connections_beyond_the_limit_are_told_to_come_later(runtime, monkeypatch):
    monkeypatch.setattr(listen, "MOST_CONNECTIONS", 3)
    async with served(runtime) as address:
        held = [await asyncio.open_connection(*address) for _ in range(3)]
        for _reader, opened in held:
            opened.write(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n")
        for answered, _writer in held:
            await answered.readuntil(b'{"status":"alive"}')
        reader, writer = await asyncio.open_connection(*address)
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: 1\r\n" in answer
        held.append((reader, writer))
        for _reader, ended in held:
            ended.close()
            await ended.wait_closed()
        assert await alive(address)


async def test_a_body_that_does_not_arrive_is_refused(runtime, monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.1)
    async with served(runtime) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"POST /packets?port=ask HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{")
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 408")
        writer.close()
        assert await alive(address)


async def test_headers_beyond_the_limit_are_refused(runtime):
    async with served(runtime) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /health HTTP/1.1\r\nhost: a\r\nx-large: " + b"a" * LARGEST_HEAD)
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer.split()[1].startswith(b"4")
        writer.close()
        assert await alive(address)
