"""Caches are counted, verified and pruned from the command line, and no secret is shown."""

import json

import pytest

from benchmarks import fleet as synthetic
from qpf.compilation.fleet import FEW
from qpf.engine.entry import seal
from qpf.io.cachefolder import CacheFolder
from tests.command import run
from tests.host.hostile import installed, make_fleet
from tests.host.installing import install_module
from tests.servers import free_port
from tests.servers.redis import redis  # noqa: F401 -- a fixture
from tests.servers.s3 import s3  # noqa: F401 -- a fixture

HANGING = """\
from threading import Event

from qpf.api import Cache, hookimpl


@hookimpl
def qpf_caches():
    return [Cache("tape", lambda options: Event().wait())]
"""
STEERING = """\
from qpf.api import Cache, StoreError, hookimpl


def refuse(options):
    raise StoreError("the server says \\x1b[2J")


@hookimpl
def qpf_caches():
    return [Cache("tape", refuse)]
"""
SETTINGS = """\
extraction_engine:
  cache: {max_size: 10KB, ttl_hours: 1, deadline_seconds: 0.5}
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    for name in ("QPF_CACHE", "QPF_CACHE_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fleet(tmp_path):
    root = make_fleet(tmp_path / "fleet", "python_agent")
    with (root / "qpf.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    return root


def keep(root, *keys, size=1000, signed=None):
    entries = {key: seal(key, b"x" * size, signed) for key in keys}
    CacheFolder(root / ".qpf" / "cache").put(entries)
    return sum(map(len, entries.values()))


def asked(root, *arguments, status=0):
    answer, output = run(["cache", *arguments, "-o", "json"], root)
    assert answer == status, output
    return json.loads(output)


def damage(root):
    """Change the last byte of one entry."""
    file = next(path for path in sorted((root / ".qpf" / "cache").glob("??/*")) if path.is_file())
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"!")


def test_an_empty_cache_is_none_and_counting_makes_no_folder(fleet):
    local = {"name": "local", "entries": 0, "bytes": 0, "bound": 10_000, "trouble": ""}
    assert asked(fleet, "stat")["caches"] == [local]
    assert not (fleet / ".qpf").exists()


def test_what_a_compile_keeps_can_be_removed_and_is_made_anew(tmp_path):
    fleet = make_fleet(tmp_path / "fleet", "python_agent")
    assert run(["compile"], fleet)[0] == 0
    assert asked(fleet, "stat")["caches"][0]["entries"] > 0
    assert run(["cache", "verify"], fleet)[0] == 0
    assert asked(fleet, "prune", "--size", "0")["left"]["entries"] == 0
    (fleet / "environments" / "test" / "qpf.lock").unlink()
    emitted = next((fleet / "environments" / "test" / "composed").iterdir())
    content = emitted.read_bytes()
    emitted.unlink()
    assert run(["compile"], fleet)[0] == 0
    assert emitted.read_bytes() == content


@pytest.mark.network
def test_every_cache_says_what_it_holds(fleet, redis, s3, monkeypatch):  # noqa: F811 -- fixtures
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    with redis.client() as client:
        client.flushall()
        client.set("qpf:extraction:a", "12345")
        client.set("somebody:elses", "12345")
    bucket = s3.create()
    size = keep(fleet, "qpf:extraction:a", "qpf:extraction:b")
    monkeypatch.setenv("QPF_CACHE", f"{redis.url} {bucket}/ours")
    assert asked(fleet, "stat")["caches"] == [
        {"name": "local", "entries": 2, "bytes": size, "bound": 10_000, "trouble": ""},
        {"name": redis.url, "entries": 1, "bytes": 5, "bound": None, "trouble": ""},
        {"name": f"{bucket}/ours", "entries": 0, "bytes": 0, "bound": None, "trouble": ""},
    ]
    assert [each["name"] for each in asked(fleet, "stat", "--cache", redis.url)["caches"]] == [
        "local",
        redis.url,
    ]


def test_a_cache_that_cannot_be_reached_says_so_without_its_password_and_fails_nothing(fleet):
    place = f"127.0.0.1:{free_port()}"
    status, output = run(["cache", "stat", "--cache", f"redis://joe:hush@{place}"], fleet)
    assert status == 0
    assert f"the cache redis://{place} cannot be used: Connection refused\n" in output
    assert "hush" not in output


def test_a_cache_that_hangs_is_left_behind(fleet, tmp_path):
    source = tmp_path / "tapes.py"
    source.write_text(HANGING)
    install_module(source, tmp_path / "site", plugin="tapes")
    with installed(tmp_path / "site"):
        _, tape = asked(fleet, "stat", "--cache", "tape://x")["caches"]
    assert tape["trouble"] == "no answer within 1.5 s"


def test_what_a_cache_answers_does_not_steer_the_terminal(fleet, tmp_path):
    source = tmp_path / "tapes.py"
    source.write_text(STEERING)
    install_module(source, tmp_path / "site", plugin="tapes")
    with installed(tmp_path / "site"):
        _, output = run(["cache", "stat", "--cache", "tape://x"], fleet)
    assert "the cache tape://x cannot be used: the server says \\x1b[2J\n" in output


def test_what_lies_behind_a_link_is_neither_counted_nor_removed_and_said_to_be_out_of_use(fleet, tmp_path):
    keep(tmp_path, "a")
    (fleet / ".qpf").mkdir()
    (fleet / ".qpf" / "cache").symlink_to(tmp_path / ".qpf" / "cache")
    (local,) = asked(fleet, "stat")["caches"]
    assert (local["entries"], local["bytes"]) == (None, None)
    assert "is a link" in local["trouble"]
    for command in (["stat"], ["verify"], ["prune", "--size", "0"]):
        status, said = run(["cache", *command], fleet)
        assert status == (0 if command == ["stat"] else 2)
        assert "the local cache cannot be used: its folder, or one inside it, is a link or a file" in said
    assert CacheFolder(tmp_path / ".qpf" / "cache").size().entries == 1


def test_an_address_nobody_opens_ends_the_command(fleet):
    found = asked(fleet, "stat", "--cache", "redis+x://hush@host", status=2)["findings"]
    assert [each["code"] for each in found] == ["QPF018"]


def test_an_entry_that_is_not_sound_is_removed_and_fails_the_verification(fleet):
    keep(fleet, "a", "b", "c")
    assert run(["cache", "verify"], fleet) == (0, "3 entries sound, 0 removed\n")
    damage(fleet)
    assert run(["cache", "verify"], fleet) == (1, "2 entries sound, 1 removed\n")
    assert run(["cache", "verify"], fleet) == (0, "2 entries sound, 0 removed\n")


def test_with_a_secret_only_what_is_signed_with_it_is_sound(fleet, monkeypatch):
    keep(fleet, "a")
    keep(fleet, "b", signed=b"hush")
    monkeypatch.setenv("QPF_CACHE_SECRET", "hush")
    document = asked(fleet, "verify", status=1)
    assert (document["sound"], document["removed"]) == (1, 1)
    monkeypatch.delenv("QPF_CACHE_SECRET")
    assert run(["cache", "verify"], fleet) == (1, "0 entries sound, 1 removed\n")


def test_pruning_leaves_no_more_than_is_asked_for(fleet):
    size = keep(fleet, *"abcdefghijkl")
    entry = size // 12
    document = asked(fleet, "prune", "--size", "6 KB")
    left = 6000 // entry
    assert document["left"] == {"entries": left, "bytes": left * entry}
    assert document["removed"] == {"entries": 12 - left, "bytes": (12 - left) * entry}
    assert asked(fleet, "prune", "--size", "0")["left"] == {"entries": 0, "bytes": 0}


def test_pruning_keeps_to_the_bound_of_the_fleet_by_default(fleet):
    keep(fleet, *"abcdefghijkl")
    assert 0 < asked(fleet, "prune")["left"]["bytes"] <= 10_000
    assert asked(fleet, "prune")["removed"] == {"entries": 0, "bytes": 0}


def test_what_several_processes_keep_is_bounded_too(tmp_path):
    fleet = synthetic.make(FEW + 1, tmp_path / "fleet")
    with (fleet / "qpf.yaml").open("a", encoding="utf-8") as file:
        file.write("extraction_engine:\n  cache: {max_size: 100KB}\n")
    assert run(["compile", "-j", "2"], fleet)[0] == 0
    assert 0 < asked(fleet, "stat")["caches"][0]["bytes"] <= 100_000


@pytest.mark.parametrize("size", ["", "12", "-1", "12XB", "1e9", "MB", "0.5"])
def test_a_size_that_is_none_is_refused(fleet, size):
    keep(fleet, "a")
    status, output = run(["cache", "prune", "--size", size], fleet)
    assert status == 2
    assert f"`{size}` is no size such as 500MB, 2GiB or 0" in output
    assert asked(fleet, "stat")["caches"][0]["entries"] == 1


def test_where_there_is_no_fleet_there_is_no_cache_to_look_after(tmp_path):
    for command in ("stat", "verify", "prune"):
        status, output = run(["cache", command], tmp_path)
        assert status == 2
        assert "no-fleet" in output
