"""Look-ups go through the caches in order, believe nothing, and put what they found at hand."""

import pytest

from qpf.engine.entry import VERSION, seal
from qpf.engine.tiers import TierCount, Tiers
from qpf.io.cachefolder import CacheFolder
from tests.engine.shelves import Shelf, origins, payloads, sealed


def test_the_local_cache_is_asked_first_and_others_only_for_the_rest(tmp_path):
    local, first, second = CacheFolder(tmp_path), Shelf(), Shelf()
    local.put(sealed("a"))
    first.entries = sealed("a", "b")
    second.entries = sealed("a", "b", "c")
    tiers = Tiers(local, [("one", first), ("two", second)])
    found = tiers.get(["a", "b", "c", "d", "b"])
    assert payloads(found) == {"a": b"a", "b": b"b", "c": b"c"}
    assert origins(found) == {"a": "local", "b": "remote", "c": "remote"}
    assert (first.asked, second.asked) == ([["b", "c", "d"]], [["c", "d"]])
    tiers.close()
    assert (first.closed, second.closed, tiers.notes()) == (True, True, ())
    assert tiers.counts() == (
        TierCount("local", 1, 3, 2),
        TierCount("one", 1, 2, 0),
        TierCount("two", 1, 1, 0),
    )


def test_what_came_from_afar_is_at_hand_next_time(tmp_path):
    shared = Shelf()
    shared.entries = sealed("a")
    assert origins(Tiers(CacheFolder(tmp_path), [("one", shared)]).get(["a"])) == {"a": "remote"}
    assert origins(Tiers(CacheFolder(tmp_path)).get(["a"])) == {"a": "local"}


def test_what_is_put_is_here_at_once_and_elsewhere_when_closed(tmp_path):
    shared = Shelf()
    tiers = Tiers(CacheFolder(tmp_path), [("one", shared)])
    tiers.put({"a": b"1", "b": b"2"})
    assert payloads(tiers.get(["a", "b"])) == {"a": b"1", "b": b"2"}
    tiers.close()
    tiers.close()
    assert shared.entries == {"a": seal("a", b"1"), "b": seal("b", b"2")}
    assert tiers.counts()[1] == TierCount("one", 0, 0, 2)
    assert payloads(Tiers(None, [("one", shared)]).get(["a", "b"])) == {"a": b"1", "b": b"2"}


def test_without_any_cache_there_is_nothing_and_nothing_is_said():
    tiers = Tiers(None)
    tiers.put({"a": b"1"})
    assert (tiers.get(["a"]), tiers.counts()) == ({}, ())
    tiers.close()
    assert tiers.notes() == ()


def bad_entries():
    whole = seal("a", b"planted")
    yield "damaged", whole[:-1] + b"!"
    yield "cut off", whole[:-3]
    yield "of another version of qpf", whole[:4] + bytes([VERSION + 1]) + whole[5:]
    yield "another key's", seal("b", b"planted")


@pytest.mark.parametrize("where", ["local", "shared"])
@pytest.mark.parametrize(("fault", "blob"), list(bad_entries()), ids=lambda value: str(value)[:12])
def test_an_unsound_entry_is_a_miss_with_a_note_and_the_next_put_replaces_it(tmp_path, where, fault, blob):
    local, shared = CacheFolder(tmp_path), Shelf()
    (local if where == "local" else shared).put({"a": blob})
    tiers = Tiers(local, [("tape://host", shared)])
    assert tiers.get(["a"]) == {}
    assert tiers.get(["a"]) == {}
    tiers.put({"a": b"true"})
    assert payloads(tiers.get(["a"])) == {"a": b"true"}
    tiers.close()
    name = "the local cache" if where == "local" else "the cache tape://host"
    assert tiers.notes() == (f"entries of {name} count as misses because they are not sound: 2 {fault}",)
    assert shared.entries == {"a": seal("a", b"true")}


def test_an_entry_planted_by_somebody_who_does_not_know_the_secret_is_a_miss(tmp_path):
    shared = Shelf()
    shared.entries = {"a": seal("a", b"evil"), "b": seal("b", b"evil", b"guess"), "c": seal("c", b"c", b"s")}
    tiers = Tiers(CacheFolder(tmp_path), [("one", shared)], b"s")
    assert payloads(tiers.get(["a", "b", "c"])) == {"c": b"c"}
    (note,) = tiers.notes()
    assert note.endswith("1 not signed, 1 not signed with this secret")


def test_a_sound_entry_further_away_stands_in_for_an_unsound_one(tmp_path):
    local, shared = CacheFolder(tmp_path), Shelf()
    local.put({"a": b"rubbish"})
    shared.entries = sealed("a")
    assert origins(Tiers(local, [("one", shared)]).get(["a"])) == {"a": "remote"}
    assert origins(Tiers(local).get(["a"])) == {"a": "local"}
