"""Episodes are kept for their retention, in SQLite and in PostgreSQL, whatever happens to the database."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from qpf_runtime.database import collecting
from qpf_runtime.errors import Unavailable
from qpf_runtime.needs import StoreUrls
from tests.runtime.stores import Place

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request, tmp_path):
    kinds = {"episodicmemory": request.param}
    urls = StoreUrls()
    if request.param == "postgresql":
        urls = StoreUrls(database=request.getfixturevalue("postgres").create())
    made = Place(tmp_path, urls, kinds)
    yield made
    await made.close()


def numbers(episodes):
    return [episode.content["n"] for episode in episodes]


async def rows(opened):
    return await opened.database.run(
        lambda connection: connection.exec_driver_sql("SELECT count(*) FROM episodes").scalar()
    )


async def test_episodes_are_recalled_newest_first_by_kind_and_subject(place):
    episodic = place.open().memory.episodic
    for number, (kind, subject) in enumerate([("decision", "s1"), ("decision", "s2"), ("note", "s2")]):
        await episodic.append(kind, subject, {"n": number}, "c")
    assert numbers(await episodic.recall()) == [2, 1, 0]
    assert numbers(await episodic.recall(kind="decision")) == [1, 0]
    assert numbers(await episodic.recall(subject="s2", limit=1)) == [2]


async def test_what_a_turn_appends_is_kept_with_the_turn_or_not_at_all(place):
    opened = place.open()
    with collecting() as unit:
        await opened.memory.episodic.append("note", "s", {"n": 1}, "c")
    assert await rows(opened) == 0
    with pytest.raises(ZeroDivisionError):
        await opened.database.run(*unit.writes, lambda _connection: 1 / 0)
    assert await rows(opened) == 0
    await opened.database.run(*unit.writes)
    assert numbers(await opened.memory.episodic.recall()) == [1]


async def test_nothing_past_retention_is_read_and_a_sweep_lets_go_of_it(place):
    opened = place.open(episodicmemory__retention="2 days")
    await opened.memory.episodic.append("note", "s", {"n": 1}, "c")
    place.clock.pass_time(timedelta(days=1))
    await opened.memory.episodic.append("note", "s", {"n": 2}, "c")
    place.clock.pass_time(timedelta(days=1, seconds=1))
    assert numbers(await opened.memory.episodic.recall()) == [2]
    assert await rows(opened) == 2
    assert await opened.sweep() == 1
    assert await rows(opened) == 1
    assert await opened.sweep() == 0


async def test_a_clock_that_is_set_lets_no_episode_die_and_none_live_longer(place):
    opened = place.open(episodicmemory__retention="2 days")
    await opened.memory.episodic.append("note", "s", {"n": 1}, "c")
    place.clock.set_by(timedelta(days=400))
    await opened.memory.episodic.append("note", "s", {"n": 2}, "c")
    assert await opened.sweep() == 0
    assert numbers(await opened.memory.episodic.recall()) == [2, 1]
    place.clock.set_by(timedelta(days=-800))
    assert numbers(await opened.memory.episodic.recall()) == [2, 1]
    place.clock.pass_time(timedelta(days=2, seconds=1))
    assert numbers(await opened.memory.episodic.recall()) == []
    assert await opened.sweep() == 2


async def test_agents_and_replicas_share_a_database(place):
    mine, replica, other = place.open("solo"), place.open("solo"), place.open("other")
    await asyncio.gather(
        *(
            opened.memory.episodic.append("note", "s", {"n": number}, "c")
            for number in range(20)
            for opened in (mine, replica)
        )
    )
    await other.memory.episodic.append("note", "s", {"n": 99}, "c")
    assert sorted(numbers(await replica.memory.episodic.recall(limit=100))) == sorted([*range(20)] * 2)
    assert numbers(await other.memory.episodic.recall()) == [99]
    place.clock.pass_time(timedelta(days=91))
    await asyncio.gather(mine.sweep(), replica.sweep())
    assert numbers(await mine.memory.episodic.recall()) == []


@pytest.mark.parametrize("subject", ["x" * 500, "with \0 in it", "ünïcode 💡", "'; DROP TABLE episodes; --"])
async def test_any_subject_is_found_again(place, subject):
    episodic = place.open().memory.episodic
    await episodic.append("k" * 100, subject, {"n": 1, "text": "\0"}, "c" * 300)
    await episodic.append("note", subject + "!", {"n": 2}, "c")
    assert numbers(await episodic.recall(subject=subject)) == [1]
    assert numbers(await episodic.recall(kind="k" * 100)) == [1]


async def test_a_locked_database_is_unavailable_and_then_works_again(place):
    opened = place.open()
    await opened.memory.episodic.append("note", "s", {"n": 1}, "c")
    holder: Any
    if place.urls.database:
        holder = psycopg.connect(place.urls.database)
        holder.execute("LOCK TABLE episodes IN ACCESS EXCLUSIVE MODE")
    else:
        holder = sqlite3.connect(place.folder / "solo.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="the database does not answer"):
        await opened.memory.episodic.append("note", "s", {"n": 2}, "c")
    holder.close()
    await opened.memory.episodic.append("note", "s", {"n": 3}, "c")
    assert numbers(await opened.memory.episodic.recall()) == [3, 1]


async def test_postgresql_may_go_and_come_back(postgres, tmp_path):
    place = Place(tmp_path, StoreUrls(database=postgres.create()), {"episodicmemory": "postgresql"})
    opened = place.open()
    await opened.memory.episodic.append("note", "s", {"n": 1}, "c")
    postgres.server.stop()
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="the database does not answer"):
                await opened.memory.episodic.append("note", "s", {"n": 2}, "c")
    finally:
        postgres.server.start()
    await opened.memory.episodic.append("note", "s", {"n": 3}, "c")
    assert numbers(await opened.memory.episodic.recall()) == [3, 1]
    postgres.server.kill()
    postgres.server.start()
    with pytest.raises(Unavailable):
        await opened.memory.episodic.recall()
    assert numbers(await opened.memory.episodic.recall()) == [3, 1]
    await place.close()


async def test_an_episode_is_as_it_was_when_it_was_appended(place):
    opened = place.open()
    content: dict[str, Any] = {"list": [1], "none": float("nan")}
    with collecting() as unit:
        await opened.memory.episodic.append("note", "s", content, "c")
    content["list"].append(2)
    await opened.database.run(*unit.writes)
    (episode,) = await opened.memory.episodic.recall()
    assert episode.content == {"list": [1], "none": None}


async def test_a_sweep_is_bounded(place, monkeypatch):
    monkeypatch.setattr("qpf_runtime.memory.retention.AT_ONCE", 2)
    monkeypatch.setattr("qpf_runtime.memory.retention.MOST_BATCHES", 3)
    opened = place.open()
    for number in range(7):
        await opened.memory.episodic.append("note", "s", {"n": number}, "c")
    place.clock.pass_time(timedelta(days=91))
    assert [await opened.sweep() for _ in range(3)] == [6, 1, 0]


async def test_an_episode_tells_when_it_was(place):
    episodic = place.open().memory.episodic
    await episodic.append("note", "s", {}, "c")
    (episode,) = await episodic.recall()
    assert episode.at == datetime(2026, 1, 1, tzinfo=UTC)
