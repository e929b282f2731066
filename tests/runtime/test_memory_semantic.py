"""Semantic memory finds the nearest by cosine, exactly, from a table and from pgvector alike."""

import asyncio

import numpy as np
import pytest

from qpf_runtime.database import collecting
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.memory.embedding import OfflineEmbedder, load_embedder
from qpf_runtime.memory.semantic import SemanticMemoryFull, TableMemory
from qpf_runtime.needs import StoreUrls
from tests.runtime.stores import Place

pytestmark = [pytest.mark.anyio, pytest.mark.network]

TEXTS = {
    "steel": "steel plates and steel beams",
    "steel2": "steel plates and steel beams",
    "beams": "beams of wood",
    "milk": "fresh milk every morning",
    "empty": "…",
}


@pytest.fixture(params=["numpy on SQLite", "numpy on PostgreSQL", "pgvector"])
async def place(request, tmp_path):
    kinds = {"semanticmemory": request.param.split(maxsplit=1)[0]}
    urls = StoreUrls()
    if "SQLite" not in request.param:
        kinds["episodicmemory"] = "postgresql"
        server = request.getfixturevalue("pgvector" if request.param == "pgvector" else "postgres")
        urls = StoreUrls(database=server.create())
    made = Place(tmp_path, urls, kinds)
    yield made
    await made.close()


async def filled(place, **changes):
    semantic = place.open(**changes).memory.semantic
    for key, text in TEXTS.items():
        await semantic.remember(key, text, {"of": key})
    return semantic


async def expected(query, dimensions=32):
    """What the definition says: cosines of all texts, by score, then key."""
    vectors = (await OfflineEmbedder(dimensions).embed([query, *TEXTS.values()])).astype(float)
    scores = zip((vectors[1:] @ vectors[0]).round(5), TEXTS, strict=True)
    return [(key, score) for score, key in sorted(scores, key=lambda found: (-found[0], found[1]))]


@pytest.mark.parametrize("query", ["steel beams", "milk", "WOOD", "", "…", "ünknown \0 words"])
async def test_the_nearest_are_found_ties_by_key(place, query):
    semantic = await filled(place)
    found = [(match.key, round(match.score, 5)) for match in await semantic.search(query)]
    wanted = await expected(query)
    assert [key for key, _ in found] == [key for key, _ in wanted]
    assert [score for _, score in found] == pytest.approx([score for _, score in wanted], abs=2e-5)


async def test_metadata_is_given_back_as_json(place):
    semantic = place.open().memory.semantic
    await semantic.remember("key", "steel", {"ü": ["\0", None, 1.5], "none": float("inf")})
    (found,) = await semantic.search("steel")
    assert found.metadata == {"ü": ["\0", None, 1.5], "none": None}


async def test_limit_score_and_what_was_remembered_with_it(place):
    semantic = await filled(place)
    (best,) = await semantic.search("steel plates and steel beams", limit=1)
    assert (best.key, best.text, best.metadata) == ("steel", TEXTS["steel"], {"of": "steel"})
    assert best.score == pytest.approx(1.0)
    assert [match.key for match in await semantic.search("steel plates", at_least=0.5)] == ["steel", "steel2"]
    assert await semantic.search("steel", limit=0) == ()


async def test_writes_are_seen_by_replicas_and_other_agents_see_nothing(place):
    mine, replica, other = (place.open(name).memory.semantic for name in ("solo", "solo", "other"))
    assert await replica.search("steel") == ()
    await mine.remember("key", "milk")
    assert [match.text for match in await replica.search("steel")] == ["milk"]
    await mine.remember("key", "steel")
    assert [match.text for match in await replica.search("steel")] == ["steel"]
    await mine.forget("key")
    assert await replica.search("steel") == ()
    await mine.remember("key", "steel")
    assert await other.search("steel") == ()


async def test_after_any_changes_a_replica_finds_what_is_there(place):
    mine, replica = (place.open().memory.semantic for _ in range(2))
    there = {}
    for step in range(60):
        key, other = f"k{step * 7 % 11}", f"k{step * 5 % 11}"
        there[key] = f"{key} of step {step}"
        await mine.remember(key, there[key])
        if step % 3 == 0:
            there.pop(other, None)
            await mine.forget(other)
        if step % 2 == 0:
            assert {match.key: match.text for match in await replica.search("step", limit=99)} == there


async def test_what_a_turn_remembers_is_kept_with_the_turn(place):
    opened = place.open()
    with collecting() as unit:
        await opened.memory.semantic.remember("key", "steel")
    assert await opened.memory.semantic.search("steel") == ()
    await opened.database.run(*unit.writes)
    assert [match.key for match in await opened.memory.semantic.search("steel")] == ["key"]


async def test_vectors_of_other_dimensions_are_refused_naming_both(place):
    await filled(place)
    semantic = place.open(semanticmemory__dimensions=64).memory.semantic
    with pytest.raises(ConfigurationError, match=r'"beams" has 32 dimensions, .*dimensions is 64'):
        await semantic.search("steel")
    for key in TEXTS:
        await semantic.forget(key)
    await semantic.remember("key", "steel")
    assert len(await semantic.search("steel")) == 1


async def test_an_embedder_of_other_dimensions_is_refused_naming_both(tmp_path):
    class Broken:
        async def embed(self, texts):
            return np.full((len(texts), 3), np.nan)

    place = Place(tmp_path)
    database = place.open().database
    with pytest.raises(ConfigurationError, match=r"1 x 3 numbers for 1 texts; .*dimensions is 32"):
        await TableMemory(database, "solo", Broken(), 32).search("steel")
    with pytest.raises(ConfigurationError, match="not finite"):
        await TableMemory(database, "solo", Broken(), 3).remember("key", "steel")
    await place.close()


async def test_a_full_table_is_refused_and_what_is_in_it_may_change(tmp_path):
    place = Place(tmp_path)
    semantic = TableMemory(place.open().database, "solo", OfflineEmbedder(4), 4, most=2)
    await semantic.remember("a", "steel")
    await semantic.remember("b", "milk")
    with pytest.raises(SemanticMemoryFull, match="pgvector"):
        await semantic.remember("c", "wood")
    await semantic.remember("b", "wood")
    assert len(await semantic.search("wood")) == 2
    await place.close()


async def test_the_offline_embedder_gives_the_same_everywhere():
    (vector,) = await OfflineEmbedder(4).embed(["Steel beams"])
    assert (vector * 30**0.5).tolist() == pytest.approx([-2, 1, 4, -3])
    (same,) = await OfflineEmbedder(4).embed(["STEEL  beams!"])
    assert (same == vector).all()


def test_an_embedder_that_is_not_installed_is_refused_naming_those_that_are():
    with pytest.raises(ConfigurationError, match='QPF_EMBEDDER is "other"; installed are: offline'):
        load_embedder("other", 4)


async def test_embedders_are_loaded_by_entry_point(tmp_path, monkeypatch):
    (tmp_path / "ours.py").write_text("def make(dimensions):\n    return f'of {dimensions}'\n")
    info = tmp_path / "ours-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[qpf_runtime.embedders]\nours = ours:make\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert str(load_embedder("ours", 7)) == "of 7"


async def test_a_server_without_pgvector_is_refused_with_the_remedy(postgres, tmp_path):
    kinds = {"semanticmemory": "pgvector", "episodicmemory": "postgresql"}
    place = Place(tmp_path, StoreUrls(database=postgres.create()), kinds)
    with pytest.raises(ConfigurationError, match=r"has no extension vector .*install pgvector.*numpy"):
        await place.open().check()
    await place.close()


async def test_a_user_who_may_not_create_the_extension_is_told(pgvector, tmp_path):
    url = pgvector.create()
    pgvector.execute("DROP ROLE IF EXISTS plain")
    pgvector.execute("CREATE ROLE plain LOGIN")
    pgvector.execute("GRANT ALL ON SCHEMA public TO plain", url)
    place = Place(
        tmp_path,
        StoreUrls(database=url.replace("qpf@", "plain@")),
        {"semanticmemory": "pgvector", "episodicmemory": "postgresql"},
    )
    opened = place.open()
    with pytest.raises(ConfigurationError, match="CREATE EXTENSION vector"):
        await opened.check()
    pgvector.execute("CREATE EXTENSION vector", url)
    await opened.check()
    await opened.memory.semantic.remember("key", "steel")
    assert len(await opened.memory.semantic.search("steel")) == 1
    await place.close()


async def test_many_processes_may_begin_at_once(pgvector, tmp_path):
    kinds = {"semanticmemory": "pgvector", "episodicmemory": "postgresql"}
    place = Place(tmp_path, StoreUrls(database=pgvector.create()), kinds)
    await asyncio.gather(*(place.open().check() for _ in range(6)))
    await place.close()
