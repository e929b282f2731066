"""The cache folder gives back what was put, whole; many use it at once; it stays within its bound."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from hashlib import sha256

import pytest

from qpf.io.cachefolder import CacheFolder
from qpf.io.cachenotes import Notes
from qpf.model.cache import StoreError, StoreSize

KEY = "qpf:extraction:abc:0.1.0:def"
DAY = 24 * 3600.0


def file_of(folder, key=KEY):
    name = sha256(key.encode()).hexdigest()
    return folder / name[:2] / name[2:]


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "size")


def program(text, *arguments):
    """Another process that runs a text; its output is read line by line."""
    return subprocess.Popen([sys.executable, "-c", text, *arguments], stdout=subprocess.PIPE, text=True)


def use(folder, key, when):
    """Make an entry look last used at some time."""
    path = file_of(folder, key)
    os.utime(path, (when, path.stat().st_mtime))


def test_what_was_put_comes_back(tmp_path):
    cache = CacheFolder(tmp_path / "deep" / "cache")
    entries = {f"key:{number}": bytes([number]) * number for number in range(200)}
    assert cache.get(list(entries)) == {}
    cache.put(entries)
    assert cache.get([*entries, "key:none"]) == entries
    cache.put({"key:1": b"other"})
    cache.close()
    again = CacheFolder(tmp_path / "deep" / "cache")
    assert again.get(["key:1", "key:2"]) == {"key:1": b"other", "key:2": b"\2\2"}
    assert again.size() == StoreSize(200, sum(range(200)) - 1 + 5)


def test_looking_makes_nothing(tmp_path):
    cache = CacheFolder(tmp_path / "cache")
    assert (cache.get([KEY]), cache.size(), cache.prune(0)) == ({}, StoreSize(0, 0), StoreSize(0, 0))
    assert cache.verify(lambda _: KEY).removed == 0
    cache.close()
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_may_read_or_write(tmp_path):
    before = os.umask(0)
    try:
        CacheFolder(tmp_path / "cache").put({KEY: b"content"})
    finally:
        os.umask(before)
    path = file_of(tmp_path / "cache")
    assert [f"{each.stat().st_mode & 0o777:o}" for each in (path, path.parent, path.parent.parent)] == [
        "600",
        "700",
        "700",
    ]


def test_an_entry_is_gone_after_its_time_to_live_however_often_it_is_used(tmp_path):
    now = time.time()
    CacheFolder(tmp_path, ttl_seconds=3 * DAY).put({KEY: b"content"})
    for days in (1, 2):
        later = CacheFolder(tmp_path, ttl_seconds=3 * DAY, clock=partial(float.__add__, now, days * DAY))
        assert later.get([KEY]) == {KEY: b"content"}
    assert CacheFolder(tmp_path, ttl_seconds=3 * DAY, clock=lambda: now + 4 * DAY).get([KEY]) == {}
    assert files(tmp_path) == []


def test_what_a_clock_that_was_ahead_has_dated_is_as_old_as_it_is_far_off(tmp_path):
    now = time.time()
    cache = CacheFolder(tmp_path, most=1000, ttl_seconds=30 * DAY)
    keys = [f"key:{number}" for number in range(9)]
    cache.put(dict.fromkeys(["key:ahead", *keys], bytes(100)))
    for number, key in enumerate(keys):
        use(tmp_path, key, now - number * DAY)
    os.utime(file_of(tmp_path, "key:ahead"), (now + 20 * DAY, now + 20 * DAY))
    cache.put({"key:new": bytes(100)})
    cache.close()
    assert [key for key in ("key:ahead", *keys) if not file_of(tmp_path, key).exists()] == [
        "key:ahead",
        keys[-1],
    ]
    os.utime(file_of(tmp_path, keys[0]), (now, now + 40 * DAY))
    os.utime(file_of(tmp_path, keys[1]), (now + DAY, now))
    assert set(cache.get(keys[:2])) == {keys[1]}
    assert file_of(tmp_path, keys[1]).stat().st_atime == pytest.approx(time.time(), abs=60)


def test_use_is_noted_once_an_hour(tmp_path):
    now = time.time()
    CacheFolder(tmp_path).put({KEY: b"content"})
    use(tmp_path, KEY, now - 1800)
    CacheFolder(tmp_path).get([KEY])
    assert file_of(tmp_path).stat().st_atime == pytest.approx(now - 1800)
    use(tmp_path, KEY, now - 7200)
    CacheFolder(tmp_path, clock=lambda: now).get([KEY])
    assert file_of(tmp_path).stat().st_atime == pytest.approx(now)


def test_eviction_keeps_what_was_used_last(tmp_path):
    cache = CacheFolder(tmp_path, most=1000)
    keys = [f"key:{number}" for number in range(10)]
    cache.put(dict.fromkeys(keys, bytes(100)))
    cache.close()
    assert len(cache.get(keys)) == 10
    now = time.time()
    for number, key in enumerate(keys):
        use(tmp_path, key, now - 9 * DAY + number * DAY / 2)
    assert cache.get([keys[0]]) != {}
    cache.put({"key:new": bytes(100)})
    cache.close()
    assert set(cache.get([*keys, "key:new"])) == {keys[0], *keys[3:], "key:new"}


def test_a_folder_within_its_bound_is_not_scanned(tmp_path, monkeypatch):
    cache = CacheFolder(tmp_path, most=1000)
    cache.put({KEY: bytes(100)})
    cache.close()
    scanned = []

    def scan(root):
        scanned.append(root)
        return []

    monkeypatch.setattr("qpf.io.cachefolder._scan", scan)
    for number in range(8):
        cache.put({f"key:{number}": bytes(100)})
        cache.close()
    assert scanned == []
    cache.put({"key:more": bytes(101)})
    cache.close()
    assert len(scanned) == 1


def test_what_others_put_is_bounded_by_whoever_is_told_to(tmp_path):
    CacheFolder(tmp_path, most=1000).put({f"key:{number}": bytes(100) for number in range(20)})
    CacheFolder(tmp_path, most=1000).close()
    assert CacheFolder(tmp_path).size() == StoreSize(20, 2000)
    CacheFolder(tmp_path, most=1000, bounds=True).close()
    assert CacheFolder(tmp_path).size() == StoreSize(9, 900)


@pytest.mark.parametrize("damage", [b"", b"=12", b"12\n", b"=x\n+1\n", b"=1\n+\xff\n", b"=1\n" * 30000])
def test_damaged_notes_are_counted_anew(tmp_path, damage):
    cache = CacheFolder(tmp_path, most=1000)
    cache.put({f"key:{number}": bytes(100) for number in range(20)})
    (tmp_path / "size").write_bytes(damage)
    cache.close()
    assert cache.size() == StoreSize(9, 900)
    root = os.open(tmp_path, os.O_RDONLY)
    with Notes(root) as notes:
        assert notes.total() == 900
    os.close(root)


def test_pruning_says_what_it_removed_and_leaves_what_is_not_its_own(tmp_path):
    cache = CacheFolder(tmp_path)
    cache.put({f"key:{number}": bytes(100) for number in range(5)})
    for name in ("mine.txt", "ab", "ff"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "mine.txt").write_text("mine")
    assert cache.prune(250) == StoreSize(3, 300)
    assert cache.prune(250) == StoreSize(0, 0)
    assert cache.prune(0) == StoreSize(2, 200)
    assert [path.name for path in files(tmp_path)] == ["mine.txt"] * 3


def test_verifying_removes_what_is_damaged_and_what_lies_in_anothers_place(tmp_path):
    def key_of(content):
        if content == b"bad":
            raise ValueError
        return content.decode()

    cache = CacheFolder(tmp_path)
    cache.put({"one": b"one", "two": b"bad", "three": b"one", "four": b"four"})
    found = cache.verify(key_of)
    assert (found.sound, found.removed) == (2, 2)
    assert cache.get(["one", "two", "three", "four"]) == {"one": b"one", "four": b"four"}


def test_what_lies_in_an_entrys_place_holds_nobody_up(tmp_path):
    path = file_of(tmp_path)
    path.parent.mkdir()
    os.mkfifo(path)
    cache = CacheFolder(tmp_path)
    assert cache.get([KEY]) == {}
    cache.put({KEY: b"content"})
    assert cache.get([KEY]) == {KEY: b"content"}
    path.unlink()
    path.mkdir()
    assert cache.get([KEY]) == {}
    with pytest.raises(StoreError, match="directory"):
        cache.put({KEY: b"content"})


FILLS_THE_DISK = """
import resource, sys
from pathlib import Path
from qpf.io.cachefolder import CacheFolder
from qpf.model.cache import StoreError
cache = CacheFolder(Path(sys.argv[1]))
cache.put({"small": b"small"})
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    cache.put({"large": bytes(200_000)})
except StoreError as error:
    print(error)
"""


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path):
    said, _ = program(FILLS_THE_DISK, str(tmp_path)).communicate(timeout=60)
    assert said == "File too large\n"
    assert files(tmp_path) == [file_of(tmp_path, "small")]


WRITES = """
import sys
from pathlib import Path
from qpf.engine.entry import seal
from qpf.io.cachefolder import CacheFolder
number = int(sys.argv[2])
cache = CacheFolder(Path(sys.argv[1]), most=40_000_000)
keys = [f"key:{n}" for n in range(8)]
for turn in range(number, 1_000_000_000, 10):
    cache.put({key: seal(key, (b"%09d" % turn) * 20_000) for key in keys})
    cache.close()
    print(turn, flush=True)
"""


def whole(folder):
    """Verify all entries; the key each belongs to, and that each is of one writing."""
    from qpf.engine.entry import read

    def key_of(content):
        key, payload = read(content)
        assert payload == payload[:9] * 20_000
        return key

    return CacheFolder(folder).verify(key_of)


def test_processes_that_put_the_same_keys_leave_whole_entries(tmp_path):
    writers = [program(WRITES, str(tmp_path), str(number)) for number in range(3)]
    try:
        for _ in range(5):
            for writer in writers:
                assert writer.stdout.readline()
            assert whole(tmp_path).removed == 0
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    found = whole(tmp_path)
    assert (found.sound, found.removed) == (8, 0)


def test_a_kill_at_any_moment_leaves_no_half_entry(tmp_path):
    for turn in range(25):
        writer = program(WRITES, str(tmp_path), str(turn))
        for _ in range(turn % 3 + 1):
            assert writer.stdout.readline()
        if turn % 2:
            os.kill(writer.pid, signal.SIGSTOP)
            assert whole(tmp_path).removed == 0
        writer.kill()
        writer.communicate()
        found = whole(tmp_path)
        assert (found.sound, found.removed) == (8, 0)
    in_two_hours = CacheFolder(tmp_path, clock=lambda: time.time() + 7200)
    in_two_hours.prune(10**9)
    assert len(files(tmp_path)) == 8
