"""The history keeps every run whole, so many of them, and its figures add up."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpf.io import runs_rows
from qpf.io.runs import History
from qpf.model.extension import Measurement
from qpf.model.run import Tally
from tests.extraction_observability.told import EXTRACTIONS, ended, finished, run, started, told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".qpf" / "runs.sqlite"


def test_what_a_run_says_is_read_back(path: Path) -> None:
    history = History(path, clock=lambda: 1000.0)
    failed = finished("b", error="no")
    said = told(history, *run(finished("a"), failed, finished("c", "kept", 0.0), finished("d", "local", 0.5)))
    assert said == ""
    recorded = History(path).read()
    (kept,) = recorded.runs
    assert recorded.count == 1
    assert (kept.run, kept.started, kept.seconds, kept.jobs) == ("r1", 1000.0, 6.0, 2)
    assert (kept.finished, kept.succeeded, kept.written, kept.removed, kept.unchanged) == (
        True,
        True,
        7,
        1,
        20,
    )
    assert kept.stages["", "extract"] == 3.5
    tally = kept.tallies["dev"]
    assert (tally.kept, tally.local, tally.remote, tally.built, tally.failed) == (1, 1, 0, 1, 1)
    assert (tally.busy_seconds, tally.built_seconds) == (4.5, 2.0)
    assert [(each.agent, each.seconds, each.last) for each in recorded.builds] == [("a", (2.0,), 1000.0)]
    (plan,) = recorded.dependencies
    assert list(plan.agents) == ["a", "b", "c", "d"]
    assert plan.agents["c"] == ("b",)


def test_no_history_is_no_runs_and_leaves_no_trace(path: Path) -> None:
    assert History(path).read().runs == ()
    assert History(path).estimate("dev", ["a"]) == {}
    assert not path.parent.exists()


def test_reading_leaves_no_trace(path: Path) -> None:
    told(History(path), *run(finished("a")))
    before = {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in path.parent.iterdir()}
    History(path).read()
    assert {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in path.parent.iterdir()
    } == before


def test_a_run_that_is_cut_off_is_kept_as_unfinished(path: Path) -> None:
    assert told(History(path), *started(finished("a", at=4.25))) == ""
    (kept,) = History(path).read().runs
    assert (kept.finished, kept.succeeded, kept.seconds) == (False, False, 4.25)
    assert kept.tallies["dev"].built == 1


def test_nothing_is_written_before_a_run_ends(path: Path) -> None:
    history = History(path)
    for event in started(finished("a")):
        history(event)
    assert not path.exists()
    for event in ended():
        history(event)
    assert len(History(path).read().runs) == 1


def test_estimate_is_the_median_of_the_last_twenty_builds(path: Path) -> None:
    history = History(path)
    for number in range(30):
        told(history, *run(finished("a", seconds=float(number))))
    told(history, *run(finished("a", "local", 900.0), finished("b", error="no", seconds=900.0)))
    (builds,) = History(path).read().builds
    assert builds.seconds == tuple(map(float, range(10, 30)))
    assert History(path).estimate("dev", ["a", "b", "unknown"]) == {"a": 19.5}
    assert History(path).estimate("production", ["a"]) == {}


def test_only_the_last_runs_and_tests_are_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_rows, "KEPT_RUNS", 5)
    monkeypatch.setattr(runs_rows, "KEPT_TESTS", 3)
    history = History(path)
    for number in range(9):
        told(history, *run(finished(f"agent_{number}"), name=f"r{number}"))
        assert (
            history.record_measurements([("dev", "g", Measurement("a", "n", f"{number}", "0", passed=True))])
            == ""
        )
    recorded = History(path).read()
    assert [each.run for each in recorded.runs] == [f"r{number}" for number in range(4, 9)]
    assert [each.agent for each in recorded.builds] == [f"agent_{number}" for number in range(4, 9)]
    assert [each.value for each in recorded.judged] == [6.0, 7.0, 8.0]
    with closing(sqlite3.connect(path)) as connection:
        counts = [
            connection.execute(f"SELECT count(DISTINCT run) FROM {name}").fetchone()[0]  # noqa: S608
            for name in ("tally", "stage", "build")
        ]
    assert counts == [5, 5, 5]


@pytest.mark.parametrize(
    ("words", "value", "unit"),
    [
        ("93 %", 93.0, "%"),
        ("0", 0.0, ""),
        ("1 or more", 1.0, ""),
        ("3 of 12 valid", 3.0, ""),
        ("not measured", None, ""),
        ("-1 %", None, ""),
        ("9.5 MiB", None, ""),
    ],
)
def test_a_measurement_is_the_number_in_its_words(
    path: Path, words: str, value: float | None, unit: str
) -> None:
    row = ("dev", "coverage", Measurement("a", "lines", words, "80 %", passed=False))
    assert History(path).record_measurements([row]) == ""
    (judged,) = History(path).read().judged
    assert (judged.value, judged.unit, judged.threshold, judged.passed) == (value, unit, "80 %", False)


@given(extractions=EXTRACTIONS, succeeded=st.booleans())
@settings(deadline=None, max_examples=40)
def test_figures_add_up(tmp_path_factory: pytest.TempPathFactory, extractions, *, succeeded: bool) -> None:
    path = tmp_path_factory.mktemp("figures") / ".qpf" / "runs.sqlite"
    assert told(History(path), *run(*extractions, succeeded=succeeded)) == ""
    (kept,) = History(path).read().runs
    total = sum(kept.tallies.values(), Tally())
    built = [each for each in extractions if each.origin == "built" and not each.error]
    busy = [each for each in extractions if each.origin != "kept" or each.error]
    assert kept.succeeded == succeeded
    assert total.hits + total.built + total.failed == len(extractions)
    assert total.failed == sum(bool(each.error) for each in extractions)
    assert total.built == len(built) == len(History(path).read().builds)
    assert total.lines == sum(each.lines for each in built)
    assert total.busy_seconds == pytest.approx(sum(each.seconds for each in busy))
    assert total.built_seconds <= total.busy_seconds * (1 + 1e-9)
    assert total.memory_bytes == max((each.memory_bytes for each in busy), default=0)
