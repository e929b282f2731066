"""A cache that fails or hangs costs its deadline once, is said once, and the others serve."""

import multiprocessing
from time import sleep

import pytest

from qpf.engine import sharedtier
from qpf.engine import tiers as tiers_module
from qpf.engine.entry import seal
from qpf.engine.tiers import Tiers
from qpf.io.cachefolder import CacheFolder
from qpf.model.cache import StoreError
from tests.engine.shelves import GOES_ON, LONG, SOON, Broken, Shelf, origins, payloads, sealed, unsent
from tests.servers import wait_until


@pytest.mark.parametrize("error", [StoreError("refused"), ZeroDivisionError(), SystemExit(3)], ids=repr)
def test_a_cache_that_fails_is_not_asked_again_and_said_once(tmp_path, error):
    broken, good = Broken(error), Shelf()
    good.entries = sealed("a")
    tiers = Tiers(CacheFolder(tmp_path), [("bad", broken), ("good", good)])
    assert origins(tiers.get(["a"])) == {"a": "remote"}
    tiers.get(["b"])
    tiers.get(["c"])
    tiers.put({"d": b"4"})
    tiers.close()
    assert broken.asked == [["a"]]
    reason = "refused" if isinstance(error, StoreError) else type(error).__name__
    assert tiers.notes() == (f"the cache bad cannot be used: {reason}{GOES_ON}{unsent(1, 1)}",)
    assert "d" in good.entries


def test_a_cache_that_cannot_take_entries_is_said_once(tmp_path):
    broken = Broken(StoreError("out of memory"))
    tiers = Tiers(CacheFolder(tmp_path), [("bad", broken)])
    for number in range(100):
        tiers.put({f"key:{number}": b"1"})
    tiers.close()
    assert tiers.notes() == (f"the cache bad cannot be used: out of memory{GOES_ON}{unsent(100, 100)}",)
    assert len(tiers.get([f"key:{number}" for number in range(100)])) == 100


def test_a_cache_that_hangs_holds_nobody_up(tmp_path, hanging):
    store, good = hanging("get", "put", "close"), Shelf()
    good.entries = sealed("a")
    tiers = Tiers(CacheFolder(tmp_path), [("tape://host", store), ("good", good)], deadline_seconds=SOON)
    tiers.put({"x": b"1"})
    assert store.reached.wait(LONG)
    assert origins(tiers.get(["a"])) == {"a": "remote"}
    tiers.get(["b"])
    tiers.close()
    assert tiers.notes() == (f"the cache tape://host did not answer within {SOON} s{GOES_ON}{unsent(1, 1)}",)


def test_a_cache_that_takes_too_long_to_take_entries_is_left_behind(tmp_path, hanging):
    store = hanging("put")
    tiers = Tiers(CacheFolder(tmp_path), [("tape://host", store)], deadline_seconds=LONG, flush_seconds=SOON)
    tiers.put({"x": b"1", "y": b"2"})
    tiers.close()
    assert tiers.notes() == (f"the cache tape://host is too slow{GOES_ON}{unsent(2, 2)}",)


def test_what_came_in_time_is_used_when_the_rest_does_not_come(hanging):
    store = hanging("second get")
    keys = [f"key:{number}" for number in range(200)]
    store.entries = sealed(*keys)
    tiers = Tiers(None, [("one", store)], deadline_seconds=1.0)
    found = tiers.get(keys)
    assert 0 < len(found) < 200
    assert payloads(found).items() <= {key: key.encode() for key in keys}.items()
    assert tiers.notes() == (f"the cache one did not answer within 1 s{GOES_ON}",)


def test_no_more_is_fetched_than_is_taken():
    store = Shelf()
    keys = [f"key:{number}" for number in range(640)]
    store.entries = sealed(*keys)
    taken = Tiers(None, [("one", store)], deadline_seconds=LONG).look_up(keys, lambda _key, payload: payload)
    next(taken)
    wait_until(lambda: len(store.asked) > 2, within=LONG)
    sleep(0.2)
    assert len(store.asked) == 3
    assert len(list(taken)) == 639


def test_a_local_cache_that_fails_is_said_once_and_the_others_serve():
    shared = Shelf()
    shared.entries = sealed("a")
    tiers = Tiers(Broken(StoreError("No space left on device")), [("one", shared)])
    assert origins(tiers.get(["a"])) == {"a": "remote"}
    tiers.put({"b": b"2"})
    tiers.close()
    assert shared.entries["b"] == seal("b", b"2")
    assert tiers.notes() == (f"the local cache cannot be used: No space left on device{GOES_ON}",)


def test_a_cache_is_not_blamed_for_what_the_local_one_did_not_keep(tmp_path):
    store = Shelf()
    tiers = Tiers(CacheFolder(tmp_path), [("one", store)])
    tiers.put({"a": b"1"})
    tiers.share("b")
    tiers.share("c")
    tiers.close()
    assert set(store.entries) == {"a"}
    assert tiers.notes() == ("the cache one lacks 2 of 3 new entries: no local cache kept them",)


def test_what_the_local_cache_cannot_keep_is_asked_for_once(monkeypatch):
    monkeypatch.setattr(tiers_module, "MOST_HELD", 2 * len(seal("a", b"a")))
    store = Shelf()
    store.entries = sealed("a", "b", "c")
    tiers = Tiers(Broken(StoreError("No space left on device")), [("one", store)])
    for _ in range(2):
        assert payloads(tiers.get(["a", "b"])) == {"a": b"a", "b": b"b"}
    assert payloads(tiers.get(["b", "c"])) == {"b": b"b", "c": b"c"}
    assert payloads(tiers.get(["c"])) == {"c": b"c"}
    assert store.asked == [["a", "b"], ["c"], ["c"]]


@pytest.mark.parametrize("kept", [True, False], ids=["read again from the local cache", "dropped"])
def test_what_waits_is_bounded(tmp_path, monkeypatch, hanging, kept):
    monkeypatch.setattr(sharedtier, "MOST_WAITING", 1000)
    store = hanging("put")
    tiers = Tiers(CacheFolder(tmp_path) if kept else None, [("one", store)], deadline_seconds=LONG)
    tiers.put({"first": b"1"})
    assert store.reached.wait(LONG)
    for number in range(100):
        tiers.put({f"key:{number}": bytes(100)})
    (_, tier), *_ = tiers._shared
    assert sum(len(blob) for _, blob in tier._waiting if blob is not None) <= 1000
    store.released.set()
    tiers.close()
    assert (len(store.entries) == 101) is kept
    if kept:
        assert tiers.notes() == ()
    else:
        assert tiers.notes() == (f"the cache one is slow{unsent(101 - len(store.entries), 101)}",)


def test_many_are_sent_in_few_calls(tmp_path, hanging):
    store = hanging("put")
    calls = []
    put = store.put

    def counted(entries):
        calls.append(len(entries))
        put(entries)

    store.put = counted
    tiers = Tiers(CacheFolder(tmp_path), [("one", store)], deadline_seconds=LONG)
    tiers.put({"first": b"1"})
    assert store.reached.wait(LONG)
    for number in range(640):
        tiers.put({f"key:{number}": b"1"})
    store.released.set()
    tiers.close()
    assert calls == [1] + [128] * 5


def test_a_process_that_is_forked_leaves_its_parents_connections_alone():
    store = Shelf()
    store.entries = sealed("a")
    tiers = Tiers(None, [("one", store)])
    assert origins(tiers.get(["a"])) == {"a": "remote"}
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def live():
        found = tiers.get(["a"])
        tiers.put({"b": b"2"})
        tiers.share("c")
        theirs.send((dict(found), store.asked, sorted(store.entries)))

    (_, tier), *_ = tiers._shared
    with tier._changed:  # as its sender may hold it at the moment of the fork
        child = context.Process(target=live)
        child.start()
        assert ours.poll(LONG)
        assert ours.recv() == ({}, [["a"]], ["a"])
    child.join()
