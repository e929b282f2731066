"""Damaged memory is no memory: never a crash, never another tree, never a file written for nothing."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from tests.command import run as command_line
from tests.compilation.chains import add_environment
from tests.compilation.memory import compile_fleet, emitted, line, small, statuses

KINDS = ("cache", "state", "seen", "standstill")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small fleet, known unchanged."""
    return small(tmp_path / "fleet")


def remembered(root: Path, kind: str) -> list[Path]:
    """The files that memory consists of."""
    place = root / ".qpf" / kind
    return [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())


def truncate(files: Iterable[Path]) -> None:
    """Half of every file is gone."""
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2])


def empty(files: Iterable[Path]) -> None:
    """All of every file is gone."""
    for file in files:
        file.write_bytes(b"")


def flip(files: Iterable[Path], seed: int = 0, to: bytes = b"") -> None:
    """One byte of every file is another."""
    chance = Random(seed)  # noqa: S311  # seeded: the same bytes in every run
    for file in files:
        content = bytearray(file.read_bytes())
        at = chance.randrange(len(content))
        content[at] = to[0] if to else content[at] ^ (1 << chance.randrange(8))
        file.write_bytes(content)


def swap(files: Iterable[Path]) -> None:
    """Every file has the content of the next."""
    files = list(files)
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, (*contents[1:], contents[0]), strict=True):
        file.write_bytes(content)


def fill_with_folders(files: Iterable[Path]) -> None:
    """A folder stands where every file was."""
    for file in files:
        file.unlink()
        file.mkdir()


DAMAGES: dict[str, Callable[[list[Path]], None]] = {
    "cut off": truncate,
    "empty": empty,
    "one bit": flip,
    "swapped": swap,
    "folders": fill_with_folders,
}


def heals(root: Path, wanted: dict[str, tuple[bool, bytes]]) -> None:
    """Outputs that are right are left alone; those that are gone come back as they were."""
    times = statuses(root)
    run = compile_fleet(root)
    assert run.status == 0, (run.document, run.errors)
    assert statuses(root) == times
    assert emitted(root) == wanted
    shutil.rmtree(root / "environments" / "dev" / "agents")
    assert compile_fleet(root).status == 0
    assert emitted(root) == wanted


@pytest.mark.parametrize("kind", [*KINDS, "all"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_memory_is_none(root: Path, kind: str, damage: str) -> None:
    wanted = line(root).tree
    for each in KINDS if kind == "all" else (kind,):
        files = remembered(root, each)
        assert files
        DAMAGES[damage](files)
    heals(root, wanted)


def link_elsewhere(stage: Path, precious: Path) -> None:
    (stage / "dev").symlink_to(precious)


def link_to_the_environment(stage: Path, _precious: Path) -> None:
    (stage / "dev").symlink_to("../../environments/dev")


def link_above(stage: Path, precious: Path) -> None:
    stage.rmdir()
    (precious / "dev").mkdir()
    stage.symlink_to(precious)


def link_to_the_environments(stage: Path, _precious: Path) -> None:
    stage.rmdir()
    stage.symlink_to("../environments")


def put_a_file(stage: Path, _precious: Path) -> None:
    (stage / "dev").touch()


@pytest.mark.parametrize(
    "stand",
    [link_elsewhere, link_to_the_environment, link_above, link_to_the_environments, put_a_file],
    ids=lambda stand: stand.__name__,
)
def test_whatever_stands_where_a_stage_was_is_not_followed(
    root: Path, tmp_path: Path, stand: Callable[[Path, Path], None]
) -> None:
    thesis = tmp_path / "precious" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("all of it")
    shutil.rmtree(root / ".qpf" / "stage" / "dev")
    stand(root / ".qpf" / "stage", thesis.parent)
    change = (root / "agents" / "beta.yaml").read_text().replace("title: Beta", "title: Better")
    (root / "agents" / "beta.yaml").write_text(change)
    run = compile_fleet(root)
    assert run.status == 0, (run.document, run.errors)
    assert emitted(root) == line(root).tree
    assert not (root / "environments" / "dev").is_symlink()
    assert thesis.read_text() == "all of it"
    assert (root / "environments" / "dev" / "environment.yaml").exists()


@pytest.mark.parametrize("kind", ["state", "seen", "checked", "state/dev", "seen/dev", "texts", "standstill"])
@pytest.mark.parametrize("endless", [False, True])
def test_no_link_in_memory_is_read_or_written_through(
    root: Path, tmp_path: Path, kind: str, *, endless: bool
) -> None:
    wanted = line(root).tree
    elsewhere = tmp_path / "elsewhere"
    place = root / ".qpf" / kind
    if place.is_dir():
        shutil.rmtree(place)
        elsewhere.mkdir()
    else:
        place.unlink(missing_ok=True)
        elsewhere.touch()
    place.symlink_to("/dev/zero" if endless else elsewhere)
    (root / "environments" / "dev" / "composed" / "beta.yaml").write_text("mine\n")
    assert compile_fleet(root).status == 0
    assert emitted(root) == wanted
    assert not any(elsewhere.iterdir()) if elsewhere.is_dir() else elsewhere.read_bytes() == b""


@pytest.mark.parametrize("kind", ["state/dev", "seen/dev", "texts", "standstill"])
def test_a_pipe_in_memory_holds_nobody_up(root: Path, kind: str) -> None:
    wanted = line(root).tree
    place = root / ".qpf" / kind
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    (root / "environments" / "dev" / "composed" / "beta.yaml").write_text("mine\n")
    assert compile_fleet(root).status == 0
    assert emitted(root) == wanted


def test_memory_that_is_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "stage" / "precious").mkdir(parents=True)
    shutil.rmtree(root / ".qpf")
    (root / ".qpf").symlink_to(tmp_path / "elsewhere")
    for command in (["compile"], ["validate"], ["ci"], ["plan"], ["cache", "prune"], ["metrics"]):
        status, output = command_line(command, root)
        assert (status, "`.qpf` is a link" in output) == (2, True), (command, output)
    assert [*(tmp_path / "elsewhere").rglob("*")] == [
        tmp_path / "elsewhere" / "stage",
        tmp_path / "elsewhere" / "stage" / "precious",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_nul_anywhere_is_damage_like_any_other(root: Path, kind: str) -> None:
    wanted = line(root).tree
    for seed in range(8):
        assert compile_fleet(root).status == 0
        files = remembered(root, kind)
        flip(files, seed, b"\0")
        run = compile_fleet(root)
        assert run.status == 0, (run.document, run.errors)
        assert run.written() == {"dev": set()}
        assert emitted(root) == wanted


def test_entries_of_two_environments_that_are_swapped_are_nobodys(tmp_path: Path) -> None:
    root = small(tmp_path / "fleet")
    add_environment(root, "live")
    assert compile_fleet(root).status == 0
    wanted = line(root).tree
    for kind in ("state", "seen"):
        swap([root / ".qpf" / kind / name for name in ("dev", "live")])
    run = compile_fleet(root)
    assert run.written() == {"dev": set(), "live": set()}
    assert emitted(root) == wanted


@pytest.mark.parametrize("size", ["1KB", "20KB"])
def test_a_cache_too_small_for_anything_changes_nothing(root: Path, size: str) -> None:
    with (root / "qpf.yaml").open("a") as file:
        file.write(f"extraction_engine: {{cache: {{max_size: {size}}}}}\n")
    shutil.rmtree(root / ".qpf")
    assert compile_fleet(root).status == 0
    assert emitted(root) == line(root).tree
    shutil.rmtree(root / "environments" / "dev" / "agents")
    assert compile_fleet(root).status == 0
    assert emitted(root) == line(root).tree
