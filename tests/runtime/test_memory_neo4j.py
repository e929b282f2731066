"""The graph in a real Neo4j is the graph in the database, whoever ships it, and however often."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from neo4j import AsyncGraphDatabase

from qpf_runtime.database import collecting
from qpf_runtime.memory.tables import CAUSES
from qpf_runtime.needs import StoreUrls
from tests.runtime.stores import Place
from tests.servers.neo4j import neo4j

__all__ = ["neo4j"]  # a fixture

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.hunt,
    pytest.mark.network,
    pytest.mark.xdist_group("neo4j"),
]

NODES = "MATCH (event:Event) RETURN count(event) AS all, count(DISTINCT event.id) AS different"
EDGES = "MATCH ()-[caused:CAUSED]->() RETURN count(caused) AS all"


class Graph:
    """What a server holds, and agents whose stores ship to it."""

    def __init__(self, folder, url):
        self._url = url
        self.place = Place(folder, StoreUrls(neo4j=url), {"causalmemory": "neo4j"})

    async def ask(self, query, **words):
        async with AsyncGraphDatabase.driver(self._url) as driver, driver.session() as session:
            return [record.data() async for record in await session.run(query, **words)]

    async def linked(self, agent, length):
        """Open an agent that has a chain of so many edges to ship; every agent has the same chain."""
        opened = self.place.open(agent)
        with collecting() as unit:
            for number in range(length):
                await opened.memory.causal.link(f"e{number}", f"e{number + 1}", "packet", "story")
        await opened.database.run(*unit.writes)
        return opened


@pytest.fixture
async def graph(tmp_path, neo4j) -> AsyncIterator[Graph]:
    made = Graph(tmp_path, neo4j)
    await made.ask("MATCH (all) DETACH DELETE all")
    await made.ask("DROP CONSTRAINT qpf_event IF EXISTS")
    yield made
    await made.place.close()


async def test_what_is_shipped_can_be_followed(graph):
    opened = await graph.linked("one", 1200)
    await opened.sweep()
    way = "MATCH way = (:Event {id: 'e0'})-[:CAUSED*40]->(end) RETURN end.id AS id"
    assert await graph.ask(way) == [{"id": "e40"}]
    (edge,) = await graph.ask("MATCH (:Event {id: 'e7'})-[caused:CAUSED]->() RETURN properties(caused) AS of")
    assert edge["of"] == {
        "kind": "packet",
        "agent": "one",
        "at": "2026-01-01T00:00:00.000000+00:00",
        "correlation_id": "story",
    }


async def test_an_edge_that_is_shipped_again_is_one(graph):
    opened = await graph.linked("one", 10)
    undo = CAUSES.update().values(exported=False)
    for _ in range(2):
        await opened.sweep()
        await opened.database.run(lambda connection: connection.execute(undo))
    await opened.sweep()
    assert (await graph.ask(EDGES), await graph.ask(NODES)) == ([{"all": 10}], [{"all": 11, "different": 11}])


async def test_an_event_of_many_agents_that_ship_at_once_is_one(graph):
    agents = [await graph.linked(f"agent{number}", 300) for number in range(6)]
    await asyncio.gather(*(opened.sweep() for opened in agents))
    assert await graph.ask(NODES) == [{"all": 301, "different": 301}]
    assert await graph.ask(EDGES) == [{"all": 6 * 300}]


async def test_a_graph_that_has_doubles_already_is_shipped_to_all_the_same(graph, caplog):
    await graph.ask("CREATE (:Event {id: 'e0'}), (:Event {id: 'e0'})")
    opened = await graph.linked("one", 3)
    await opened.sweep()
    assert "CREATE CONSTRAINT qpf_event" in caplog.text
    assert await graph.ask("MATCH (:Event {id: 'e2'})-[:CAUSED]->(end) RETURN end.id AS id") == [{"id": "e3"}]
