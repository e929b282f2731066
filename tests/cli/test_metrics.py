"""`qpf metrics` says what the history holds, and that it does not know what it cannot know."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.io.runs import History
from qpf.model.alert import alerts
from qpf.model.event import Event, ExtractionFinished, Planned, RunFinished, RunStarted, StageFinished
from qpf.model.extension import Measurement
from qpf.model.metrics import metrics
from qpf.model.run import Recorded
from qpf.render.metrics import BARS, render_metrics, sparkline
from tests.command import run as call
from tests.extraction_observability.told import EXTRACTIONS, finished, run, told

NOW = datetime.now().astimezone().timestamp()


def recorded(root: Path, *runs: list[Event], clock: float = NOW) -> None:
    history = History(root / ".qpf" / "runs.sqlite", clock=lambda: clock)
    for events in runs:
        assert told(history, *events) == ""


def shown(root: Path, *arguments: str) -> dict[str, Any]:
    status, output = call(["metrics", *arguments, "-o", "json"], root)
    assert status == 0, output
    document: dict[str, Any] = json.loads(output)
    assert document["version"] == 1
    return document


def test_no_history_is_said_and_is_no_failure(tmp_path: Path) -> None:
    sentence = "no run is recorded yet; `qpf compile` records its runs in .qpf/runs.sqlite\n"
    assert call(["metrics"], tmp_path) == (0, sentence)
    assert shown(tmp_path)["summary"]["recorded"] == 0
    assert list(tmp_path.iterdir()) == []


def test_summary_is_of_the_considered_runs(tmp_path: Path) -> None:
    recorded(
        tmp_path,
        run(finished("a", seconds=1000.0)),
        run(finished("a", seconds=4.0), finished("b", seconds=3.0)),
        run(finished("a", "kept", 0.0), finished("b", "remote", 0.5)),
        run(finished("a", "kept", 0.0), finished("b", error="no", seconds=2.0), succeeded=False),
    )
    document = shown(tmp_path, "--runs", "3")
    assert document["summary"] == {
        "recorded": 4,
        "considered": 3,
        "agents_extracted_today": 2,
        "extraction_seconds": 9.5,
        "parallel_seconds": 10.5,
        "speedup": round(9.5 / 10.5, 6),
        "average_extraction_seconds": 3.5,
        "cache_hit_rate_percent": 60.0,
        "success_rate_percent": round(200 / 3, 6),
    }
    assert document["total"]["lines"] == 800
    assert [each["agent"] for each in document["agents"]] == ["a", "b"]
    assert document["agents"][0]["median_seconds"] == 502.0


def test_too_few_runs_have_no_rates(tmp_path: Path) -> None:
    recorded(tmp_path, run(finished("a", error="no"), succeeded=False), run(finished("a", "kept", 0.0)))
    summary = shown(tmp_path)["summary"]
    assert summary["cache_hit_rate_percent"] is None
    assert summary["success_rate_percent"] is None
    assert summary["average_extraction_seconds"] is None
    _, output = call(["metrics"], tmp_path)
    assert "  cache hit rate                 unknown, 2 runs of 3 needed (1 kept" in output
    assert "  success rate                   unknown, 2 runs of 3 needed\n" in output
    assert "    an agent, on average         unknown, nothing was built\n" in output


def test_a_speed_up_takes_extracting_to_its_end(tmp_path: Path) -> None:
    recorded(tmp_path, [each for each in run(finished("a")) if not isinstance(each, StageFinished)])
    assert shown(tmp_path)["summary"]["speedup"] is None
    _, output = call(["metrics"], tmp_path)
    assert "    parallel against sequential  unknown, no run extracted anything to its end\n" in output


def test_only_what_was_built_today_was_extracted_today(tmp_path: Path) -> None:
    yesterday = (datetime.now().astimezone() - timedelta(days=1)).timestamp()
    recorded(tmp_path, run(finished("a"), finished("b")), clock=yesterday)
    recorded(tmp_path, run(finished("b"), finished("c", "kept", 0.0)))
    assert shown(tmp_path)["summary"]["agents_extracted_today"] == 1


def test_environment_and_agent_narrow(tmp_path: Path) -> None:
    recorded(
        tmp_path, run(finished("a"), finished("b"), finished("a", seconds=9.0, environment="production"))
    )
    document = shown(tmp_path, "--env", "dev", "--agent", "a")
    assert [(each["environment"], each["agent"]) for each in document["agents"]] == [("dev", "a")]
    assert document["summary"]["extraction_seconds"] == 4.0
    assert document["summary"]["speedup"] is None, "its share of the wall time was not measured"
    assert [each["environment"] for each in document["dependencies"]] == ["dev"]


@pytest.mark.parametrize("arguments", [["--env", "def"], ["--agent", "mian_agent"]])
def test_a_name_no_run_knows_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    recorded(tmp_path, run(finished("main_agent")))
    status, output = call(["metrics", *arguments], tmp_path)
    assert status == 2
    assert "did you mean" in output


def test_critical_path_is_the_longest_in_time(tmp_path: Path) -> None:
    needs = {"quick": ("base",), "slow": ("base",), "last": ("quick", "slow"), "alone": ()}
    events = run(
        *(finished(name, seconds=seconds) for name, seconds in (("base", 1), ("quick", 2), ("slow", 7))),
        finished("last", seconds=1),
        finished("alone", seconds=8),
    )
    planned = next(at for at, each in enumerate(events) if isinstance(each, Planned))
    events[planned] = Planned(
        at=1.5, environment="dev", agents=dict.fromkeys(("base", *needs), 0.0), dependencies=needs
    )
    recorded(tmp_path, events)
    (chain,) = shown(tmp_path)["dependencies"]
    assert chain["critical_path"] == ["base", "slow", "last"]
    assert chain["seconds"] == 9.0
    assert chain["most_depended_on"][0] == {"agent": "base", "dependents": 2}


def test_a_critical_path_that_was_never_built_has_no_seconds(tmp_path: Path) -> None:
    recorded(tmp_path, run(finished("a", "remote", 0.5), finished("b")))
    (chain,) = shown(tmp_path)["dependencies"]
    assert (chain["critical_path"], chain["seconds"]) == (["a", "b"], None)
    assert "(unknown, not all of them were ever built)" in call(["metrics"], tmp_path)[1]


def test_quality_is_what_qpf_test_measured(tmp_path: Path) -> None:
    history = History.of(tmp_path)
    for share, other in (("80 %", "90 %"), ("100 %", "not measured")):
        rows = [
            ("dev", "tests", Measurement("a", "coverage", share, "85 %", passed=share == "100 %")),
            ("dev", "tests", Measurement("b", "coverage", other, "85 %", passed=other == "90 %")),
        ]
        assert history.record_measurements(rows) == ""
    document = shown(tmp_path)
    (quality,) = document["quality"]
    assert (quality["values"], quality["unit"]) == ([85.0, 100.0], "%")
    assert (quality["judged"], quality["missed"]) == (2, 1)
    assert [each["rule"] for each in document["alerts"]] == ["quality"]
    assert shown(tmp_path, "--agent", "a")["alerts"] == []


def test_rules_alert_beyond_their_bounds_only(tmp_path: Path) -> None:
    def found(seconds: float, hits: int) -> set[str]:
        kept = [finished(f"k{number}", "kept", 0.0) for number in range(hits)]
        built = [finished(f"b{number}", seconds=seconds) for number in range(10 - hits)]
        events = run(*kept, *built)
        end = events.pop()
        assert isinstance(end, RunFinished)
        events.append(
            RunFinished(at=seconds, succeeded=True, written=0, removed=0, unchanged=0, seconds=seconds)
        )
        root = tmp_path / f"{seconds}-{hits}"
        recorded(root, *[events] * 3)
        return {each["rule"] for each in shown(root)["alerts"]}

    assert found(3600.0, 3) == set()
    assert found(3600.5, 3) == {"extraction-duration", "run-duration"}
    assert found(1.0, 2) == {"cache-hit-rate"}


def test_a_damaged_history_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".qpf").mkdir()
    (tmp_path / ".qpf" / "runs.sqlite").write_bytes(b"no database at all, but quite some bytes " * 9)
    status, output = call(["metrics"], tmp_path)
    assert status == 2
    assert output.startswith("Error: the run history .qpf/runs.sqlite is damaged (")
    assert output.count("\n") == 1


@given(values=st.lists(st.floats(-1e9, 1e9), max_size=50))
def test_a_sparkline_has_a_bar_a_value_and_the_highest_is_full(values: list[float]) -> None:
    line = sparkline(values)
    assert len(line) == len(values)
    if len(set(values)) > 1:
        assert line[values.index(max(values))] == BARS[-1]
        assert line[values.index(min(values))] == BARS[0]


@given(runs=st.lists(EXTRACTIONS, max_size=4))
def test_figures_of_any_runs_stay_within_their_bounds(
    runs: list[list[ExtractionFinished]], tmp_path_factory
) -> None:
    root = tmp_path_factory.mktemp("any")
    recorded(root, *(run(*each, name=str(at)) for at, each in enumerate(runs)))
    known = History.of(root).read()
    figures = metrics(known, (0.0, 2e9))
    summary, total = figures.summary, figures.total
    for rate in (summary.cache_hit_rate_percent, summary.success_rate_percent):
        assert rate is None or 0 <= rate <= 100
    assert (summary.success_rate_percent is None) == (len(runs) < 3)
    assert summary.extraction_seconds == pytest.approx(
        sum(each.busy_seconds for run in known.runs for each in run.tallies.values())
    )
    assert total.hits + total.built + total.failed == sum(map(len, runs))
    apart = [metrics(known, (0.0, 2e9), [name]).total for name in ("dev", "production")]
    assert apart[0].hits + apart[1].hits == total.hits
    assert apart[0].lines + apart[1].lines == total.lines
    for chain in figures.chains:
        assert chain.seconds is None or chain.seconds >= 0
    text = render_metrics(figures, alerts(figures, known.runs[-1] if known.runs else None))
    assert "nan" not in text


def test_a_run_without_environments_is_shown(tmp_path: Path) -> None:
    end = RunFinished(at=0.1, succeeded=False, written=0, removed=0, unchanged=0, seconds=0.1)
    recorded(tmp_path, [RunStarted(run="r", environments=(), jobs=1), end])
    assert shown(tmp_path)["summary"]["considered"] == 1
    assert metrics(Recorded(), (0.0, 1.0)).summary.considered == 0


@pytest.mark.parametrize("most", ["1000000", "9" * 30])
def test_more_runs_than_there_are_are_all_of_them(tmp_path: Path, most: str) -> None:
    recorded(tmp_path, run(finished("a")), run(finished("a")))
    assert shown(tmp_path, "--runs", most)["summary"]["considered"] == 2
