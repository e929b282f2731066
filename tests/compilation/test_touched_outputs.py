"""Whatever is done to an output or to memory itself is seen, and made good."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.compilation.memory import compile_fleet, emitted, is_seen, line, replaced, small


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small fleet, known unchanged."""
    return small(tmp_path / "fleet")


def _same_size_and_time(path: Path) -> None:
    status, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"a", b"b", 1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert path.stat().st_size == status.st_size


def _swapped_in(path: Path) -> None:
    """Another file of the same size and time takes its place."""
    shutil.copy2(path, path.with_name("other"))
    _same_size_and_time(path.with_name("other"))
    path.with_name("other").replace(path)


def _link_to_copy(path: Path) -> None:
    path.symlink_to(path.rename(_outside(path)))


def _hard_link_elsewhere(path: Path) -> None:
    os.link(path, _outside(path))


def _folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _outside(path: Path) -> Path:
    """A place beside the fleet."""
    return next(each for each in path.parents if each.name == "environments").parents[1] / "elsewhere"


FILES: dict[str, Callable[[Path], object]] = {
    "edited": lambda path: path.write_bytes(path.read_bytes() + b"#"),
    "edited, size and time as before": _same_size_and_time,
    "replaced, size and time as before": _swapped_in,
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": Path.unlink,
    "an empty folder": _folder_in_its_place,
    "a program": lambda path: path.chmod(0o755),
    "a link to its copy": _link_to_copy,
}
HARMLESS: dict[str, Callable[[Path], object]] = {
    "touched": Path.touch,
    "of the future": lambda path: os.utime(path, (4e9, 4e9)),
    "linked twice": _hard_link_elsewhere,
    "written again": lambda path: path.write_bytes(path.read_bytes()),
    "replaced by its copy": replaced,
    "private": lambda path: path.chmod(0o600),
}


@pytest.mark.parametrize("name", ["fleet.json", "qpf.lock", "agents/alpha/src/alpha/config.py"])
@pytest.mark.parametrize("touch", FILES)
def test_no_touch_of_an_output_is_overlooked(root: Path, name: str, touch: str) -> None:
    FILES[touch](root / "environments" / "dev" / name)
    is_seen(root)
    assert not (root / "environments" / "dev" / name).is_symlink()


@pytest.mark.parametrize("name", ["fleet.json", "qpf.lock", "agents/alpha/src/alpha/config.py"])
@pytest.mark.parametrize("touch", HARMLESS)
def test_an_output_that_holds_what_it_held_is_the_same(root: Path, name: str, touch: str) -> None:
    HARMLESS[touch](root / "environments" / "dev" / name)
    assert compile_fleet(root, "--check").stood_still
    assert compile_fleet(root).stood_still
    assert emitted(root) == line(root).tree


@pytest.mark.parametrize("touch", FILES | HARMLESS)
def test_a_check_with_memory_says_what_one_without_says(root: Path, touch: str) -> None:
    (FILES | HARMLESS)[touch](root / "environments" / "dev" / "fleet.json")
    said = compile_fleet(root, "--check")
    shutil.rmtree(root / ".qpf")
    without = compile_fleet(root, "--check")
    assert (said.status, said.document) == (without.status, without.document)
    assert said.status == (touch in FILES)


@pytest.mark.parametrize("folder", ["dev/agents", "dev/agents/alpha/src", "dev"])
def test_a_folder_of_outputs_that_became_a_link_is_seen(root: Path, tmp_path: Path, folder: str) -> None:
    place = root / "environments" / folder
    place.symlink_to(place.rename(tmp_path / "moved"))
    run = compile_fleet(root)
    assert not run.stood_still
    shutil.rmtree(root / ".qpf")
    assert run.findings == compile_fleet(root).findings


def test_a_file_among_the_outputs_stays_and_is_no_reason_to_say_all_is_well(root: Path) -> None:
    (root / "environments" / "dev" / "notes.txt").write_text("mine\n")
    said = compile_fleet(root, "--check")
    (root / ".qpf" / "standstill").unlink()
    assert said.document == compile_fleet(root, "--check").document
    assert compile_fleet(root).status == 0
    assert (root / "environments" / "dev" / "notes.txt").read_text() == "mine\n"


@pytest.mark.parametrize(
    "gone", ["", "cache", "seen", "state", "stage", "standstill", "seen/dev", "state/dev"]
)
def test_memory_may_be_deleted_at_any_time(root: Path, gone: str) -> None:
    place = root / ".qpf" / gone
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    run = compile_fleet(root)
    assert run.status == 0
    assert run.written() == {"dev": set()}
    assert emitted(root) == line(root).tree
