"""A kill at any moment leaves the whole old or the whole new state, and the next run heals."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from qpf.io import inplace
from qpf.io import publish as publishing
from qpf.io.workshop import exclusive
from tests.io.folders import (
    State,
    child,
    contents,
    die_before_step,
    folders,
    names,
    outcome_of,
    state,
    statuses,
)

SMALL = state(a="1", b="1", c="1", sub__d="1", gone__e="1", gone__in__f="1")
CHANGED = state(a="1", b="2", c="1", sub__d="1", fresh__f="1")
"""Mostly what `SMALL` is, so the old folder is swapped back."""
OTHER = state(a="2", x="1", y__z="1")
"""Mostly something else, so the new folder stays."""


def mine(folder: Path) -> dict[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "environment.yaml").write_text("input\n")
    (folder / "notes").mkdir(exist_ok=True)
    (folder / "notes/n.md").write_text("mine\n")
    return {"environment.yaml": b"input\n", "notes/n.md": b"mine\n"}


@pytest.mark.parametrize("target", [CHANGED, OTHER], ids=["small change", "large change"])
def test_a_kill_before_any_step_leaves_old_or_new_and_the_next_run_heals(
    tmp_path: Path, target: State
) -> None:
    seen = set()
    for step in range(400):
        folder, workshop = tmp_path / f"{step}/environments/dev", tmp_path / f"{step}/.qpf"
        kept = mine(folder)
        SMALL.publish(folder, None, workshop=workshop)
        before = statuses(folder)

        def victim(folder: Path = folder, workshop: Path = workshop, step: int = step) -> None:
            die_before_step(step)
            target.publish(folder, SMALL, workshop=workshop)

        code = outcome_of(child(victim))
        now = contents(folder)
        old, new = SMALL.on_disk | kept, target.on_disk | kept
        assert now in (old, new), f"mixed after step {step}"
        seen.add("new" if now == new else "old")
        after = statuses(folder)
        same = [path for path in after if path in before and before[path].content == after[path].content]
        assert all(after[path] == before[path] for path in same)

        target.publish(folder, SMALL, workshop=workshop)
        assert contents(folder) == new
        assert folders(folder) == {str(Path(path).parent) for path in new} - {"."}
        assert not workshop.exists()
        assert names(folder.parent) == ["dev"]
        if code == 0:
            break
        assert code == -signal.SIGKILL
    else:
        pytest.fail("publishing takes more steps than this test tries")
    assert seen == {"old", "new"}
    assert step > 20


def test_kills_at_random_moments_leave_old_or_new(tmp_path: Path) -> None:
    chance = random.Random(20260301)  # noqa: S311 - a seeded series of moments
    folder, workshop = tmp_path / "environments/dev", tmp_path / ".qpf"
    kept = mine(folder)
    common = {f"agents/a{number // 8}/f{number}.py": b"x" * 500 for number in range(400)}
    one = State({**common, **{f"one/{number}.yaml": b"1" for number in range(40)}, "v.txt": b"1"})
    two = State({**common, **{f"two/{number}.yaml": b"2" for number in range(40)}, "v.txt": b"2"})
    one.publish(folder, None, workshop=workshop)
    previous, target = one, two
    durations = []
    for _ in range(5):  # The shortest counts: one that something held up would put most kills after the end.
        started = time.monotonic()
        target.publish(folder, previous, workshop=workshop)
        durations.append(time.monotonic() - started)
        previous, target = target, previous
    duration = min(durations)
    killed = 0
    for _ in range(40):

        def victim(previous: State = previous, target: State = target) -> None:
            target.publish(folder, previous, workshop=workshop)

        pid = child(victim)
        time.sleep(chance.uniform(0, duration * 1.1))
        os.kill(pid, signal.SIGKILL)
        killed += outcome_of(pid) == -signal.SIGKILL
        now = contents(folder)
        assert now in (previous.on_disk | kept, target.on_disk | kept)
        if now == target.on_disk | kept:
            previous, target = target, previous
    target.publish(folder, previous, workshop=workshop)
    assert contents(folder) == target.on_disk | kept
    assert not workshop.exists()
    assert killed >= 10


def test_leftovers_go_even_when_nothing_else_changes(tmp_path: Path) -> None:
    folder, workshop = tmp_path / "dev", tmp_path / ".qpf"
    SMALL.publish(folder, None, workshop=workshop)
    (workshop / "stage/deep").mkdir(parents=True)
    (workshop / "stage/deep/x").write_text("x")
    (workshop / "stage/deep").chmod(0o555)
    assert not SMALL.publish(folder, SMALL, workshop=workshop).value.written
    assert not (workshop / "stage").exists()


def test_two_compiles_do_not_interleave(tmp_path: Path) -> None:
    folder, workshop = tmp_path / "dev", tmp_path / ".qpf"
    kept = mine(folder)
    SMALL.publish(folder, None, workshop=workshop)
    targets = [CHANGED, OTHER, SMALL, state(q="1"), state(a="9", q__r="1")]
    pids = [
        child(lambda target=target: [target.publish(folder, SMALL, workshop=workshop) for _ in range(3)])  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for target in targets
        for _ in range(2)
    ]
    assert {outcome_of(pid) for pid in pids} == {0}
    assert contents(folder) in [target.on_disk | kept for target in targets]
    assert not workshop.exists()


def test_a_workshop_that_somebody_holds_is_waited_for(tmp_path: Path) -> None:
    folder, workshop = tmp_path / "dev", tmp_path / ".qpf"
    with exclusive(workshop):
        pid = child(lambda: SMALL.publish(folder, None, workshop=workshop))
        time.sleep(0.3)
        assert not folder.exists()
    assert outcome_of(pid) == 0
    assert contents(folder) == SMALL.on_disk


def cannot(*_: object, **__: object) -> None:
    raise OSError(18, "Invalid cross-device link")


@pytest.mark.parametrize("missing", ["exchange", "link"])
def test_where_folders_cannot_be_swapped_files_are_replaced_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    folder = tmp_path / "dev"
    kept = mine(folder)
    monkeypatch.setattr(*((publishing, "exchange") if missing == "exchange" else (os, "link")), cannot)
    before = None
    for target in (SMALL, CHANGED, OTHER, SMALL):
        outcome = target.publish(folder, before)
        assert (outcome.value.atomic, outcome.report.diagnostics) == (False, ())
        assert contents(folder) == target.on_disk | kept
        assert names(tmp_path) == ["dev"]
        before = target


def test_a_kill_while_files_are_replaced_one_by_one_is_healed_by_any_next_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "exchange", cannot)
    third = state(a="3", b="3", fresh__f="3")
    for step in range(0, 400, 2):
        folder, workshop = tmp_path / f"{step}/dev", tmp_path / f"{step}/.qpf"
        kept = mine(folder)
        SMALL.publish(folder, None, workshop=workshop)

        def victim(folder: Path = folder, workshop: Path = workshop, step: int = step) -> None:
            die_before_step(step)
            CHANGED.publish(folder, SMALL, workshop=workshop)

        code = outcome_of(child(victim))
        assert code in {0, -signal.SIGKILL}
        lock = (folder / "qpf.lock").read_bytes()
        previous = CHANGED if lock == CHANGED.on_disk["qpf.lock"] else SMALL
        outcome = third.publish(folder, previous, workshop=workshop)
        assert not outcome.report.diagnostics
        assert contents(folder) == third.on_disk | kept, f"not healed after step {step}"
        assert folders(folder) == {"notes", "fresh"}, f"folders are left after step {step}"
        assert not workshop.exists()
        if code == 0:
            return
    pytest.fail("publishing takes more steps than this test tries")


def test_in_place_a_file_is_whole_at_every_moment() -> None:
    # The only call that puts content where it is seen is a rename.
    source = Path(str(inplace.__file__)).read_text(encoding="utf-8")
    assert source.count("os.replace(fresh, place)") == 1
    assert "open(" not in source
