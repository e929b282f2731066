"""Stores are what the schema declares, or are refused; `local` replaces them and says so."""

import logging
import subprocess
import sys
from datetime import timedelta

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.errors import ConfigurationError, Unavailable
from qpf_runtime.memory.semantic import TableMemory
from qpf_runtime.needs import StoreUrls
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import InMemoryStores, LocalStores
from tests.runtime.stores import Place, memory
from tests.runtime.world import FakeClock, config

pytestmark = pytest.mark.anyio

REMOTE = {
    "workingmemory": "redis_cluster",
    "episodicmemory": "postgresql",
    "semanticmemory": "pgvector",
    "causalmemory": "neo4j",
    "archive": "s3",
}


def test_a_store_without_an_address_is_refused_naming_agent_field_value_and_variable(tmp_path):
    with pytest.raises(ConfigurationError) as refused:
        Place(tmp_path, kinds=REMOTE).open()
    assert str(refused.value) == (
        'agent solo: memorytopology.workingmemory.storagetype is "redis_cluster", and REDIS_URL is not set; '
        'memorytopology.episodicmemory.storagetype is "postgresql", and DATABASE_URL is not set; '
        'memorytopology.semanticmemory.storagetype is "pgvector", and DATABASE_URL is not set; '
        'memorytopology.causalmemory.storagetype is "neo4j", and NEO4J_URL is not set; '
        'memorytopology.archive.storagetype is "s3", and ARCHIVE_URL is not set'
    )


def test_a_store_whose_driver_is_not_installed_is_refused_naming_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("qpf_runtime.needs.find_spec", lambda _name: None)
    place = Place(tmp_path, StoreUrls(redis="redis://host"), {"workingmemory": "redis"})
    with pytest.raises(
        ConfigurationError, match=r"redis is not installed: pip install 'qpf-runtime\[redis\]'"
    ):
        place.open()


def test_a_storage_type_nobody_knows_is_refused_naming_those_that_are_known(tmp_path):
    with pytest.raises(ConfigurationError, match='"papyrus", this runtime knows "local", "none", "s3"'):
        Place(tmp_path, kinds={"archive": "papyrus"}).open()


def test_an_agent_has_one_database(tmp_path):
    place = Place(tmp_path, StoreUrls(database="postgresql://host/d"), {"semanticmemory": "pgvector"})
    with pytest.raises(ConfigurationError, match="an agent has one database"):
        place.open()


@pytest.mark.parametrize(
    ("kinds", "urls", "variable"),
    [
        ({"workingmemory": "redis"}, StoreUrls(redis="mysql://u:hush@h"), "REDIS_URL"),
        ({"episodicmemory": "postgresql"}, StoreUrls(database="mysql://u:hush@h"), "DATABASE_URL"),
        ({"causalmemory": "neo4j"}, StoreUrls(neo4j="mysql://u:hush@h"), "NEO4J_URL"),
        ({"archive": "s3"}, StoreUrls(archive="mysql://u:hush@h"), "ARCHIVE_URL"),
    ],
)
def test_an_address_that_is_none_is_refused_and_not_shown(tmp_path, kinds, urls, variable):
    with pytest.raises(ConfigurationError, match=variable) as refused:
        Place(tmp_path, urls, kinds).open()
    assert "hush" not in str(refused.value) + repr(urls)


def test_nothing_is_connected_before_it_is_used(tmp_path):
    place = Place(tmp_path, StoreUrls(redis="redis://127.0.0.1:1"), {"workingmemory": "redis"})
    place.open()
    assert list(tmp_path.iterdir()) == []


async def test_a_server_that_is_not_there_is_unavailable(tmp_path):
    urls = StoreUrls(database="postgresql://u:hush@127.0.0.1:1/d", redis="redis://u:hush@127.0.0.1:1")
    for layer in ("workingmemory", "episodicmemory"):
        place = Place(tmp_path, urls, {layer: REMOTE[layer].removesuffix("_cluster")})
        with pytest.raises(Unavailable, match="does not answer") as failed:
            await place.open().check()
        assert "hush" not in str(failed.value)
        await place.close()


async def test_local_stores_replace_others_and_say_so_once(tmp_path, caplog):
    stores = LocalStores(tmp_path, "local", StoreUrls(redis="redis://127.0.0.1:1"))
    with caplog.at_level(logging.WARNING):
        opened = stores.open(config("one", memory=memory(REMOTE)), FakeClock())
        stores.open(config("two", memory=memory(REMOTE)), FakeClock())
    (said,) = [record.message for record in caplog.records]
    assert said.startswith('stores=local: memorytopology.workingmemory.storagetype is "redis_cluster"; ')
    assert said.endswith("kept on this machine instead")
    await opened.memory.working.put("key", 1)
    assert await opened.memory.working.get("key") == 1
    await opened.memory.causal.link("a", "b", "packet")
    assert isinstance(opened.memory.semantic, TableMemory)
    await opened.memory.semantic.remember("key", "steel")
    await opened.check()
    assert (tmp_path / "one.db").exists()
    await stores.close()


async def test_in_memory_runs_any_agent_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with Runtime.in_memory() as runtime:
        agent = Agent(config("solo", memory=memory(REMOTE)), runtime)
        await agent.memory.episodic.append("note", "s", {}, "c")
        assert len(await agent.memory.episodic.recall()) == 1
        await agent.memory.causal.link("a", "b", "packet")
        assert len(await agent.memory.causal.effects_of("a")) == 1
    assert list(tmp_path.iterdir()) == []


async def test_agents_in_memory_share_no_archive():
    stores = InMemoryStores()
    one, two = (stores.open(config("solo", memory=memory(REMOTE)), FakeClock()) for _ in range(2))
    row = {"id": 1, "at": "2026-01-01T00:00:00.000000+00:00"}
    await one.memory.archive.keep("episodes", [row])
    assert await two.memory.archive.sweep(FakeClock().now().replace(year=2100)) == 0
    assert await one.memory.archive.sweep(FakeClock().now().replace(year=2100)) == 1
    await stores.close()


async def test_a_layer_that_is_not_declared_is_refused_when_it_is_used(tmp_path):
    place = Place(tmp_path)
    layers = place.open().memory
    assert layers.layers == frozenset()
    for name, section in (("semantic", "semanticmemory"), ("causal", "causalmemory"), ("archive", "archive")):
        with pytest.raises(
            ConfigurationError, match=rf"solo: memorytopology\.{section}\.storagetype is none"
        ):
            getattr(layers, name)
    assert place.open(causalmemory__storagetype="sql").memory.layers == {"causal"}


async def test_a_sweep_goes_on_when_one_store_fails(tmp_path):
    place = Place(tmp_path, kinds={"archive": "local", "causalmemory": "sql"})
    opened = place.open()
    await opened.check()
    (tmp_path / "archive").write_text("in the way")
    await opened.memory.episodic.append("note", "s", {}, "c")
    place.clock.pass_time(timedelta(days=100))
    with pytest.raises(Unavailable, match="the archive does not answer"):
        await opened.sweep()
    (tmp_path / "archive").unlink()
    assert await opened.sweep() == 1
    await place.close()


def test_extras_are_imported_only_where_they_are_declared(tmp_path):
    code = (
        "import sys, pathlib; from qpf_runtime.stores import LocalStores, InMemoryStores; "
        "from qpf_runtime.clock import SystemClock; from tests.runtime.world import config; "
        f"LocalStores(pathlib.Path({str(tmp_path)!r})).open(config('solo'), SystemClock()); "
        "print([name for name in ('redis', 'neo4j', 'psycopg', 'pgvector', 's3fs', 'alembic') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
