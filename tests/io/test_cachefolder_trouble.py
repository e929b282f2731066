"""A cache folder that somebody keeps us from reading or writing is said to be so."""

import os
import time

import pytest

from qpf.io.cachefolder import CacheFolder
from qpf.model.cache import StoreError

KEY = "qpf:extraction:abc:0.1.0:def"
DAY = 24 * 3600.0


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


def test_where_nothing_can_be_written_it_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        CacheFolder(tmp_path / "file" / "cache").put({KEY: b""})
    with pytest.raises(StoreError):
        CacheFolder(tmp_path / "file").put({KEY: b""})
