"""What retention lets go of is in the archive first, once, and comes back as it was."""

import asyncio
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec  # type: ignore[import-untyped]  # it ships no types
import pytest

from qpf_runtime.errors import ConfigurationError, Unavailable
from qpf_runtime.memory.archive import Archive, ArchivedFile
from qpf_runtime.needs import StoreUrls
from tests.runtime.stores import Place

pytestmark = [pytest.mark.anyio, pytest.mark.network]

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LONG_HENCE = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["local", "memory", "s3", "local on PostgreSQL"])
async def place(request, tmp_path, monkeypatch):
    kinds = {"archive": request.param.split()[0], "causalmemory": "sql"}
    urls = StoreUrls()
    if request.param == "memory":
        kinds["archive"] = "s3"  # any address that fsspec knows
        urls = StoreUrls(archive=f"memory://{tmp_path.name}")
    if request.param == "s3":
        urls = StoreUrls(archive=f"{request.getfixturevalue('s3').create()}/fleet")
        for name, value in request.getfixturevalue("s3").environment.items():
            monkeypatch.setenv(name, value)
        fsspec.get_filesystem_class("s3").clear_instance_cache()
    if "PostgreSQL" in request.param:
        kinds["episodicmemory"] = "postgresql"
        urls = StoreUrls(database=request.getfixturevalue("postgres").create())
    made = Place(tmp_path, urls, kinds)
    yield made
    await made.close()


def names(place, agent="solo"):
    if place.urls.archive:
        fs, path = fsspec.core.url_to_fs(place.urls.archive)
        fs.invalidate_cache()
        found = fs.find(f"{path}/{agent}")
    else:
        found = place.folder.glob(f"archive/{agent}/*")
    return sorted(Path(path).name for path in found)


async def append(opened, *numbers):
    for number in numbers:
        await opened.memory.episodic.append("note", "s", {"n": number, "text": "ü\0"}, "c")


async def archived(opened, since=LONG_AGO, until=LONG_HENCE, kind="episodes"):
    return [row async for row in opened.memory.archive.read(since, until, kind)]


async def numbers(opened, **period):
    return [row["content"]["n"] for row in await archived(opened, **period)]


async def test_what_goes_is_archived_and_comes_back_as_it_was(place):
    opened = place.open()
    await append(opened, 1, 2)
    await opened.memory.causal.link("a", "b", "packet", "story")
    place.clock.pass_time(timedelta(days=91))
    await append(opened, 3)
    assert await opened.sweep() == 3
    first, second = await archived(opened)
    assert first == {
        "id": 1,
        "at": "2026-01-01T00:00:00.000000+00:00",
        "agent": "solo",
        "kind": "note",
        "subject": "s",
        "correlation_id": "c",
        "content": {"n": 1, "text": "ü\0"},
    }
    assert second["content"]["n"] == 2
    (edge,) = await archived(opened, kind="causes")
    assert (edge["cause"], edge["effect"]) == ("a", "b")
    assert await opened.sweep() == 0
    assert await numbers(place.open("other")) == []


async def test_what_goes_is_gathered_for_a_day_and_not_read_meanwhile(place):
    opened = place.open()
    await append(opened, 1)
    place.clock.pass_time(timedelta(hours=20))
    await append(opened, 2)
    place.clock.pass_time(timedelta(days=90, hours=1))
    assert (await opened.sweep(), await opened.memory.episodic.recall()) == (0, ())
    place.clock.pass_time(timedelta(hours=4))
    assert await opened.sweep() == 2
    assert len(names(place)) == 1


async def test_a_period_is_read(place):
    opened = place.open()
    for number in range(4):
        await append(opened, number)
        place.clock.pass_time(timedelta(days=1))
    place.clock.pass_time(timedelta(days=90))
    await opened.sweep()
    day = datetime(2026, 1, 1, tzinfo=UTC)
    found = await numbers(opened, since=day + timedelta(days=1), until=day + timedelta(days=3))
    assert found == [1, 2]


async def test_names_are_told_by_what_is_in_them(place):
    opened = place.open()
    await append(opened, 1, 2)
    place.clock.pass_time(timedelta(days=91))
    await opened.sweep()
    (name,) = names(place)
    assert name.startswith("episodes_20260101T000000000000Z_20260101T000000000000Z_1-2_")
    assert ArchivedFile.read(name).name == name
    assert ArchivedFile.read("episodes.jsonl") is None


@pytest.mark.parametrize("crash", ["before the rows are deleted", "and more rows are past retention by then"])
async def test_a_crash_between_archive_and_database_does_no_harm(place, crash, monkeypatch):
    opened = place.open()
    await append(opened, 1, 2)
    place.clock.pass_time(timedelta(days=3))
    await append(opened, 3)
    place.clock.pass_time(timedelta(days=88))
    keep = Archive.keep

    async def die(*arguments):
        await keep(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Archive, "keep", die)
    with pytest.raises(KeyboardInterrupt):
        await opened.sweep()
    monkeypatch.undo()
    left = names(place)
    if "more" in crash:
        place.clock.pass_time(timedelta(days=3))
    opened = place.open()
    assert await opened.sweep() == (3 if "more" in crash else 2)
    assert set(left) <= set(names(place))
    assert len(names(place)) == (2 if "more" in crash else 1)
    assert await numbers(opened) == ([1, 2, 3] if "more" in crash else [1, 2])


async def test_nothing_is_deleted_that_could_not_be_archived(place, monkeypatch):
    opened = place.open()
    await append(opened, 1)
    place.clock.pass_time(timedelta(days=91))

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Archive, "_write", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        await opened.sweep()
    monkeypatch.undo()
    assert await opened.sweep() == 1
    assert await numbers(opened) == [1]


async def test_the_archive_lets_go_of_files_past_its_retention_and_of_nothing_else(place):
    opened = place.open(archive__retention="200 days")
    await append(opened, 1)
    place.clock.pass_time(timedelta(days=91))
    await append(opened, 2)
    await opened.sweep()
    place.clock.pass_time(timedelta(days=110))
    await opened.sweep()
    assert await numbers(opened) == [2]
    if not place.urls.archive:
        (place.folder / "archive" / "solo" / "mine.txt").touch()
    place.clock.pass_time(timedelta(days=110))
    await opened.sweep()
    assert await numbers(opened) == []
    assert names(place) == ([] if place.urls.archive else ["mine.txt"])


async def test_replicas_that_sweep_at_once_lose_nothing_and_read_nothing_twice(place):
    one, two = place.open(), place.open()
    await append(one, *range(30))
    place.clock.pass_time(timedelta(days=91))
    await asyncio.gather(one.sweep(), two.sweep())
    assert await numbers(one) == list(range(30))


async def test_a_bucket_that_is_gone_keeps_the_rows_in_the_database(s3, tmp_path, monkeypatch):
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    place = Place(tmp_path, StoreUrls(archive="s3://nowhere/fleet"), {"archive": "s3"})
    opened = place.open()
    await append(opened, 1)
    place.clock.pass_time(timedelta(days=91))
    with pytest.raises(Unavailable, match="the archive does not answer"):
        await opened.sweep()
    s3.create("nowhere")
    assert await opened.sweep() == 1
    assert await numbers(opened) == [1]
    await place.close()


async def test_a_damaged_file_is_found(tmp_path):
    place = Place(tmp_path, kinds={"archive": "local"})
    opened = place.open()
    await append(opened, 1)
    place.clock.pass_time(timedelta(days=91))
    await opened.sweep()
    (file,) = (tmp_path / "archive" / "solo").iterdir()
    file.write_bytes(file.read_bytes().replace(b'"n":1', b'"n":2'))
    with pytest.raises(Unavailable, match="is damaged"):
        await archived(opened)
    await place.close()


async def test_a_file_has_its_name_only_when_it_is_whole(tmp_path, monkeypatch):
    synced = []
    plain = os.fsync

    def note(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, [path.name[0] for path in (tmp_path / "solo").iterdir()]))
        plain(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    row = {"id": 1, "at": "2026-01-01T00:00:00.000000+00:00"}
    assert await Archive(str(tmp_path), "solo").keep("episodes", [row]) == 1
    assert synced == [("file", ["."]), ("folder", ["e"])]


@pytest.mark.parametrize("url", ["nonsense://user:hush@place", "abfs://hush@place"])
def test_a_place_of_an_unknown_kind_is_refused(url):
    with pytest.raises(ConfigurationError, match=r"nonsense://, which|pip install 'fsspec") as refused:
        Archive(url, "solo")
    assert "hush" not in str(refused.value)
