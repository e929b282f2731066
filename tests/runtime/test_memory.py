"""Working memory forgets by its clock, episodic memory by its retention."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.agent import Agent
from qpf_runtime.clock import period
from qpf_runtime.config import EpisodicMemoryConfig, MemoryConfig, WorkingMemoryConfig
from qpf_runtime.memory.working import InProcessMemory
from qpf_runtime.runtime import Runtime
from tests.runtime.world import FakeClock, config

pytestmark = pytest.mark.anyio


def memory_config(**changes):
    return MemoryConfig(workingmemory=WorkingMemoryConfig(keyspace="test:solo:*", **changes))


async def test_an_entry_lives_as_long_as_the_schema_says(runtime, clock):
    agent = Agent(config("solo", memory=memory_config(ttl_hours=2.0)), runtime)
    await agent.memory.working.put("key", {"value": [1, None]})
    clock.pass_time(timedelta(hours=2) - timedelta(seconds=1))
    assert await agent.memory.working.get("key") == {"value": [1, None]}
    clock.pass_time(timedelta(seconds=1))
    assert await agent.memory.working.get("key") is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 5)), max_size=30))
def test_nothing_expired_is_ever_read_and_nothing_fresh_is_lost(actions):
    clock = FakeClock()
    memory = InProcessMemory("k:*", timedelta(hours=1), clock)
    expected = {}

    async def play():
        for number, (key, ttl, pause) in enumerate(actions):
            await memory.put(key, number, timedelta(seconds=ttl))
            expected[key] = (clock.monotonic() + ttl, number)
            clock.pass_time(timedelta(seconds=pause))
            for known, (until, value) in expected.items():
                assert await memory.get(known) == (value if until > clock.monotonic() else None)

    asyncio.run(play())


async def test_working_memory_is_bounded_and_hands_out_copies(clock):
    memory = InProcessMemory("k:*", timedelta(hours=1), clock, capacity=2)
    await memory.put("old", 1, timedelta(seconds=1))
    clock.pass_time(timedelta(seconds=2))
    for number in range(3):
        await memory.put(f"key{number}", {"list": []})
    assert [await memory.get(key) for key in ("old", "key0")] == [None, None]
    (await memory.get("key2"))["list"].append("changed")
    assert await memory.get("key2") == {"list": []}
    await memory.delete("key2")
    assert await memory.get("key2") is None


async def test_an_episode_is_let_go_after_its_retention(runtime, clock):
    memory = MemoryConfig(
        workingmemory=WorkingMemoryConfig(keyspace="test:solo:*"),
        episodicmemory=EpisodicMemoryConfig(retention="2 days"),
    )
    episodic = Agent(config("solo", memory=memory), runtime).memory.episodic
    await episodic.append("decision", "supplier-1", {"n": 1}, "c1")
    clock.pass_time(timedelta(days=1))
    await episodic.append("decision", "supplier-1", {"n": 2}, "c2")
    await episodic.append("note", "supplier-2", {"n": 3}, "c3")
    assert [episode.content["n"] for episode in await episodic.recall()] == [3, 2, 1]
    assert [episode.content["n"] for episode in await episodic.recall(kind="decision", limit=1)] == [2]
    assert [episode.content["n"] for episode in await episodic.recall(subject="supplier-2")] == [3]
    clock.pass_time(timedelta(days=1, seconds=1))
    assert [episode.content["n"] for episode in await episodic.recall()] == [3, 2]


async def test_episodes_written_at_once_are_all_kept(tmp_path):
    async with Runtime.local(tmp_path) as runtime:
        episodic = Agent(config("solo"), runtime).memory.episodic
        await asyncio.gather(*(episodic.append("note", "s", {"n": n}, "c") for n in range(40)))
    async with Runtime.local(tmp_path) as runtime:
        episodes = await Agent(config("solo"), runtime).memory.episodic.recall(limit=100)
    assert Counter(episode.content["n"] for episode in episodes) == Counter(range(40))


def test_periods_are_read():
    assert [period(text).days for text in ("48 hours", "90 days", "2 months", "1 years")] == [2, 90, 60, 365]
