"""Several folders are published as one: all or none, swapped when all are built."""

import errno
from pathlib import Path

import pytest

from qpf.io.exchange import exchange
from qpf.io.job import Changes, Job
from qpf.io.publish import publish_all
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


NAMES = ("one", "two", "three")


def failing(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException, times: int = 1) -> None:
    """Let the swap of some folder fail, and `times` of those that follow."""
    left = at

    def failing_exchange(first: Path, second: Path) -> None:
        nonlocal left
        left -= 1
        if -times <= left < 0:
            raise error
        exchange(first, second)

    monkeypatch.setattr("qpf.io.publish.exchange", failing_exchange)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_stops_the_swap_of_one_folder_takes_back_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    publish_all(jobs(tmp_path, OLD, None, *NAMES), workshop=tmp_path / ".qpf")
    before = statuses(tmp_path)
    failing(monkeypatch, at, OSError(errno.EIO, "the disk is gone"))
    outcomes = publish_all(jobs(tmp_path, NEW, OLD, *NAMES), workshop=tmp_path / ".qpf")
    assert statuses(tmp_path) == before
    assert [each.value for each in outcomes] == [Changes()] * 3
    assert [each.report.failed for each in outcomes] == [number == at for number in range(3)]
    (found,) = outcomes[at].report.diagnostics
    assert found.message == f"`{NAMES[at]}` cannot be written: the disk is gone"
    assert (found.hint or "").startswith("nothing was changed")
    publish_all(jobs(tmp_path, NEW, OLD, *NAMES), workshop=tmp_path / ".qpf")
    assert [contents(tmp_path / name) for name in NAMES] == [NEW.on_disk] * 3


def test_an_interruption_between_two_swaps_takes_the_first_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_all(jobs(tmp_path, OLD, None, *NAMES), workshop=tmp_path / ".qpf")
    before = statuses(tmp_path)
    failing(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        publish_all(jobs(tmp_path, NEW, OLD, *NAMES), workshop=tmp_path / ".qpf")
    assert statuses(tmp_path) == before


def test_a_folder_that_was_new_is_gone_again_when_the_next_cannot_be_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_all(jobs(tmp_path, OLD, None, "two"), workshop=tmp_path / ".qpf")
    before = statuses(tmp_path)
    failing(monkeypatch, 0, OSError(errno.EIO, "the disk is gone"))
    both = [*jobs(tmp_path, NEW, None, "one"), *jobs(tmp_path, NEW, OLD, "two")]
    publish_all(both, workshop=tmp_path / ".qpf")
    assert statuses(tmp_path) == before
    assert not (tmp_path / "one").exists()


def test_a_folder_that_cannot_be_taken_back_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_all(jobs(tmp_path, OLD, None, *NAMES), workshop=tmp_path / ".qpf")
    failing(monkeypatch, 1, OSError(errno.EROFS, "only to read"), times=2)
    outcomes = publish_all(jobs(tmp_path, NEW, OLD, *NAMES), workshop=tmp_path / ".qpf")
    assert [contents(tmp_path / name) for name in NAMES] == [NEW.on_disk, OLD.on_disk, OLD.on_disk]
    hints = [found.hint or "" for each in outcomes for found in each.report.diagnostics]
    assert [hint.partition(";")[0] for hint in hints] == [
        "it was changed, perhaps not in full",
        "nothing was changed",
    ]


def test_what_fails_when_a_folder_is_new_is_not_told_as_if_nothing_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is gone")

    publish_all(jobs(tmp_path, OLD, None, "one"), workshop=tmp_path / ".qpf")
    monkeypatch.setattr("qpf.io.publish.rescue", refuse)
    (one,) = publish_all(jobs(tmp_path, NEW, OLD, "one"), workshop=tmp_path / ".qpf")
    (found,) = one.report.diagnostics
    assert contents(tmp_path / "one") == NEW.on_disk
    assert (found.hint or "").startswith("it was changed, perhaps not in full")
