"""A cache folder that somebody keeps us from reading or writing is said to be so."""

import os
import time

import pytest

from qpf.io.cachefiles import UNFINISHED
from qpf.io.cachefolder import CacheFolder, Verified
from qpf.model.cache import StoreError
from tests.io.test_cachefolder import KEY, file_of

DAY = 24 * 3600.0


def uses(cache):
    """All that can be done with a cache."""
    return (
        lambda: cache.get([KEY]),
        lambda: cache.put({KEY: b"ours"}),
        cache.size,
        lambda: cache.verify(str),
        lambda: cache.prune(0),
    )


def test_no_link_is_followed(tmp_path):
    outside = tmp_path / "outside"
    CacheFolder(outside).put({KEY: b"planted"})
    inside = tmp_path / "cache"
    cache = CacheFolder(inside)
    cache.put({"other": b"content"})
    path = file_of(inside)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(file_of(outside))
    assert cache.get([KEY]) == {}
    cache.put({KEY: b"ours"})
    assert not path.is_symlink()
    assert file_of(outside).read_bytes() == b"planted"
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(file_of(outside).parent)
    linked = tmp_path / "linked"
    linked.symlink_to(outside)
    for use in (*uses(cache), *uses(CacheFolder(linked))):
        with pytest.raises(StoreError, match="link"):
            use()
    assert file_of(outside).read_bytes() == b"planted"


def test_ctrl_c_leaves_no_unfinished_entry(tmp_path, monkeypatch):
    cache = CacheFolder(tmp_path)
    cache.put({KEY: b"content"})
    before = sorted(tmp_path.rglob("*"))
    create = os.open

    def interrupted(name, *given, **named):
        handle = create(name, *given, **named)
        if name.startswith(UNFINISHED):
            raise KeyboardInterrupt  # before anybody knows the handle
        return handle

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.put({KEY: b"other"})
    assert sorted(tmp_path.rglob("*")) == before


def test_what_cannot_be_removed_is_not_said_to_be(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    cache = CacheFolder(tmp_path, ttl_seconds=DAY)
    cache.put({KEY: b"content"})
    monkeypatch.setattr("os.unlink", refuse)
    with pytest.raises(StoreError, match="Permission denied"):
        cache.verify(lambda _: "another")
    with pytest.raises(StoreError, match="Permission denied"):
        cache.prune(0)
    late = CacheFolder(tmp_path, ttl_seconds=DAY, clock=lambda: time.time() + 2 * DAY)
    assert late.get([KEY]) == {}


def test_a_folder_that_cannot_be_read_is_not_said_to_be_empty(tmp_path, monkeypatch):
    cache = CacheFolder(tmp_path)
    cache.put({KEY: b"content"})
    opened = os.open

    def refuse(name, flags, *rest, **how):
        if flags & os.O_DIRECTORY:
            raise PermissionError(13, "Permission denied")
        return opened(name, flags, *rest, **how)

    monkeypatch.setattr("os.open", refuse)
    for look in (cache.size, lambda: cache.get([KEY]), lambda: cache.prune(0), lambda: cache.verify(str)):
        with pytest.raises(StoreError, match="Permission denied"):
            look()


def test_an_entry_that_cannot_be_read_is_a_miss_and_verifying_removes_it(tmp_path, monkeypatch):
    cache = CacheFolder(tmp_path)
    cache.put({KEY: b"content", "other": b"other"})
    (unreadable,) = (path for path in tmp_path.glob("??/*") if path.read_bytes() == b"content")
    opened = os.open

    def refuse(name, flags, *rest, **how):
        if str(name) == unreadable.name:
            raise PermissionError(13, "Permission denied")
        return opened(name, flags, *rest, **how)

    monkeypatch.setattr("os.open", refuse)
    assert cache.get([KEY, "other"]) == {"other": b"other"}
    assert cache.verify(bytes.decode) == Verified(sound=1, removed=1)
    assert not unreadable.exists()


def test_where_nothing_can_be_written_it_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        CacheFolder(tmp_path / "file" / "cache").put({KEY: b""})
    with pytest.raises(StoreError):
        CacheFolder(tmp_path / "file").put({KEY: b""})
