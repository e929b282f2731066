"""What only git can do to a fleet."""

import subprocess
import sys
from pathlib import Path

import pytest

from qpf.io.revision import Revision
from tests.io.trees import commit, found, git, paths, write


def test_an_older_revision_is_read_without_checkout(tmp_path: Path) -> None:
    first = commit(write(tmp_path, {"qpf.yaml": "x\n", "agents/a.yaml": "old\n"}))
    write(tmp_path, {"agents/a.yaml": "new\n", "agents/b.yaml": "b\n"})
    commit(tmp_path)
    (tmp_path / "agents/a.yaml").write_text("not committed\n")
    outcome = Revision(tmp_path, first).sources()
    assert {source.path: source.content for source in outcome.value} == {
        "qpf.yaml": b"x\n",
        "agents/a.yaml": b"old\n",
    }
    assert (tmp_path / "agents/a.yaml").read_text() == "not committed\n"


@pytest.mark.parametrize("rev", ["HEAD", "HEAD~1", "main", "v1", "@{0}", ":/second"])
def test_every_way_git_names_a_commit_works(tmp_path: Path, rev: str) -> None:
    write(tmp_path, {"qpf.yaml": "x\n"})
    commit(tmp_path)
    git(tmp_path, "branch", "-M", "main")
    git(tmp_path, "tag", "-a", "v1", "-m", "x")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "second")
    assert paths(Revision(tmp_path, rev).sources()) == ["qpf.yaml"]


@pytest.mark.parametrize(
    "rev", ["nope", "", "--all", "HEAD:qpf.yaml", "HEAD..HEAD", "a\0b", "HEAD^{tree}", "-h"]
)
def test_what_is_no_revision_is_a_finding(tmp_path: Path, rev: str) -> None:
    commit(write(tmp_path, {"qpf.yaml": "x\n"}))
    outcome = Revision(tmp_path, rev).sources()
    assert found(outcome) == [("bad-revision", "qpf.yaml")]
    assert outcome.report.diagnostics[0].hint


def test_a_folder_in_no_repository_is_a_finding(tmp_path: Path) -> None:
    outcome = Revision(write(tmp_path, {"qpf.yaml": "x\n"}), "HEAD").sources()
    assert found(outcome) == [("bad-revision", "qpf.yaml")]
    assert "no git repository" in outcome.report.diagnostics[0].message


def test_a_fleet_may_lie_below_the_top_of_its_repository(tmp_path: Path) -> None:
    rev = commit(
        write(
            tmp_path, {"qpf.yaml": "other\n", "fleets/one/qpf.yaml": "x\n", "fleets/one/agents/a.yaml": "a\n"}
        )
    )
    outcome = Revision(tmp_path / "fleets/one", rev).sources()
    assert {source.path: source.content for source in outcome.value} == {
        "qpf.yaml": b"x\n",
        "agents/a.yaml": b"a\n",
    }


def test_a_link_may_not_leave_the_fleet_even_inside_the_repository(tmp_path: Path) -> None:
    files = {"shared.yaml": "x\n", "fleet/qpf.yaml": "x\n", "fleet/agents/a.yaml": "-> ../../shared.yaml"}
    rev = commit(write(tmp_path, files))
    assert found(Revision(tmp_path / "fleet", rev).sources()) == [("bad-symlink", "agents/a.yaml")]


def test_a_revision_from_before_the_fleet_is_a_finding(tmp_path: Path) -> None:
    rev = commit(write(tmp_path, {"x": "y"}))
    write(tmp_path, {"fleet/qpf.yaml": "x\n"})
    outcome = Revision(tmp_path / "fleet", rev).sources()
    assert found(outcome) == [("unreadable-source", "qpf.yaml")]
    assert "not in this revision" in outcome.report.diagnostics[0].message


def test_a_linked_work_tree_reads_its_own_repository(tmp_path: Path) -> None:
    rev = commit(write(tmp_path / "main", {"qpf.yaml": "x\n"}))
    git(tmp_path / "main", "worktree", "add", "-q", "--detach", "../other", rev)
    assert paths(Revision(tmp_path / "other", "HEAD").sources()) == ["qpf.yaml"]


def test_the_repository_of_a_surrounding_git_hook_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(write(tmp_path / "hook", {"qpf.yaml": "wrong\n"}))
    commit(write(tmp_path / "fleet", {"qpf.yaml": "right\n"}))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hook/.git"))
    (source,) = Revision(tmp_path / "fleet", "HEAD").sources().value
    assert source.content == b"right\n"


def test_a_submodule_where_a_file_belongs_is_a_finding(tmp_path: Path) -> None:
    rev = commit(write(tmp_path, {"qpf.yaml": "x\n"}))
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{rev},agents/a.yaml")
    git(tmp_path, "commit", "-q", "-m", "x")
    assert found(Revision(tmp_path, "HEAD").sources()) == [("special-file", "agents/a.yaml")]


def test_a_forged_tree_with_a_name_that_climbs_is_a_finding(tmp_path: Path) -> None:
    commit(write(tmp_path, {"qpf.yaml": "x\n"}))
    blob = git(tmp_path, "hash-object", "-w", "qpf.yaml")
    entries = b"".join(b"100644 " + name + b"\0" + bytes.fromhex(blob) for name in (b"..", b"qpf.yaml"))
    tree = git(tmp_path, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=entries)
    rev = git(tmp_path, "commit-tree", "-m", "x", tree)
    outcome = Revision(tmp_path, rev).sources()
    assert outcome.report.failed
    assert ".." not in paths(outcome)


def test_a_missing_blob_is_a_finding_for_that_file_alone(tmp_path: Path) -> None:
    rev = commit(write(tmp_path, {"qpf.yaml": "x\n", "agents/a.yaml": "unique\n"}))
    sha = git(tmp_path, "rev-parse", f"{rev}:agents/a.yaml")
    (tmp_path / ".git/objects" / sha[:2] / sha[2:]).unlink()
    outcome = Revision(tmp_path, rev).sources()
    assert found(outcome) == [("unreadable-source", "agents/a.yaml")]
    assert paths(outcome) == ["qpf.yaml"]


def test_git_is_imported_only_for_revisions() -> None:
    code = "import sys, qpf.io.revision, qpf.io.worktree; print('git' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
