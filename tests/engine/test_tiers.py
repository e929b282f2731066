"""Look-ups go through the caches in order, believe nothing, wait for nobody, and say what went wrong once."""

import threading
from pathlib import Path

import pytest

from qpf.engine import sharedtier
from qpf.engine.entry import VERSION, seal
from qpf.engine.tiers import TierCount, Tiers
from qpf.io.cachefolder import CacheFolder
from qpf.model.cache import StoreError, StoreSize

SOON = 0.5
GOES_ON = "; this run goes on without it"
LONG = 60.0


class Shelf:
    """A store in this process."""

    def __init__(self):
        self.entries = {}
        self.asked = []
        self.took = threading.Condition()
        self.closed = False

    def get(self, keys):
        self.asked.append(list(keys))
        return {key: self.entries[key] for key in keys if key in self.entries}

    def put(self, entries):
        with self.took:
            self.entries.update(entries)
            self.took.notify_all()

    def size(self):
        return StoreSize(len(self.entries), None)

    def close(self):
        self.closed = True


class Broken(Shelf):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def get(self, keys):
        self.asked.append(list(keys))
        raise self.error

    def put(self, entries):
        raise self.error


class Hanging(Shelf):
    """Hangs in the calls named, until the test lets it go on."""

    def __init__(self, *calls):
        super().__init__()
        self.calls = calls
        self.reached = threading.Event()
        self.released = threading.Event()

    def _perhaps(self, call):
        if call in self.calls:
            self.reached.set()
            self.released.wait(LONG)

    def get(self, keys):
        if self.asked:
            self._perhaps("second get")
        self._perhaps("get")
        return super().get(keys)

    def put(self, entries):
        self._perhaps("put")
        super().put(entries)

    def close(self):
        self._perhaps("close")
        super().close()


@pytest.fixture
def hanging():
    made = []

    def make(*calls):
        made.append(Hanging(*calls))
        return made[-1]

    yield make
    for store in made:
        store.released.set()


def sealed(*keys, secret=None):
    return {key: seal(key, key.encode(), secret) for key in keys}


def unsent(left, total):
    return f", and {left} of {total} new entries were not kept there"


def payloads(found):
    return {key: payload for key, (payload, _) in found.items()}


def origins(found):
    return {key: origin for key, (_, origin) in found.items()}


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


def test_a_local_cache_that_fails_is_said_once_and_the_others_serve():
    shared = Shelf()
    shared.entries = sealed("a")
    tiers = Tiers(Broken(StoreError("No space left on device")), [("one", shared)])
    assert origins(tiers.get(["a"])) == {"a": "remote"}
    tiers.put({"b": b"2"})
    tiers.close()
    assert shared.entries["b"] == seal("b", b"2")
    assert tiers.notes() == (f"the local cache cannot be used: No space left on device{GOES_ON}",)


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


def test_many_are_sent_in_few_calls(tmp_path: Path, hanging):
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
    assert calls == [1] + [64] * 10
