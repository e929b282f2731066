"""Working memory forgets in time, in this process, in Redis and in a cluster of Redis."""

import asyncio
from datetime import timedelta

import pytest

from qpf_runtime.database import collecting
from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError, Unavailable
from qpf_runtime.memory.redis import RedisMemory
from qpf_runtime.needs import StoreUrls
from tests.runtime.stores import Place

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@pytest.fixture(params=["in_process", "redis", "redis_cluster"])
async def place(request, tmp_path):
    urls = StoreUrls()
    if request.param != "in_process":
        server = request.getfixturevalue(request.param)
        with server.client() as client:
            client.flushall()
        urls = StoreUrls(redis=server.url)
    made = Place(tmp_path, urls, {"workingmemory": request.param})
    yield made
    await made.close()


async def expired(place, working, key):
    """Wait until a key with a time to live of milliseconds has gone."""
    place.clock.pass_time(timedelta(milliseconds=50))
    async with asyncio.timeout(30):
        while await working.get(key) is not None:  # noqa: ASYNC110 -- a server tells nobody
            await asyncio.sleep(0.01)
    return True


async def test_a_value_is_given_back_as_it_was_put(place):
    working = place.open().memory.working
    values: tuple[Json, ...] = ({"a": [1, None, "ü"]}, [], "", 0, False)
    for value in values:
        await working.put("key", value)
        assert await working.get("key") == value
    await working.delete("key")
    assert await working.get("key") is None
    await working.delete("never there")


async def test_a_value_is_gone_after_its_time_to_live(place):
    working = place.open().memory.working
    await working.put("short", 1, timedelta(milliseconds=50))
    await working.put("long", 2)
    assert await expired(place, working, "short")
    assert await working.get("long") == 2


async def test_putting_again_starts_the_time_to_live_anew(place):
    working = place.open().memory.working
    await working.put("key", 1, timedelta(milliseconds=50))
    await working.put("key", 2)
    await working.put("other", 3, timedelta(milliseconds=50))
    assert await expired(place, working, "other")
    assert await working.get("key") == 2


async def test_a_clock_that_is_set_lets_no_value_die(place):
    working = place.open().memory.working
    await working.put("key", 1)
    place.clock.set_by(timedelta(days=400))
    assert await working.get("key") == 1
    place.clock.set_by(timedelta(days=-800))
    assert await working.get("key") == 1


async def test_a_turn_sees_what_it_puts_and_others_see_it_when_the_turn_is_over(place):
    working = place.open().memory.working
    await working.put("kept", 0)
    await working.put("dropped", 0)
    with collecting() as unit:
        await working.put("kept", {"n": 1})
        await working.put("new", 1)
        await working.put("new", 2)
        await working.delete("dropped")
        assert [await working.get(key) for key in ("kept", "new", "dropped")] == [{"n": 1}, 2, None]
    assert [await working.get(key) for key in ("kept", "new", "dropped")] == [0, None, 0]
    for follow in unit.after:
        await follow()
    assert [await working.get(key) for key in ("kept", "new", "dropped")] == [{"n": 1}, 2, None]


async def test_turns_at_the_same_time_do_not_see_each_others_puts(place):
    working = place.open().memory.working
    both = asyncio.Barrier(2)

    async def turn(number):
        with collecting():
            await working.put("key", number)
            await both.wait()
            return await working.get("key")

    assert tuple(await asyncio.gather(turn(1), turn(2))) == (1, 2)
    assert await working.get("key") is None


async def test_redis_keeps_the_time_to_live_and_the_keyspace(redis, tmp_path):
    place = Place(tmp_path, StoreUrls(redis=redis.url), {"workingmemory": "redis"})
    await place.open(workingmemory__ttl_hours=2.0).memory.working.put("key", {"n": 1})
    with redis.client() as client:
        assert client.get("test:solo:key") == '{"n":1}'
        assert 7_100_000 < client.pttl("test:solo:key") <= 7_200_000
    assert await place.open().memory.working.get("key") == {"n": 1}
    await place.close()


async def test_redis_may_go_and_come_back(redis, tmp_path):
    place = Place(tmp_path, StoreUrls(redis=redis.url), {"workingmemory": "redis"})
    opened = place.open()
    working = opened.memory.working
    await working.put("key", 1)
    redis.server.stop()
    try:
        for call in (working.get("key"), working.put("key", 2), working.delete("key"), opened.check()):
            with pytest.raises(Unavailable, match="Redis"):
                await call
    finally:
        redis.server.start()
    await working.put("key", 3)
    assert await working.get("key") == 3
    redis.server.restart()
    assert await working.get("key") is None  # a connection from before is no error
    await opened.check()
    await place.close()


async def test_a_redis_that_says_nothing_is_given_up(tmp_path):
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    memory = RedisMemory(f"redis://127.0.0.1:{port}/0", "k:*", timedelta(hours=1))
    with pytest.raises(Unavailable):
        await memory.get("key")
    await memory.close()
    server.close()


@pytest.mark.parametrize("url", ["http://user:hush@host", "redis://user:hush@host:port", "hush"])
def test_a_wrong_address_is_refused_and_not_shown(url):
    with pytest.raises(ConfigurationError, match="REDIS_URL") as refused:
        RedisMemory(url, "k:*", timedelta(hours=1))
    assert "hush" not in str(refused.value)
