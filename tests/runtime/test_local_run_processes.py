"""Agents in processes of their own, without a broker: small packages stand in for them."""

import asyncio
import json
import os
import stat
from typing import Any

import pytest

from qpf_plugins.local_run.keys import OPERATOR, read_keys
from qpf_plugins.local_run.launch import Launch
from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem
from qpf_plugins.local_run.processes import Processes
from qpf_plugins.local_run.supervised import Patience
from qpf_runtime.listing import ListedAgent, Listing, UnknownNameError

GOOD = """
import json, os, pathlib, signal, sys
said = {key: value for key, value in os.environ.items() if key.startswith(("QPF_", "SECRET"))}
import words
said["word"] = words.WORD
pathlib.Path(os.environ["QPF_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
(pathlib.Path(os.environ["QPF_DATA_DIR"]) / "ada.json").write_text(json.dumps(said))
file = pathlib.Path(os.environ["QPF_ADDRESS_FILE"])
fresh = file.with_suffix(".tmp")
fresh.write_text(json.dumps({"host": "127.0.0.1", "port": 1, "pid": os.getpid()}))
fresh.replace(file)
signal.sigwait({signal.SIGTERM})
"""

PATIENCE = Patience(base=0.001, cap=0.01, ready=30, look=0.005)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "environments" / "dev").mkdir(parents=True)
    (tmp_path / ".qpf" / "run").mkdir(parents=True)
    (tmp_path / "logic").mkdir()
    (tmp_path / "logic" / "words.py").write_text("WORD = 'hi'\n")
    return Place(tmp_path, "dev")


def launch(place, sources, **changes):
    agents = {}
    for name, source in sources.items():
        package = place.folder / name / name
        package.mkdir(parents=True)
        (package / "__main__.py").write_text(source)
        agents[name] = ListedAgent(package=name, src=name)
    listing = Listing(version=1, fleet="words", environment="dev", agents=agents)
    variables = {"PATH": os.environ["PATH"], "SECRET": "kept", "QPF_TOKEN_FILE": "elsewhere", "QPF_PORT": "1"}
    settings: dict[str, Any] = {"bus": "nats://127.0.0.1:1", "variables": variables, "local": True}
    return Launch(place, listing, **(settings | changes))


@pytest.mark.anyio
async def test_an_agent_is_told_all_it_needs_and_nothing_stale(place):
    keys = read_keys(place.kept / "keys", ["ada", OPERATOR])
    processes = Processes(launch(place, {"ada": GOOD}), ["ada"], keys, lambda _: None, patience=PATIENCE)
    try:
        await processes.start()
        assert processes.agents["ada"].state == "ready"
        said = json.loads((place.kept / "data" / "dev" / "ada.json").read_text())
    finally:
        await processes.stop()
        await processes.close()
    assert said == {
        "SECRET": "kept",
        "QPF_ADDRESS_FILE": str(place.kept / "run" / "dev.ada.address"),
        "QPF_BUS": "nats://127.0.0.1:1",
        "QPF_BUS_SEED": str(place.kept / "keys" / "ada.nk"),
        "QPF_DATA_DIR": str(place.kept / "data" / "dev"),
        "QPF_HOST": "127.0.0.1",
        "QPF_LOG_FORMAT": "text",
        "QPF_MODELS": "offline",
        "QPF_PORT": "0",
        "QPF_STORES": "local",
        "QPF_TOKEN": processes.tokens["ada"],
        "word": "hi",
    }
    assert not list(place.folder.rglob("__pycache__"))


@pytest.mark.anyio
async def test_an_agent_that_will_not_start_is_named_with_its_last_lines(place):
    bad = "import sys; sys.stderr.write('bob: QPF_BUS is wrong\\n'); sys.exit(2)"
    heard = []
    processes = Processes(
        launch(place, {"ada": GOOD, "bob": bad}),
        ["ada", "bob"],
        {},
        lambda _: None,
        lambda name, line: heard.append((name, line)),
        PATIENCE,
    )
    try:
        with pytest.raises(
            Problem, match=r"bob will not start\nlast lines of bob .*\n  bob: QPF_BUS is wrong"
        ):
            await processes.start()
    finally:
        await processes.close()
    assert ("bob", "bob: QPF_BUS is wrong") in heard
    assert [agent.state for agent in processes.agents.values()] == ["stopped", "gave up"]
    assert (place.kept / "log" / "dev" / "bob.log").read_text() == "bob: QPF_BUS is wrong\n"


@pytest.mark.anyio
async def test_an_agent_without_its_stores_is_answered_with_what_helps(place):
    bad = "import sys; sys.stderr.write('ada: storagetype is redis, REDIS_URL is not set'); sys.exit(2)"
    processes = Processes(launch(place, {"ada": bad}), ["ada"], {}, lambda _: None, patience=PATIENCE)
    try:
        with pytest.raises(Problem) as caught:
            await processes.start()
    finally:
        await processes.close()
    assert caught.value.hint.startswith("--local keeps everything on this machine")


@pytest.mark.anyio
async def test_an_agent_that_does_not_come_up_is_named(place):
    slow = "import time; time.sleep(1000)"
    patience = Patience(base=0.001, cap=0.01, ready=1.0, look=0.005)
    processes = Processes(launch(place, {"bob": slow}), ["bob"], {}, lambda _: None, patience=patience)
    try:
        with pytest.raises(Problem, match=r"bob did not come up within 1 s\nlast lines of bob "):
            await processes.start()
    finally:
        await processes.close()


def test_a_listing_cannot_lead_out_of_the_environment(place):
    made = launch(place, {"ada": GOOD})
    made.listing.agents["ada"] = ListedAgent(package="ada", src="../../logic")
    with pytest.raises(Problem, match="src of ada leads out of the environment"):
        made.program("ada", "token", None)


def test_keys_are_made_once_and_for_their_owner_only(tmp_path):
    folder = tmp_path / "keys"
    keys = read_keys(folder, ["ada", OPERATOR])
    assert keys == read_keys(folder, ["ada", OPERATOR])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert keys["ada"].public.startswith("U")
    assert keys["ada"].public != keys[OPERATOR].public
    assert keys["ada"].variable("main_agent") == ("QPF_NKEY_MAIN_AGENT", keys["ada"].public)


@pytest.mark.parametrize("content", ["", "nonsense", "SUAM!"])
def test_a_file_that_is_no_key_is_named(tmp_path, content):
    (tmp_path / "ada.nk").write_text(content)
    with pytest.raises(Problem, match=r"ada\.nk holds no NKey seed"):
        read_keys(tmp_path, ["ada"])


def test_an_agent_that_does_not_run_is_answered_with_those_that_do():
    from qpf_plugins.local_run.place import Running, RunningAgent

    agent = RunningAgent(name="ada", url="http://h:1", token="secret", pid=1)  # noqa: S106 -- that it is not shown is what is tested
    running = Running(pid=1, mode="nats", fleet="f", environment="dev", agents={"ada": agent})
    assert running.agent("ada") == agent
    with pytest.raises(UnknownNameError, match="the running dev has no agent eve"):
        running.agent("eve")
    assert "secret" not in repr(running)


def test_the_first_word_stops_and_the_second_is_passed_on():
    from qpf_plugins.local_run.on_broker import SIGNALS, Told

    async def told_twice():
        told, heard = Told(), []
        told.again = lambda: heard.append("too early")
        with told.listening():
            os.kill(os.getpid(), SIGNALS[0])
            await told.stop.wait()
            assert heard == []
            heard_again = asyncio.Event()
            told.again = heard_again.set
            os.kill(os.getpid(), SIGNALS[1])
            await heard_again.wait()
        assert not await told.unless(asyncio.sleep(1000))

    asyncio.run(asyncio.wait_for(told_twice(), 30))
