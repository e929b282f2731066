"""Many packets to an agent that goes away in between."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from qpf_plugins.local_run.burst import Post, burst
from qpf_runtime.listen import bind

pytestmark = [pytest.mark.network, pytest.mark.anyio]


class Agent:
    """Takes packets at whatever port it is started."""

    def __init__(self):
        self.keys: list[str] = []
        self.refusals: list[tuple[str, bool]] = []
        self.url = "http://127.0.0.1:1/packets"

    async def take(self, request):
        self.keys.append(request.headers["idempotency-key"])
        if self.refusals:
            code, passing = self.refusals.pop()
            return JSONResponse({"error": {"code": code, "passing": passing}}, 503)
        return JSONResponse({})

    @asynccontextmanager
    async def up(self):
        with bind("127.0.0.1", 0) as listener:
            app = Starlette(routes=[Route("/packets", self.take, methods=["POST"])])
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
            serving = asyncio.create_task(server.serve([listener]))
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/packets"
            try:
                yield
            finally:
                server.should_exit = True
                await serving

    def find(self):
        return Post(self.url, "token", {}, {"a": 1}, 30)


async def test_packets_reach_an_agent_that_is_started_again_elsewhere():
    agent = Agent()
    # Nobody is there when they are sent.
    sending = asyncio.create_task(burst(agent.find, None, 5))
    await asyncio.sleep(0)
    async with agent.up():
        tally = await asyncio.wait_for(sending, 30)
    assert (tally.sent, tally.answered, dict(tally.failed)) == (5, 5, {})
    assert len(set(agent.keys)) == 5


async def test_what_is_refused_for_a_passing_reason_is_sent_again_as_the_same_packet():
    agent = Agent()
    agent.refusals = [("nonsense", False), ("timeout", True)]
    async with agent.up():
        tally = await asyncio.wait_for(burst(agent.find, None, 1), 30)
    assert (tally.answered, dict(tally.failed)) == (0, {"nonsense": 1})
    assert len(agent.keys) == 2
    assert len(set(agent.keys)) == 1


async def test_packets_for_a_fleet_that_has_stopped_are_given_up():
    tally = await asyncio.wait_for(burst(lambda: None, None, 3), 30)
    assert (tally.sent, tally.answered, dict(tally.failed)) == (3, 0, {"unreachable": 3})
