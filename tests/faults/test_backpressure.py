"""A receiver that lags holds up its senders; nothing is lost, and those who send by HTTP are told."""

import asyncio

import httpx
import pytest

from tests.faults.processes import TOKEN
from tests.faults.test_stores_away import locked
from tests.faults.world import request, until, world

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

LIMIT = 8
"""Of the queues in the environment `narrow`."""


async def test_what_a_full_queue_does_not_take_waits_in_the_senders_outbox_and_arrives_once(
    narrow, tmp_path, nats_server
):
    there = ("main_agent", "tensoraios")
    async with world(narrow, tmp_path, nats_server, names=there) as running:
        sent = await running.send(40)
        handled = running.books.handled
        await until(lambda: set(handled("main_agent", "match_request")) == sent, "all are decided")
        late = ("tensor_trainer", "governance_auditor")
        for agent in late:

            async def full(agent: str = agent) -> bool:
                return await running.bus.pending(agent) == LIMIT

            await until(full, f"the queue of {agent} is full")
        waiting = 2 * (len(sent) - LIMIT)
        await until(lambda: running.books.unsent("main_agent") == waiting, "the others wait")
        assert running.fleet.figure("main_agent", "qpf_outbox_pending") == waiting
        for agent in late:
            await asyncio.to_thread(running.fleet.begin, agent)
        await running.once(sent)


async def test_a_full_queue_is_told_to_those_who_send_by_http_and_what_was_accepted_arrives_once(
    narrow, tmp_path, nats_server
):
    async with world(narrow, tmp_path, nats_server) as running:
        accepted, refused = set(), []
        url = running.fleet.ready("main_agent")
        headers = {"authorization": f"Bearer {TOKEN}", "prefer": "respond-async"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http:
            with locked(running.fleet.data / "main_agent.db"):
                for number in range(3 * LIMIT):
                    told = await http.post("/packets?port=match_request", json=request(number).payload)
                    if told.status_code == 202:
                        accepted.add(told.json()["accepted"])
                    else:
                        refused.append(told)
        assert len(accepted) == LIMIT
        for told in refused:
            assert (told.status_code, told.json()["error"]["code"]) == (429, "queue_full")
            assert told.json()["error"]["passing"] is True
            assert int(told.headers["retry-after"]) >= 1
        await running.once(accepted)
