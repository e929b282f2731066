"""The index is read as the next commit will be, whatever else lies in the work tree."""

from pathlib import Path

import pytest

from qpf.io.revision import Revision
from qpf.io.staged import Staged
from qpf.io.worktree import WorkTree
from tests.io.trees import commit, found, git, paths, write

FILES = {
    "qpf.yaml": "x\n",
    "agents/a.yaml": "old\n",
    "agents/ä b.yaml": "b\n",
    "base/l.yaml": "-> ../agents/a.yaml",
}


@pytest.fixture(autouse=True)
def no_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_INDEX_FILE", raising=False)


def test_what_is_staged_is_read_and_nothing_else(tmp_path: Path) -> None:
    commit(write(tmp_path, FILES))
    (tmp_path / "agents/a.yaml").write_text("staged\n")
    git(tmp_path, "add", "-A")
    (tmp_path / "agents/a.yaml").write_text("not staged\n")
    (tmp_path / "agents/untracked.yaml").write_text("x\n")
    (tmp_path / "agents/ä b.yaml").unlink()
    git(tmp_path, "rm", "-q", "--cached", "base/l.yaml")
    outcome = Staged(tmp_path).sources()
    assert {each.path: each.content for each in outcome.value} == {
        "agents/a.yaml": b"staged\n",
        "agents/ä b.yaml": b"b\n",
        "qpf.yaml": b"x\n",
    }
    assert not outcome.report.diagnostics


def test_index_commit_and_work_tree_read_alike(tmp_path: Path) -> None:
    rev = commit(write(tmp_path / "fleets/one", FILES).parent.parent)
    root = tmp_path / "fleets/one"
    assert Staged(root).sources() == Revision(root, rev).sources() == WorkTree(root).sources()


def test_while_git_commits_the_index_of_that_commit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(write(tmp_path, FILES))
    other = tmp_path / ".git" / "next-index"
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    other.write_bytes((tmp_path / ".git/index").read_bytes())
    git(tmp_path, "rm", "-q", "--cached", "agents/a.yaml")  # from the usual index: tests strip GIT_ variables
    assert "agents/a.yaml" in paths(Staged(tmp_path).sources())


def test_the_index_of_another_repository_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(write(tmp_path / "ours", FILES))
    commit(write(tmp_path / "theirs", {"qpf.yaml": "theirs\n"}))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "theirs/.git/index"))
    assert len(Staged(tmp_path / "ours").sources().value) == len(FILES)


def conflict(top: Path, path: str) -> None:
    """Let two branches say different things in a file, and merge them."""
    (top / path).parent.mkdir(parents=True, exist_ok=True)
    (top / path).write_text("base\n")
    commit(top)
    git(top, "checkout", "-q", "-b", "other")
    (top / path).write_text("one\n")
    commit(top)
    git(top, "checkout", "-q", "-")
    (top / path).write_text("two\n")
    commit(top)
    with pytest.raises(Exception, match="merge"):
        git(top, "merge", "-q", "other")


def test_a_conflict_is_a_finding(tmp_path: Path) -> None:
    conflict(write(tmp_path, FILES), "agents/a.yaml")
    outcome = Staged(tmp_path).sources()
    assert found(outcome) == [("bad-revision", "agents/a.yaml")]
    assert "`agents/a.yaml` is in conflict" in outcome.report.diagnostics[0].message
    assert not outcome.value


def test_a_conflict_of_what_a_link_leads_to_is_a_finding(tmp_path: Path) -> None:
    files = {**FILES, "base/l.yaml": "-> ../shared/l.yaml"}
    conflict(write(tmp_path, files), "shared/l.yaml")
    assert found(Staged(tmp_path).sources()) == [("bad-revision", "shared/l.yaml")]


@pytest.mark.parametrize("path", ["N.md", "fl/N.md", "fl/environments/dev/fleet.json", "flat/agents/a.yaml"])
def test_a_conflict_of_what_is_no_source_does_not_matter(path: str, tmp_path: Path) -> None:
    conflict(write(tmp_path / "fl", FILES).parent, path)
    outcome = Staged(tmp_path / "fl").sources()
    assert not outcome.report.diagnostics
    assert {each.path for each in outcome.value} == set(FILES)


def test_what_is_only_announced_is_not_staged(tmp_path: Path) -> None:
    commit(write(tmp_path, FILES))
    (tmp_path / "agents/empty.yaml").touch()
    git(tmp_path, "add", "agents/empty.yaml")
    for name in ("new", "gone"):
        (tmp_path / f"agents/{name}.yaml").write_text("x\n")
        git(tmp_path, "add", "-N", f"agents/{name}.yaml")
    (tmp_path / "agents/gone.yaml").unlink()
    assert set(paths(Staged(tmp_path).sources())) == {*FILES, "agents/empty.yaml"}


def test_a_folder_with_an_odd_name_is_that_folder(tmp_path: Path) -> None:
    for name in ("[x]", "x", "*"):
        write(tmp_path / name, {"qpf.yaml": f"{name}\n"})
    commit(tmp_path)
    for name in ("[x]", "x", "*"):
        assert [each.content for each in Staged(tmp_path / name).sources().value] == [f"{name}\n".encode()]


def test_a_folder_in_no_repository_is_a_finding(tmp_path: Path) -> None:
    outcome = Staged(write(tmp_path, FILES)).sources()
    (finding,) = outcome.report.diagnostics
    assert "what is staged cannot be read" in finding.message
    assert "leave out `--staged`" in finding.hint


def test_an_empty_index_is_no_fleet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert found(Staged(tmp_path).sources()) == [("no-fleet", "qpf.yaml")]
