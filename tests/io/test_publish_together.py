"""Several folders are published as one: all or none, swapped when all are built."""

from pathlib import Path

import pytest

from qpf.io.exchange import exchange
from qpf.io.publish import Changes, Job, publish_all
from tests.io.folders import State, contents, state, statuses

OLD = state(same="same", changed="old", gone="gone")
NEW = state(same="same", changed="new", deep__added="added")


def jobs(root: Path, state: State, previous: State | None, *names: str) -> list[Job]:
    return [state.job(root / name, previous) for name in names]


def test_what_stops_one_folder_stops_all(tmp_path: Path) -> None:
    publish_all(jobs(tmp_path, OLD, None, "one", "two"), workshop=tmp_path / ".qpf")
    (tmp_path / "two" / "new").mkdir()
    blocker = next(path for path in NEW.files if path not in OLD.files)
    (tmp_path / "two" / blocker).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "two" / blocker).write_text("a person's")
    before = statuses(tmp_path)
    one, two = publish_all(jobs(tmp_path, NEW, OLD, "one", "two"), workshop=tmp_path / ".qpf")
    assert (one.value, two.value) == (Changes(), Changes())
    assert (one.report.failed, two.report.failed) == (False, True)
    assert statuses(tmp_path) == before


def test_a_workshop_that_cannot_be_written_is_told_as_such_and_no_folder_is(tmp_path: Path) -> None:
    publish_all(jobs(tmp_path, OLD, None, "one"), workshop=tmp_path / ".qpf")
    before = statuses(tmp_path / "one")
    (tmp_path / ".qpf").write_text("a file")
    (one,) = publish_all(jobs(tmp_path, NEW, OLD, "one"), workshop=tmp_path / ".qpf")
    (found,) = one.report.diagnostics
    assert found.message == "`.qpf`, in which `one` is built, cannot be written: File exists"
    assert found.span is not None
    assert found.span.source == ".qpf"
    assert statuses(tmp_path / "one") == before


def test_folders_are_swapped_only_when_all_are_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("one", "two", "three")
    publish_all(jobs(tmp_path, OLD, None, *names), workshop=tmp_path / ".qpf")
    seen: list[int] = []

    def watched(first: Path, second: Path) -> None:
        seen.append(sum(1 for _ in (tmp_path / ".qpf" / "stage").iterdir()))
        exchange(first, second)

    monkeypatch.setattr("qpf.io.publish.exchange", watched)
    publish_all(jobs(tmp_path, NEW, OLD, *names), workshop=tmp_path / ".qpf")
    assert seen[:3] == [3, 3, 3]
    assert [contents(tmp_path / name) for name in names] == [NEW.on_disk] * 3
    assert not (tmp_path / ".qpf").exists()


def test_what_a_kill_left_behind_is_cleared_though_nothing_changes(tmp_path: Path) -> None:
    publish_all(jobs(tmp_path, OLD, None, "one", "two"), workshop=tmp_path / ".qpf")
    (tmp_path / ".qpf" / "stage" / "one").mkdir(parents=True)
    one, two = publish_all(jobs(tmp_path, OLD, OLD, "one", "two"), workshop=tmp_path / ".qpf")
    assert (one.value.written, two.value.written) == ((), ())
    assert not (tmp_path / ".qpf").exists()
