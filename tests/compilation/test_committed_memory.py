"""Memory that a repository brings along would decide what a check says of it: it is refused."""

import os
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from qpf.engine.state import read_state, write_state
from qpf.model.digest import digest
from tests.command import run
from tests.compilation.chains import append
from tests.compilation.memory import git, small

COMMANDS = (
    ["compile", "--check"],
    ["compile"],
    ["validate"],
    ["ci"],
    ["plan"],
    ["cache", "stat"],
    ["metrics"],
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small fleet in a repository, known unchanged; only its memory is not committed."""
    root = small(tmp_path / "repository" / "fleet")
    git(root.parent, "init", "-q", "-b", "main")
    git(root.parent, "add", "-A")
    git(root.parent, "commit", "-qm", "fleet")
    return root


def refused(root: Path) -> bool:
    """Whether every command refuses the fleet's memory; all of them do, or none."""
    said = {(status == 2, "`.qpf` is committed" in output) for status, output in outcomes(root)}
    assert said in ({(True, True)}, {(False, False)})
    return said == {(True, True)}


def outcomes(root: Path) -> list[tuple[int, str]]:
    return [run(command, root) for command in COMMANDS]


def test_memory_of_this_machine_is_used(root: Path) -> None:
    assert [status for status, _ in outcomes(root)] == [0] * len(COMMANDS)


def test_forged_memory_does_not_vouch_for_a_file_that_no_source_compiles_to(root: Path) -> None:
    dev, memory = root / "environments" / "dev", root / ".qpf"
    file, lock = dev / "manifests" / "alpha" / "configmap.yaml", dev / "qpf.lock"
    was = digest(file.read_bytes()), file.stat().st_size
    file.write_bytes(file.read_bytes() + b"# not reviewed\n")
    now = digest(file.read_bytes()), file.stat().st_size
    lock.write_bytes(lock.read_bytes().replace(was[0].encode(), now[0].encode()))
    state = read_state((memory / "state" / "dev").read_bytes())
    alpha = state.agents["alpha"]
    old, new = (f'"{each}",{size}'.encode() for each, size in (was, now))
    assert old in alpha.head
    forged = replace(
        state, agents={**state.agents, "alpha": replace(alpha, head=alpha.head.replace(old, new))}
    )
    (memory / "state" / "dev").write_bytes(write_state(forged))
    (memory / "standstill").unlink()
    (memory / "seen" / "dev").unlink()
    # Whoever can write to `.qpf` decides: that is why it must be this machine.
    assert run(["compile", "--check"], root)[0] == 0
    git(root, "add", "-f", ".qpf", "environments")
    assert refused(root)
    assert run(["--help"], root)[0] == 0


@pytest.mark.parametrize("name", [".qpf/state/dev", ".qpf/texts", ".qpf/cache/size"])
def test_one_committed_file_is_enough(root: Path, name: str) -> None:
    git(root, "add", "-f", name)
    assert refused(root)
    git(root, "commit", "-qm", "memory")
    assert refused(root)
    git(root, "rm", "-rq", "--cached", ".qpf")
    assert not refused(root)


def test_what_decides_nothing_may_be_committed(root: Path) -> None:
    assert run(["schema", "export", "--out", ".qpf/schemas"], root)[0] == 0
    git(root, "add", "-f", ".qpf/.gitignore", ".qpf/schemas")
    assert not refused(root)


def test_the_name_may_be_capitalised_as_it_likes(root: Path) -> None:
    blob = subprocess.run(
        ["git", "-C", root, "hash-object", "-w", "qpf.yaml"], check=True, capture_output=True, text=True
    ).stdout.strip()
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob},fleet/.QPF/state/dev")
    assert refused(root)


def test_a_repository_in_its_place_is_committed_memory(root: Path) -> None:
    head = subprocess.run(
        ["git", "-C", root, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{head},fleet/.qpf")
    assert refused(root)


def test_the_memory_of_another_fleet_is_not_this_ones(root: Path) -> None:
    other = small(root.parent / "other")
    git(other, "add", "-f", ".qpf")
    assert refused(other)
    assert not refused(root)


def test_a_work_tree_beside_is_a_repository_too(root: Path) -> None:
    git(root, "worktree", "add", "-q", str(root.parent.parent / "beside"))
    beside = root.parent.parent / "beside" / "fleet"
    assert run(["compile"], beside)[0] == 0
    assert not refused(beside)
    git(beside, "add", "-f", ".qpf")
    assert refused(beside)


def test_a_hook_of_another_repository_changes_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hooked").mkdir()
    git(tmp_path / "hooked", "init", "-q")
    git(root, "add", "-f", ".qpf")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hooked" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "hooked" / ".git" / "index"))
    assert refused(root)


def test_how_paths_are_meant_elsewhere_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "add", "-f", ".qpf")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert refused(root)


def test_a_repository_of_somebody_else_is_looked_at_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "add", "-f", ".qpf")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert refused(root)


def test_no_program_that_a_repository_names_is_run(root: Path, tmp_path: Path) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(hook))
    git(root, "ls-files")
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    assert not refused(root)
    assert not (tmp_path / "ran").exists()


def test_without_git_nothing_was_committed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(root / "nowhere"))
    assert not refused(root)


@pytest.mark.parametrize(
    ("words", "secret", "asked"),
    [
        (["compile"], "", True),
        (["plan"], "", True),
        (["compile", "--check"], "", False),
        (["compile", "--diff"], "", False),
        (["compile", "--check"], "s3cret", True),
        (["compile", "--check", "--cache", "redis://127.0.0.1:1"], "", True),
    ],
)
def test_no_verdict_comes_from_a_cache_that_only_the_fleet_names(
    root: Path, words: list[str], secret: str, *, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QPF_CACHE_SECRET", secret)
    cache = "\nextraction_engine: {cache: {backend: redis, url: 'redis://127.0.0.1:1'}}\n"
    (root / "qpf.yaml").write_text((root / "qpf.yaml").read_text() + cache)
    append("agents/beta.yaml", "# new\n")(root)
    assert ("the cache redis://127.0.0.1:1" in run(words, root)[1]) == asked
