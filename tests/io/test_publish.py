"""Publishing touches what changed and nothing else."""

import os
import stat
from pathlib import Path

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from qpf.io import publish as publishing
from qpf.io.exchange import exchange
from qpf.io.job import Changes, Job
from qpf.io.publish import publish
from qpf.model.artifact import Artifact
from tests.io.folders import State, contents, folders, names, state, statuses, told

OLD = state(a="1", b="1", sub__c="1", gone__deep__d="1", gone__e="1")
NEW = state(a="1", b="2", sub__c="1", fresh__f="1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "environments/dev"
    folder.mkdir(parents=True)
    (folder / "environment.yaml").write_text("input\n")
    return folder


def test_the_first_publishing_writes_everything(folder: Path) -> None:
    outcome = OLD.publish(folder, None)
    assert told(outcome) == Changes(written=tuple(sorted(OLD.on_disk)))
    assert contents(folder) == OLD.on_disk | {"environment.yaml": b"input\n"}


def test_a_folder_that_does_not_exist_is_made(tmp_path: Path) -> None:
    OLD.publish(tmp_path / "x/y/z", None)
    assert contents(tmp_path / "x/y/z") == OLD.on_disk
    assert names(tmp_path / "x/y") == ["z"]


def test_the_next_publishing_writes_and_removes_only_what_differs(folder: Path) -> None:
    OLD.publish(folder, None)
    before = statuses(folder)
    outcome = NEW.publish(folder, OLD)
    assert told(outcome) == Changes(
        written=("b.txt", "fresh/f.txt", "qpf.lock"),
        removed=("gone/deep/d.txt", "gone/e.txt"),
        unchanged=("a.txt", "sub/c.txt"),
    )
    after = statuses(folder)
    assert contents(folder) == NEW.on_disk | {"environment.yaml": b"input\n"}
    for path in ("a.txt", "sub/c.txt", "environment.yaml"):
        assert after[path] == before[path]
    assert folders(folder) == {"sub", "fresh"}


def test_nothing_to_change_writes_nothing_at_all(folder: Path) -> None:
    OLD.publish(folder, None)
    before, listing = statuses(folder), sorted(folder.parent.parent.rglob("*"))
    times = {path: path.lstat().st_mtime_ns for path in listing}
    assert told(OLD.publish(folder, OLD)) == Changes(unchanged=tuple(sorted(OLD.on_disk)))
    assert statuses(folder) == before
    assert {path: path.lstat().st_mtime_ns for path in sorted(folder.parent.parent.rglob("*"))} == times


def test_a_small_change_keeps_the_folder_that_shells_stand_in(folder: Path) -> None:
    big = state(**{f"a__f{number}": "1" for number in range(9)})
    big.publish(folder, None)
    inodes = folder.stat().st_ino, (folder / "a").stat().st_ino
    State({**big.files, "a/f1.txt": b"2", "new/x.txt": b"1"}).publish(folder, big)
    assert (folder.stat().st_ino, (folder / "a").stat().st_ino) == inodes
    assert (folder / "a/f1.txt").read_bytes() == b"2"


def test_no_trace_of_the_work_is_left(folder: Path) -> None:
    OLD.publish(folder, None)
    NEW.publish(folder, OLD)
    assert names(folder.parent) == ["dev"]


def test_the_fleets_workshop_is_used_and_what_others_keep_there_stays(folder: Path) -> None:
    workshop = folder.parent.parent / ".qpf"
    OLD.publish(folder, None, workshop=workshop)
    assert not workshop.exists()
    (workshop / "run").mkdir(parents=True)
    NEW.publish(folder, OLD, workshop=workshop)
    assert names(workshop) == [".gitignore", "run"]


def test_the_lock_is_flushed_to_disk_and_nothing_else(folder: Path, flushed: list[str]) -> None:
    OLD.publish(folder, None)
    assert [Path(path).name for path in flushed] == ["qpf.lock"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o027])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        State({"run.sh": b"x", "d/a.txt": b"x"}).publish(tmp_path / "out", None)
    finally:
        os.umask(before)
    modes = {path: status.mode for path, status in statuses(tmp_path / "out").items()}
    assert modes == {"run.sh": 0o755, "d/a.txt": 0o644, "qpf.lock": 0o644}
    assert stat.S_IMODE((tmp_path / "out/d").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755


def test_of_the_mode_only_the_executable_bit_counts(folder: Path) -> None:
    OLD.publish(folder, None)
    (folder / "a.txt").chmod(0o600)
    assert not OLD.publish(folder, OLD).value.written
    (folder / "a.txt").chmod(0o755)
    assert OLD.publish(folder, OLD).value.written == ("a.txt",)
    assert stat.S_IMODE((folder / "a.txt").stat().st_mode) == 0o644


def test_a_persons_files_stay_even_in_folders_that_are_no_longer_ours(folder: Path) -> None:
    OLD.publish(folder, None)
    (folder / "gone/notes.md").write_text("mine\n")
    (folder / "empty").mkdir()
    (folder / "gone/deep/empty").mkdir()
    (folder / "link").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe")
    before = (folder / "gone/notes.md").stat()
    NEW.publish(folder, OLD)
    after = (folder / "gone/notes.md").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert folders(folder) == {"sub", "fresh", "gone", "gone/deep", "gone/deep/empty", "empty"}
    assert (folder / "link").readlink() == Path("/nowhere")
    assert stat.S_ISFIFO((folder / "pipe").lstat().st_mode)


def test_only_what_the_lock_names_is_removed(folder: Path) -> None:
    OLD.publish(folder, None)
    (folder / "qpf.lock").unlink()
    outcome = State({"a.txt": b"1"}).publish(folder, None)
    assert outcome.value.removed == ()
    assert "gone/e.txt" in contents(folder)


def test_a_file_of_a_person_is_never_overwritten(folder: Path) -> None:
    (folder / "b.txt").write_text("mine\n")
    (folder / "sub").write_text("mine too\n")
    before = statuses(folder)
    outcome = OLD.publish(folder, None)
    assert [(one.code.name, str(one.span)) for one in outcome.report.diagnostics] == [
        ("unowned-file", "dev/b.txt:1:1"),
        ("unowned-file", "dev/sub:1:1"),
    ]
    assert outcome.value == Changes()
    assert statuses(folder) == before


def test_a_file_that_already_is_what_we_would_write_becomes_ours(folder: Path) -> None:
    (folder / "b.txt").write_text("1")
    before = statuses(folder)["b.txt"]
    assert "b.txt" in OLD.publish(folder, None).value.unchanged
    assert statuses(folder)["b.txt"] == before


def test_what_somebody_edited_by_hand_is_overwritten_and_told(folder: Path) -> None:
    OLD.publish(folder, None)
    (folder / "a.txt").write_text("edited")
    (folder / "gone/e.txt").write_text("edited")
    outcome = NEW.publish(folder, OLD)
    assert outcome.value.edited == ("a.txt", "gone/e.txt")
    assert contents(folder) == NEW.on_disk | {"environment.yaml": b"input\n"}


def test_a_missing_file_of_ours_comes_back(folder: Path) -> None:
    OLD.publish(folder, None)
    (folder / "a.txt").unlink()
    outcome = OLD.publish(folder, OLD)
    assert (outcome.value.written, outcome.value.edited) == (("a.txt",), ())


def test_a_file_may_become_a_folder_and_a_folder_a_file(folder: Path) -> None:
    one, two = State({"x": b"1", "y/z": b"1"}), State({"x/z": b"2", "y": b"2"})
    for state_, previous in ((one, None), (two, one), (one, two)):
        outcome = state_.publish(folder, previous)
        assert not outcome.report.diagnostics
        assert contents(folder) == state_.on_disk | {"environment.yaml": b"input\n"}


def test_no_link_is_written_through(folder: Path, tmp_path: Path) -> None:
    OLD.publish(folder, None)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("outside")
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(outside / "a.txt")
    outcome = OLD.publish(folder, OLD)
    assert outcome.value.edited == ("a.txt",)
    assert not (folder / "a.txt").is_symlink()
    (folder / "fresh").symlink_to(outside)
    outcome = NEW.publish(folder, OLD)
    assert [one.code.name for one in outcome.report.diagnostics] == ["unowned-file"]
    assert contents(outside) == {"a.txt": b"outside"}


def test_a_folder_that_is_itself_a_link_is_written_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    OLD.publish(tmp_path / "link", None)
    assert (tmp_path / "link").is_symlink()
    assert contents(tmp_path / "real") == OLD.on_disk


def test_after_a_merge_conflict_in_the_lock_everything_is_written_anew(folder: Path) -> None:
    OLD.publish(folder, None)
    for name in ("a.txt", "gone/e.txt"):
        (folder / name).write_text("<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> other\n")
    (folder / "qpf.lock").write_bytes(b"<<<<<<< HEAD\n" + OLD.on_disk["qpf.lock"])
    outcome = NEW.publish(folder, None)
    assert not outcome.report.diagnostics
    assert contents(folder) == NEW.on_disk | {"environment.yaml": b"input\n"}


@pytest.mark.parametrize(
    "given",
    ["../x", "/x", "x/", "", "a//b", "./a", "a\0", "a\\b", "a a", "a a/b", "a a-b a/b", "qpf.lock"],
)
def test_a_path_that_is_not_plain_is_a_bug_and_writes_nothing(folder: Path, given: str) -> None:
    before = statuses(folder)
    paths = given.split(" ")
    with pytest.raises(ValueError, match=r"path|folder"):
        publish(Job(folder, [Artifact(path, b"").output for path in paths], lambda _: b"", b"", None))
    assert statuses(folder) == before


def test_a_folder_that_cannot_be_written_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    outcome = OLD.publish(tmp_path / "out/dev", None)
    assert [one.code.name for one in outcome.report.diagnostics] == ["unwritable-folder"]
    assert str(tmp_path) not in outcome.report.diagnostics[0].message


def test_what_an_editor_saves_during_a_swap_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(first: Path, second: Path) -> None:
        for name in ("environment.yaml", "notes.md"):
            (folder / f"{name}.tmp").write_text("saved just now\n")
            (folder / f"{name}.tmp").rename(folder / name)
        exchange(first, second)

    monkeypatch.setattr(publishing, "exchange", save)
    OLD.publish(folder, None)
    assert contents(folder)["environment.yaml"] == b"saved just now\n"
    assert contents(folder)["notes.md"] == b"saved just now\n"


artifact_names = st.sampled_from(["a", "b", "c/a", "c/b", "c/d/a", "e/a", "e"])
states = st.dictionaries(artifact_names, st.binary(max_size=2), max_size=6).filter(
    lambda files: not ("e" in files and "e/a" in files)
)


@settings(max_examples=60, deadline=None)
@hypothesis.given(
    history=st.lists(states, min_size=1, max_size=4),
    mine=st.dictionaries(st.sampled_from(["m", "c/m"]), st.binary()),
)
def test_whatever_came_before_the_folder_holds_exactly_the_last_state(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, bytes]], mine: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("out")
    for path, content in mine.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    previous = None
    for files in history:
        before = statuses(folder)
        current = State(files)
        outcome = current.publish(folder, previous)
        assert not outcome.report.diagnostics
        assert contents(folder) == current.on_disk | mine
        after = statuses(folder)
        assert all(after[path] == before[path] for path in (*outcome.value.unchanged, *mine))
        previous = current


def test_a_folder_keeps_its_mode_though_an_earlier_stage_had_another(folder: Path, tmp_path: Path) -> None:
    def publish_kept(now: State, before: State | None) -> None:
        assert not publish(now.job(folder, before), workshop=tmp_path / ".qpf", keep=True).report.diagnostics

    (folder / "mine").mkdir(mode=0o755)
    (folder / "mine/notes.md").write_text("mine\n")
    few, most = state(a="1", b="2", c__d="new"), state(a="3", b="4", c__d="other")
    publish_kept(OLD, None)
    publish_kept(few, OLD)
    (folder / "mine").chmod(0o700)
    (folder / "c").chmod(0o775)
    publish_kept(most, few)
    assert {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("mine", "c")} == {
        "mine": 0o700,
        "c": 0o775,
    }
