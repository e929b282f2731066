"""Databases are locked, gone and back, on files and on servers; nothing is lost, nothing happens twice."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.books import ServerBooks
from tests.faults.processes import AGENTS, Fleet
from tests.faults.test_killed_agents import storm
from tests.faults.world import until, world

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

DECIDING = ("main_agent", "tensoraios", "tensor_trainer")


def lacks(fleet: Fleet, agent: str) -> list[str]:
    """What an agent misses, as its readiness tells."""
    with fleet.http(agent) as http:
        told = http.get("/ready")
    assert (told.status_code == 200) == (told.json()["status"] == "ready")
    return list(told.json()["missing"])


async def lacking(fleet: Fleet, agent: str, what: list[str]) -> None:
    """Wait until that is what an agent misses."""
    await until(lambda: lacks(fleet, agent) == what, f"{agent} lacks {what}")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep a database file from everybody else."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextmanager
def taken_away(file: Path) -> Iterator[None]:
    """Move a database file to where nobody finds it."""
    elsewhere = file.with_suffix(".elsewhere")
    file.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(file)


@pytest.mark.parametrize("harm", [locked, pytest.param(taken_away, marks=pytest.mark.hunt)])
async def test_a_database_that_is_away_for_a_while_costs_no_packet(harm, dev, tmp_path, nats_server):
    async with world(dev, tmp_path, nats_server) as running:
        sending = asyncio.create_task(running.send(200, each_second=20))
        for agent in DECIDING:
            await lacking(running.fleet, agent, [])
            with harm(running.fleet.data / f"{agent}.db"):
                await lacking(running.fleet, agent, ["database"])
            await lacking(running.fleet, agent, [])
        await running.once(await sending)


@pytest.fixture
def servers(postgres, redis, tmp_path):
    """Where the agents' databases are, and what tells each."""
    urls = {agent: postgres.create() for agent in AGENTS}

    def variables(agent: str) -> dict[str, str]:
        return {
            "DATABASE_URL": urls[agent],
            "REDIS_URL": redis.url,
            "ARCHIVE_URL": str(tmp_path / "archive"),
            "QPF_MODELS": "offline",
        }

    return {"books": ServerBooks(urls), "variables": variables}


async def test_on_postgresql_and_redis_no_packet_is_lost_or_handled_twice_while_agents_are_killed(
    staging, tmp_path, nats_server, servers
):
    async with world(staging, tmp_path, nats_server, **servers) as running:
        await storm(running, packets=150, kills=5, brokers=None)


async def test_servers_that_are_away_for_a_while_cost_no_packet(
    staging, tmp_path, nats_server, servers, postgres, redis
):
    async with world(staging, tmp_path, nats_server, **servers) as running:
        sending = asyncio.create_task(running.send(200, each_second=20))
        await until(lambda: len(running.books.handled("main_agent", "match_request")) > 20, "it works")
        await asyncio.to_thread(postgres.server.stop)
        await lacking(running.fleet, "main_agent", ["database"])
        await asyncio.to_thread(postgres.server.start)
        await lacking(running.fleet, "main_agent", [])
        before = len(running.books.handled("main_agent", "match_request"))
        await until(lambda: len(running.books.handled("main_agent", "match_request")) > before, "it goes on")
        await asyncio.to_thread(redis.server.kill)
        await asyncio.sleep(2)
        await asyncio.to_thread(redis.server.start)
        await running.once(await sending)
