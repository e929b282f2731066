"""A source that holds what it held is the same source, whatever became of its status meanwhile."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qpf.io import standstill
from qpf.model.digest import digest
from tests.compilation.chains import append, swap
from tests.compilation.memory import compile_fleet, emitted, git, is_seen, line, replaced, small

AGENT = "agents/beta.yaml"
INPUTS = ("qpf.yaml", "glue.yaml", "environments/dev/environment.yaml", AGENT)
CONTENT: dict[str, Callable[[Path], object]] = {
    "touched": Path.touch,
    "of the future": lambda path: os.utime(path, (4e9, 4e9)),
    "written again": lambda path: path.write_bytes(path.read_bytes()),
    "replaced by its copy": replaced,
    "private": lambda path: path.chmod(0o600),
    "there and back": lambda path: path.rename(path.with_name("away.yaml")).rename(path),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small fleet, known unchanged."""
    return small(tmp_path / "fleet")


@pytest.mark.parametrize("path", [AGENT, "qpf.yaml", "glue.yaml", "environments/dev/environment.yaml"])
@pytest.mark.parametrize("what", CONTENT)
def test_a_source_that_holds_what_it_held_is_the_same(root: Path, path: str, what: str) -> None:
    CONTENT[what](root / path)
    for _ in range(2):
        assert compile_fleet(root, "--check").stood_still
        assert compile_fleet(root).stood_still
    assert emitted(root) == line(root).tree


def test_content_decides_once_and_then_the_status_tells_again(root: Path) -> None:
    note = root / ".qpf" / "standstill"
    before = note.read_bytes()
    os.utime(root / AGENT, (1e9, 1e9))
    time.sleep(0.1)
    assert compile_fleet(root).stood_still
    renewed = note.read_bytes()
    assert renewed != before
    assert compile_fleet(root).stood_still
    assert note.read_bytes() == renewed
    swap(AGENT, "title: Beta", "title: Zeta")(root)
    is_seen(root)


def test_a_check_keeps_nothing_of_what_it_saw(root: Path) -> None:
    before = memory(root)
    (root / AGENT).touch()
    (root / "environments" / "dev" / "fleet.json").touch()
    assert compile_fleet(root, "--check").stood_still
    assert memory(root) == before


def test_a_branch_and_back_without_a_compile_is_no_change(root: Path) -> None:
    git(root, "init", "-q", "-b", "one")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    assert compile_fleet(root).stood_still
    git(root, "checkout", "-qb", "two")
    append(AGENT, "# other\n")(root)
    append("environments/dev/fleet.json", " ")(root)
    shutil.copy(root / AGENT, root / "agents" / "gamma.yaml")
    (root / "environments" / "dev" / "agents" / "alpha" / "README.md").unlink()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    git(root, "checkout", "-q", "one")
    assert compile_fleet(root, "--check").stood_still
    assert compile_fleet(root).stood_still
    git(root, "checkout", "-q", "two")
    assert not compile_fleet(root, "--check").stood_still


@pytest.mark.parametrize("name", ["notes.md", "agents/.beta.yaml.swp", "agents/beta.yaml~"])
def test_what_nobody_takes_for_a_source_is_no_change(root: Path, name: str) -> None:
    (root / name).write_text("x\n")
    assert compile_fleet(root).stood_still


@pytest.mark.parametrize(
    "name", ["Glue.yaml", "sub/new.yaml", "agents/beta.yml", "environments/live", "templates/new/x.jinja"]
)
def test_a_name_that_appears_is_seen(root: Path, name: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / AGENT, root / name)
    assert not compile_fleet(root).stood_still


def test_a_link_to_what_a_source_held_is_seen(root: Path) -> None:
    agent = root / AGENT
    shutil.copy(agent, root / "kept")
    agent.unlink()
    agent.symlink_to("../kept")
    is_seen(root)


def test_what_is_too_large_for_a_source_is_not_read(root: Path) -> None:
    os.truncate(root / AGENT, 1 << 40)
    assert standstill.unchanged(root, root / ".qpf", ()) is None


@pytest.mark.parametrize("ahead", [0, 10**10])
@pytest.mark.parametrize("path", [AGENT, "environments/dev/environment.yaml", "glue.yaml", "qpf.yaml"])
def test_an_edit_while_a_compile_runs_is_seen_by_the_next(
    root: Path, path: str, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".qpf" / "standstill").unlink()
    now = time.time_ns
    with monkeypatch.context() as patch:
        patch.setattr("time.time_ns", lambda: now() + ahead)  # then the clock of the disk is behind ours
        patch.setattr(standstill, "note", after(append(path, "# later\n"), root))
        assert compile_fleet(root).status == 0
    assert (root / ".qpf" / "standstill").exists()
    is_seen(root)


@pytest.mark.parametrize("ahead", [0, 10**10])
@pytest.mark.parametrize("place", ["agents/gamma.yaml", "sub/new.yaml", "templates/new.jinja"])
def test_a_file_that_appears_while_a_compile_runs_is_seen_by_the_next(
    root: Path, place: str, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".qpf" / "standstill").unlink()
    now = time.time_ns

    def appear(root: Path) -> None:
        (root / place).parent.mkdir(exist_ok=True)
        shutil.copy(root / AGENT, root / place)

    with monkeypatch.context() as patch:
        patch.setattr("time.time_ns", lambda: now() + ahead)
        patch.setattr(standstill, "note", after(appear, root))
        assert compile_fleet(root).status == 0
    assert not compile_fleet(root).stood_still


@pytest.mark.parametrize("path", ["", "glue.yaml", "environments/dev/environment.yaml"])
def test_an_input_that_was_away_while_it_should_be_read_is_seen(root: Path, path: str) -> None:
    note = root / ".qpf" / "standstill"
    note.unlink()
    read = {name: digest((root / name).read_bytes()) for name in INPUTS if name != path}
    standstill.note(root, root / ".qpf", standstill.Moment.now(root), read, (), ("dev",), {})
    assert note.exists() == (not path)


def after(change: Callable[[Path], None], root: Path) -> Callable[..., None]:
    """Note a compile after something has changed."""
    note = standstill.note

    def later(*arguments: Any) -> None:
        change(root)
        note(*arguments)

    return later


def memory(root: Path) -> dict[str, bytes]:
    """What is remembered."""
    return {name: (root / ".qpf" / name).read_bytes() for name in ("standstill", "seen/dev", "state/dev")}
