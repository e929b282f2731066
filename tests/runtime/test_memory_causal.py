"""Causes and effects are found through any graph, in SQLite and PostgreSQL, and shipped to Neo4j."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j.exceptions import AuthError, ServiceUnavailable

from qpf_runtime.database import collecting
from qpf_runtime.errors import ConfigurationError, Unavailable
from qpf_runtime.memory import neo4j
from qpf_runtime.memory.tables import CAUSES
from qpf_runtime.needs import StoreUrls
from tests.runtime.stores import Place

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request, tmp_path):
    kinds = {"causalmemory": "sql", "episodicmemory": request.param}
    urls = StoreUrls()
    if request.param == "postgresql":
        urls = StoreUrls(database=request.getfixturevalue("postgres").create())
    made = Place(tmp_path, urls, kinds)
    yield made
    await made.close()


async def linked(place, *edges):
    causal = place.open().memory.causal
    for edge in edges:
        cause, effect = edge.split(">")
        await causal.link(cause, effect, "packet", "c")
    return causal


def spelt(edges):
    return [f"{edge.cause}>{edge.effect} {edge.depth}" for edge in edges]


async def test_causes_and_effects_are_found_nearest_first(place):
    causal = await linked(place, "a>b", "b>c", "a>c", "c>d", "x>y")
    assert spelt(await causal.causes_of("c")) == ["b>c 1", "a>c 1", "a>b 2"]
    assert spelt(await causal.effects_of("a")) == ["a>b 1", "a>c 1", "b>c 2", "c>d 2"]
    assert spelt(await causal.effects_of("a", depth=1)) == ["a>b 1", "a>c 1"]
    assert spelt(await causal.effects_of("a", limit=3)) == ["a>b 1", "a>c 1", "b>c 2"]
    assert await causal.effects_of("d") == await causal.causes_of("nobody") == ()
    assert await causal.effects_of("a", depth=0) == await causal.effects_of("a", limit=0) == ()


async def test_a_cycle_ends(place):
    causal = await linked(place, "a>b", "b>a", "a>a", "b>c")
    assert sorted(spelt(await causal.effects_of("a", depth=100))) == ["a>a 1", "a>b 1", "b>a 2", "b>c 2"]
    found = await causal.causes_of("c", depth=10**9, limit=10**9)
    assert sorted(spelt(found)) == [
        "a>a 3",
        "a>b 2",
        "b>a 3",
        "b>c 1",
    ]


EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25, unique=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=EDGES, depth=st.integers(1, 9))
def test_what_is_reached_is_what_a_plain_search_reaches(tmp_path_factory, edges, depth):
    async def check():
        place = Place(tmp_path_factory.mktemp("graph"), kinds={"causalmemory": "sql"})
        causal = await linked(place, *(f"{cause}>{effect}" for cause, effect in edges))
        found = {(edge.cause, edge.effect): edge.depth for edge in await causal.effects_of("0", depth)}
        await place.close()
        return found

    reached: dict[tuple[str, str], int] = {}
    border = {0}
    for level in range(1, depth + 1):
        fresh = [edge for edge in edges if edge[0] in border and (str(edge[0]), str(edge[1])) not in reached]
        reached |= {(str(cause), str(effect)): level for cause, effect in fresh}
        border = {effect for _, effect in fresh}
    assert asyncio.run(check()) == reached


async def test_a_graph_with_many_ways_is_walked_within_bounds(place):
    layers = [[f"{layer}.{node}" for node in range(4)] for layer in range(30)]
    edges = [f"{a}>{b}" for one, two in pairwise(layers) for a in one for b in two]
    opened = place.open()
    with collecting() as unit:
        for edge in edges:
            await opened.memory.causal.link(*edge.split(">"), "packet")
    await opened.database.run(*unit.writes)
    found = await opened.memory.causal.effects_of("0.0", depth=100)
    assert len(found) == 4 + 28 * 16
    assert max(edge.depth for edge in found) == 29
    assert len(await opened.memory.causal.effects_of("0.0", depth=100, limit=20)) == 20


async def test_the_same_edge_again_changes_nothing(place):
    causal = await linked(place, "a>b", "a>b")
    assert len(await causal.effects_of("a")) == 1
    await causal.link("a", "b", "decision")
    assert {edge.kind for edge in await causal.effects_of("a")} == {"packet", "decision"}


async def test_edges_are_kept_as_long_as_episodes(place):
    causal = await linked(place, "a>b")
    place.clock.pass_time(timedelta(days=90, seconds=1))
    assert await causal.effects_of("a") == ()
    opened = place.open()
    await opened.memory.causal.link("a", "c", "packet")
    assert await place.stores[0]._opened[0].sweep() == 1
    assert spelt(await causal.effects_of("a")) == ["a>c 1"]


class FakeNeo4j:
    """Stands in for the driver: keeps what MERGE would. `test_memory_neo4j.py` has a real server."""

    def __init__(self):
        self.edges = {}
        self.merged = 0
        self.unique = False
        self.failure = None
        self.before_answer = None

    def session(self):
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def execute_write(self, work):
        if self.failure:
            raise self.failure
        before = self.merged
        await work(self)
        if self.before_answer and self.merged > before:
            raise self.before_answer

    async def run(self, query, edges=()):
        if "CONSTRAINT" in query:
            assert self.merged == 0, "merging without it makes doubles"
            self.unique = True
            return self
        assert self.unique
        assert query.count("MERGE") == 3
        assert "CREATE" not in query
        for edge in edges:
            self.merged += 1
            self.edges[edge["cause"], edge["effect"], edge["kind"], edge["agent"]] = edge
        return self

    async def consume(self):
        pass

    async def close(self):
        self.closed = True


@pytest.fixture
async def exported(place, monkeypatch):
    fake = FakeNeo4j()
    monkeypatch.setattr(neo4j, "connect", lambda _url: fake)
    place.kinds["causalmemory"] = "neo4j"
    place.urls = StoreUrls(database=place.urls.database, neo4j="neo4j://host")
    return fake


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 -- what it waits for knows of no event
            await asyncio.sleep(0.005)


async def test_edges_are_shipped_when_the_turn_is_over(place, exported):
    opened = place.open()
    with collecting() as unit:
        await opened.memory.causal.link("a", "b", "packet")
        await opened.memory.causal.link("b", "c", "decision", "story")
    assert (exported.edges, len(unit.after)) == ({}, 1)
    await opened.database.run(*unit.writes)
    for follow in unit.after:
        await follow()
    await until(lambda: len(exported.edges) == 2)
    assert exported.edges["b", "c", "decision", "solo"]["correlation_id"] == "story"
    await opened.memory.causal.link("c", "d", "packet")
    await until(lambda: len(exported.edges) == 3)
    assert exported.merged == 3


async def test_what_neo4j_did_not_take_is_kept_past_retention_and_shipped_by_a_sweep(place, exported):
    exported.failure = ServiceUnavailable("gone")
    opened = place.open()
    await opened.memory.causal.link("a", "b", "packet")
    place.clock.pass_time(timedelta(days=100))
    with pytest.raises(Unavailable, match="Neo4j does not answer: gone"):
        await opened.sweep()
    exported.failure = AuthError("user neo4j")
    with pytest.raises(Unavailable, match="user and password of NEO4J_URL"):
        await opened.sweep()
    exported.failure = None
    assert await opened.sweep() == 1
    assert len(exported.edges) == 1


async def test_an_edge_whose_answer_was_lost_is_shipped_again_and_is_one(place, exported):
    exported.before_answer = ServiceUnavailable("cut off")
    opened = place.open()
    with collecting() as unit:
        await opened.memory.causal.link("a", "b", "packet")
    await opened.database.run(*unit.writes)
    with pytest.raises(Unavailable):
        await opened.sweep()
    exported.before_answer = None
    await opened.sweep()
    await opened.sweep()
    assert (exported.merged, len(exported.edges)) == (2, 1)


def test_a_wrong_address_of_neo4j_is_refused_and_not_shown():
    for url in ("http://user:hush@host", "neo4j://user:hush@host:port"):
        with pytest.raises(ConfigurationError, match="NEO4J_URL") as refused:
            neo4j.connect(url)
        assert "hush" not in str(refused.value)


async def test_a_server_that_is_not_there_is_unavailable(place):
    opened = place.open()
    driver = neo4j.connect("bolt://user:word@127.0.0.1:1")
    export = neo4j.Neo4jExport(opened.database, "solo", driver)
    await opened.memory.causal.link("a", "b", "packet")
    undo = CAUSES.update().values(exported=False)
    await opened.database.run(lambda connection: connection.execute(undo))
    with pytest.raises(Unavailable, match="Neo4j"):
        await export.ship()
    await export.close()
