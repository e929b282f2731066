"""A fleet that nobody touched is known unchanged without reading it, and any touch of a source is seen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qpf.io.standstill import unchanged
from tests.compilation.chains import CHANGES, STAGING, add_environment, make_fleet, prepend, swap
from tests.compilation.memory import (
    MESH,
    compile_fleet,
    emitted,
    git,
    is_seen,
    line,
    put_back,
    small,
    sources,
    stand,
)

MODULES = """
import sys
sys.argv = ["qpf", "-C", sys.argv[1], "compile", "--progress", "json"]
try:
    import qpf.cli.main as m; m.main()
except SystemExit:
    print(*sorted(sys.modules))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small fleet, known unchanged."""
    return small(tmp_path / "fleet")


def test_the_second_compile_imports_nothing_of_weight(tmp_path: Path) -> None:
    shutil.copytree(MESH, tmp_path / "fleet")
    for imports in (True, False):
        done = subprocess.run(
            [sys.executable, "-c", MODULES, tmp_path / "fleet"], capture_output=True, text=True, check=True
        )
        modules = done.stdout.split()
        for name in ("qpf_plugins", "pluggy", "pydantic", "yaml", "jinja2"):
            assert (name in modules) == imports, name
    assert "97" in done.stdout
    assert done.stderr == ""


def test_what_is_said_is_what_the_last_compile_said(root: Path) -> None:
    again = stand(root)
    (root / ".qpf" / "standstill").unlink()
    looked = compile_fleet(root)
    assert not looked.stood_still
    assert again.document == looked.document


def test_one_environment_is_not_all_of_them(root: Path) -> None:
    add_environment(root, "live")
    stand(root, "--env", "dev")
    assert compile_fleet(root, "--check").status == 1
    is_seen(root)
    stand(root)
    assert stand(root, "--env", "live").document["environments"][0]["name"] == "live"


@pytest.mark.slow
def test_no_change_of_a_source_is_overlooked(tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet", scope="15 days")
    kept = sources(root, tmp_path / "kept")
    for change in CHANGES:
        stand(root)
        assert unchanged(root, root / ".qpf", ()) is not None
        change.make(root)
        assert unchanged(root, root / ".qpf", ()) is None, change.name
        put_back(kept, root)


def test_a_fleet_with_a_warning_says_it_every_time(tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet")
    said = [compile_fleet(root).findings for _ in range(3)]
    assert [found["code"] for found in said[0]] == ["QPF601", "QPF601"]
    assert said[0] == said[1] == said[2]
    prepend(STAGING, "\n")(root)
    moved = compile_fleet(root).findings
    assert [found["line"] for found in moved] != [found["line"] for found in said[0]]
    assert moved == line(root).findings


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("agents/beta.yaml", "Beta", "Zeta"),
        ("sub/gossip.yaml", "Hears", "Heard"),
        ("qpf.yaml", "fleet: mesh", "fleet: mush"),
        ("glue.yaml", "How bad", "How sad"),
    ],
)
def test_a_source_whose_size_and_time_are_as_before_is_seen(
    root: Path, path: str, old: str, new: str
) -> None:
    file = root / path
    status = file.stat()
    swap(path, old, new)(root)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_size == status.st_size
    is_seen(root)


def test_what_a_link_leads_to_is_looked_at(root: Path) -> None:
    (root / "shared").mkdir()
    agent = root / "agents" / "beta.yaml"
    agent.rename(root / "shared" / "beta.yaml")
    agent.symlink_to("../shared/beta.yaml")
    for _ in range(3):
        is_seen(root)
    swap("shared/beta.yaml", "title: Beta", "title: Better")(root)
    is_seen(root)


@pytest.mark.parametrize("place", ["logic", "templates", "logic/inner", "templates/python_agent"])
def test_a_file_that_appears_behind_a_linked_folder_is_seen(root: Path, place: str) -> None:
    (root / "shared").mkdir()
    (root / "shared" / ".hidden").touch()
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).symlink_to(os.path.relpath(root / "shared", (root / place).parent))
    for _ in range(3):
        assert compile_fleet(root).status == 0
    new = root / "shared" / ("rules.py" if place.startswith("logic") else "unused.jinja")
    new.write_text("LIMIT = 1\n")
    is_seen(root)


@pytest.mark.parametrize("place", ["templates", "logic"])
def test_compiled_code_is_no_change_because_it_is_no_source(root: Path, place: str) -> None:
    folder = root / place / "inner" / "__pycache__"
    folder.mkdir(parents=True)
    stand(root)
    (folder / "part.py").write_text("x\n")
    assert compile_fleet(root).stood_still
    (root / ".qpf" / "standstill").unlink()
    assert compile_fleet(root).written() == {"dev": set()}
    assert emitted(root) == line(root).tree


def test_another_revision_that_was_written_is_seen(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    swap("agents/beta.yaml", "title: Beta", "title: Better")(root)
    stand(root)
    assert compile_fleet(root, "--rev", "HEAD").written() != {"dev": set()}
    assert compile_fleet(root, "--check").status == 1
    is_seen(root)


def test_a_branch_and_back_is_seen_and_costs_nothing(root: Path) -> None:
    git(root, "init", "-q", "-b", "one")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    git(root, "checkout", "-qb", "two")
    swap("agents/beta.yaml", "title: Beta", "title: Better")(root)
    is_seen(root)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    for branch in ("one", "two", "one"):
        stand(root)
        git(root, "checkout", "-q", branch)
        run = compile_fleet(root)
        assert not run.stood_still
        assert run.written() == {"dev": set()}
        assert {*run.origins()["dev"].values()} <= {"kept", "local"}
        assert emitted(root) == line(root).tree
