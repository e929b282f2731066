"""A compiled fleet in one process: imported, run, stopped, and gone from the interpreter."""

import json
import sys

import pytest

from qpf_runtime.errors import ConfigurationError
from qpf_runtime.fleet import LocalFleet
from qpf_runtime.listing import NotCompiledError, UnknownNameError
from tests.runtime.compiled import write_fleet

pytestmark = pytest.mark.anyio


async def test_a_packet_is_answered_and_its_path_told(tmp_path):
    async with LocalFleet(write_fleet(tmp_path)) as fleet:
        for name in ("hello", "hello"):
            reply, path = await fleet.send("greeter", name, {"name": "Ada"})
        assert reply.payload["text"] == "hello Ada"
        assert path == ("greeter.answer",)
        assert await fleet.send("clerk", "note", {"name": "Bob"}) == (None, ("clerk.file",))
        assert await fleet.runtime.settled(2)
        subjects = [episode.subject for episode in await fleet.agents["clerk"].memory.episodic.recall()]
        assert sorted(subjects) == ["Ada", "Ada", "Bob"]
    assert (tmp_path / ".qpf" / "data" / "dev" / "clerk.db").exists()


async def test_stopping_loses_nothing_that_was_accepted(tmp_path):
    import asyncio

    folder = write_fleet(tmp_path)
    async with LocalFleet(folder) as fleet:
        agent = fleet.agents["greeter"]
        for number in range(20):
            await fleet.runtime.bus.publish(agent.envelope("hello", {"name": f"n{number}", "wait": 0.01}))
        await asyncio.sleep(0)
    async with LocalFleet(folder) as fleet:
        kept = await fleet.agents["clerk"].memory.episodic.recall(limit=100)
    assert {episode.subject for episode in kept} == {f"n{number}" for number in range(20)}


async def test_two_fleets_with_the_same_names_do_not_meet(tmp_path):
    before = set(sys.path)
    for number in (1, 2):
        folder = write_fleet(tmp_path / str(number))
        words = tmp_path / str(number) / "logic" / "greetings" / "words.py"
        words.write_text(f"def greet(name):\n    return 'fleet {number}'\n")
        async with LocalFleet(folder) as fleet:
            reply, _ = await fleet.send("greeter", "hello", {"name": "Ada"})
            assert reply.payload["text"] == f"fleet {number}"
    assert "greeter" not in sys.modules
    assert set(sys.path) == before
    assert list(tmp_path.rglob("__pycache__")) == [], "the product is not written to"


async def test_what_is_not_there_is_named(tmp_path):
    folder = write_fleet(tmp_path)
    with pytest.raises(UnknownNameError, match="dev has no agent greter") as unknown:
        LocalFleet(folder, ["greter"])
    assert unknown.value.known == ("clerk", "greeter")
    async with LocalFleet(folder) as fleet:
        with pytest.raises(UnknownNameError, match="greeter has no port or kind helo"):
            await fleet.send("greeter", "helo", {})
        with pytest.raises(UnknownNameError, match="dev has no agent nobody"):
            await fleet.send("nobody", "hello", {})


async def test_a_part_of_a_fleet_says_whom_it_misses(tmp_path, caplog):
    async with LocalFleet(write_fleet(tmp_path), ["greeter"]) as fleet:
        assert fleet.absent() == {"greeter": ("clerk",)}
        reply, _ = await fleet.send("greeter", "hello", {"name": "Ada"})
        assert await fleet.runtime.settled(5)
    assert reply.payload["text"] == "hello Ada"
    assert "is lost: clerk does not run here" in caplog.text


@pytest.mark.parametrize("listing", [None, b"", b"{}", b'{"version": 1, "agents": []}'])
def test_a_folder_that_is_not_compiled_is_refused(tmp_path, listing):
    folder = tmp_path / "environments" / "dev"
    folder.mkdir(parents=True)
    if listing is not None:
        (folder / "fleet.json").write_bytes(listing)
    with pytest.raises(NotCompiledError):
        LocalFleet(folder)


async def test_a_package_that_fails_stops_the_start_and_says_which(tmp_path):
    folder = write_fleet(tmp_path)
    broken = folder / "agents" / "clerk" / "src" / "clerk" / "agent.py"
    broken.write_text("import nothing_of_this_name\n")
    with pytest.raises(ConfigurationError, match=r"clerk\.agent cannot be imported: ModuleNotFoundError"):
        await LocalFleet(folder).start()
    assert "clerk" not in sys.modules


async def test_an_agent_named_like_an_installed_module_is_refused_not_mixed_up(tmp_path):
    folder = write_fleet(tmp_path)
    (folder / "agents" / "clerk" / "src" / "clerk").rename(folder / "agents" / "clerk" / "src" / "queue")
    listing = json.loads((folder / "fleet.json").read_text())
    listing["agents"]["clerk"]["package"] = "queue"
    (folder / "fleet.json").write_text(json.dumps(listing))
    with pytest.raises(ConfigurationError, match="package queue cannot be loaded"):
        await LocalFleet(folder).start()


async def test_a_listing_cannot_lead_out_of_its_folder(tmp_path):
    folder = write_fleet(tmp_path)
    listing = json.loads((folder / "fleet.json").read_text())
    listing["agents"]["clerk"]["src"] = "../../logic"
    (folder / "fleet.json").write_text(json.dumps(listing))
    with pytest.raises(ConfigurationError, match="src of clerk leads out"):
        await LocalFleet(folder).start()


async def test_all_agents_that_cannot_run_are_named_at_once(tmp_path):
    folder = write_fleet(tmp_path, store="redis")
    broken = folder / "agents" / "clerk" / "src" / "clerk" / "agent.py"
    broken.write_text("import nothing_of_this_name\n")
    with pytest.raises(
        ConfigurationError, match=r"(?s)clerk\.agent cannot be imported.*agent greeter: "
    ) as refused:
        await LocalFleet(folder).start()
    assert len(str(refused.value).splitlines()) == 2


async def test_a_store_that_is_not_here_stops_the_start_unless_told_otherwise(tmp_path):
    folder = write_fleet(tmp_path, store="redis")
    with pytest.raises(ConfigurationError, match=r"agent greeter: .*storagetype is \"redis\", and REDIS_URL"):
        await LocalFleet(folder).start()
    with pytest.raises(ConfigurationError, match="REDIS_URL") as refused:
        await LocalFleet(folder, variables={"REDIS_URL": "nonsense"}).start()
    assert "is not set" not in str(refused.value)
    async with LocalFleet(folder, stores="local") as fleet:
        reply, _ = await fleet.send("greeter", "hello", {"name": "Ada"})
    assert reply.payload["text"] == "hello Ada"
