"""One tree, whoever compiles, where, how, and with whatever memory."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.compilation.memory import Run, Tree, emitted, line, run_of, sources
from tests.compilation.ways import INHERITED, MAKERS, QPF, Way, compiled, forty, plain, sample
from tests.servers.redis import run_redis


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tree]:
    """What every fleet must be compiled to: without memory, by one process, plainly."""
    found = {}
    for name in MAKERS:
        folder = tmp_path_factory.mktemp(name)
        found[name] = compiled(plain(name), folder)
        assert found[name] == line(folder / "made").tree
    return found


def is_the_same(way: Way, trees: dict[str, Tree], folder: Path) -> None:
    """Compile in a way, and find the one tree."""
    wanted, found = trees[way.fleet], compiled(way, folder)
    assert list(found) == list(wanted)
    assert [path for path in wanted if found[path] != wanted[path]] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", list(sample(1)), ids=lambda way: f"{way.fleet}-{way.memory}")
def test_no_way_of_compiling_shows(way: Way, trees: dict[str, Tree], tmp_path: Path) -> None:
    is_the_same(way, trees, tmp_path)


@pytest.mark.hunt
@pytest.mark.parametrize("seed", range(2, 14))
@pytest.mark.parametrize("number", range(len(list(sample(1)))))
def test_none_of_many_ways_of_compiling_shows(
    seed: int, number: int, trees: dict[str, Tree], tmp_path: Path
) -> None:
    is_the_same(list(sample(seed))[number], trees, tmp_path)


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin a compile by two processes."""
    return subprocess.Popen(
        [QPF, "-C", root, "compile", "-j2", "-o", "json", "--progress", "json", *arguments],
        env={name: value for name, value in os.environ.items() if name in INHERITED},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Run:
    """Wait for a compile."""
    output, errors = process.communicate()
    return run_of(process.returncode, output, errors)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mesh", "forty"])
def test_two_compiles_of_one_folder_at_once_are_one(
    name: str, trees: dict[str, Tree], tmp_path: Path
) -> None:
    MAKERS[name](tmp_path / "made")
    root = sources(tmp_path / "made", tmp_path / "fleet")
    for _ in range(3):
        assert [ended(each).status for each in (start(root), start(root))] == [0, 0]
        assert emitted(root) == trees[name]
        for path in list(emitted(root))[::3]:
            (root / "environments" / path).unlink()


@pytest.mark.slow
@pytest.mark.network
def test_folders_that_share_a_cache_have_one_tree(trees: dict[str, Tree], tmp_path: Path) -> None:
    first, second, third, server = (tmp_path / name for name in ("first", "second", "third", "redis"))
    for root in (first, second, third):
        forty(root)
    server.mkdir()
    with run_redis(server) as redis:
        cache = ("--cache", redis.url)
        assert [ended(each).status for each in (start(first, *cache), start(second, *cache))] == [0, 0]
        last = ended(start(third, *cache))
    assert emitted(first) == emitted(second) == emitted(third) == trees["forty"]
    assert {*last.origins()["dev"].values()} == {"remote"}
