"""A report says where an agent is; progress never falls, and is whole when all is well."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.api import (
    Event,
    ExtractionFinished,
    ExtractionStarted,
    Planned,
    RunFinished,
    RunStarted,
    StageFinished,
)
from qpf_plugins.progress_report.reports import STOPPED, Key, Reports
from tests.progress_report.runs import begun, ended, extracted, started, whole

FIELDS = {
    "extraction_id", "agent_name", "status", "progress_percent",
    "files_generated_count", "tests_generated_count", "error_message",
}  # fmt: skip
ENVIRONMENTS = ("dev", "staging", "prod")
AGENTS = ("a", "b", "c")


def told(*events: Event) -> Reports:
    reports = Reports()
    for event in events:
        reports.take(event)
    return reports


def report_of(reports: Reports, agent: str, now: float = 0.0) -> dict[str, Any]:
    return reports.report(("dev", agent), now)


def percent_of(reports: Reports, key: Key, now: float) -> int:
    percent = reports.report(key, now)["progress_percent"]
    assert isinstance(percent, int)
    return percent


@st.composite
def runs(draw: st.DrawFn) -> list[Event]:
    """Any events in any order, as long as time does not run backwards."""
    moments = sorted(draw(st.lists(st.floats(0, 100), max_size=30)))
    places = {"environment": st.sampled_from(ENVIRONMENTS), "agent": st.sampled_from(AGENTS)}
    found: list[Event] = [
        RunStarted(run="r", environments=draw(st.sampled_from([("dev",), ENVIRONMENTS])), jobs=1)
    ]
    for moment in moments:
        at = st.just(moment)
        kinds: list[st.SearchStrategy[Event]] = [
            st.builds(StageFinished, at=at, stage=st.just("read"), seconds=st.just(0.0)),
            st.builds(
                Planned, at=at, environment=places["environment"],
                agents=st.dictionaries(st.sampled_from(AGENTS), st.floats(0, 50)), dependencies=st.just({}),
            ),
            st.builds(ExtractionStarted, at=at, **places),
            st.builds(
                ExtractionFinished, at=at, **places, origin=st.just("built"), seconds=st.just(0.1),
                files=st.just(1), tests=st.just(1), error=st.sampled_from(["", "it broke"]),
            ),
        ]  # fmt: skip
        found.append(draw(st.one_of(kinds)))
    return found


def test_a_report_has_all_the_fields_and_the_environment() -> None:
    assert set(report_of(told(*begun("a")), "a")) == FIELDS | {"environment"}


def test_an_agent_is_pending_then_in_progress_then_done() -> None:
    reports = told(*begun("a"))
    assert report_of(reports, "a")["status"] == "pending"
    reports.take(started("a"))
    assert report_of(reports, "a")["status"] == "in_progress"
    reports.take(extracted("a"))
    assert report_of(reports, "a") == {
        "extraction_id": "r1", "environment": "dev", "agent_name": "a",
        "status": "success", "progress_percent": 100,
        "files_generated_count": 21, "tests_generated_count": 4, "error_message": "",
    }  # fmt: skip


def test_a_failure_says_why() -> None:
    report = report_of(told(*begun("a"), started("a"), extracted("a", error="it broke")), "a")
    assert (report["status"], report["error_message"]) == ("failed", "it broke")
    assert report["progress_percent"] < 100


def test_a_message_that_is_no_text_can_be_sent() -> None:
    report = report_of(told(*begun("a"), extracted("a", error="no file \udcff")), "a")
    assert report["error_message"] == "no file ?"


def test_an_estimate_tells_how_far_an_extraction_is() -> None:
    run = RunStarted(run="r1", environments=("dev",), jobs=1)
    reports = told(run, Planned(at=0.0, environment="dev", agents={"a": 10.0}), started("a", at=1.0))
    assert [report_of(reports, "a", now)["progress_percent"] for now in (1.0, 6.0, 60.0)] == [0, 50, 99]


def test_only_what_is_new_is_reported() -> None:
    reports = told(*begun("a", "b"))
    assert [*reports.take(started("a"))] == [("dev", "a")]
    assert [*reports.take(StageFinished(at=0.3, stage="plan", seconds=0.1))] == []
    assert [*reports.take(ended())] == []


def test_what_a_failed_run_did_not_reach_has_failed() -> None:
    reports = told(*begun("a", "b", "c"), extracted("a"), started("b"))
    assert [*reports.take(ended(succeeded=False))] == [("dev", "b"), ("dev", "c")]
    assert report_of(reports, "a")["status"] == "success"
    assert report_of(reports, "c")["error_message"] == STOPPED
    assert not reports.running


def test_environments_are_equal_parts_of_a_run() -> None:
    reports = told(
        RunStarted(run="r1", environments=("dev", "prod"), jobs=1),
        Planned(at=0.1, environment="dev", agents={"a": 0.0, "b": 0.0}),
        extracted("a"),
    )
    assert reports.percent() == 25
    reports.take(extracted("b"))
    assert reports.percent() == 50


@pytest.mark.parametrize("agents", [[], ["a"], ["a", "b", "c"]])
def test_a_run_that_succeeds_is_whole_at_its_end_and_not_before(agents: list[str]) -> None:
    reports = Reports()
    for event in whole(*agents):
        assert reports.percent() < 100
        reports.take(event)
    assert reports.percent() == 100
    assert all(report_of(reports, agent)["progress_percent"] == 100 for agent in agents)


@given(events=runs(), succeeded=st.booleans())
def test_progress_never_falls_and_is_whole_when_a_run_succeeds(
    events: list[Event], succeeded: object
) -> None:
    reports = Reports()
    percents: dict[object, list[int]] = {"run": [0]}
    end = RunFinished(at=100.0, succeeded=succeeded is True, written=0, removed=0, unchanged=0, seconds=1.0)
    for event in [*events, end]:
        keys = {*reports.take(event), *reports.running}
        percents["run"].append(reports.percent())
        for key in keys:
            percents.setdefault(key, []).append(percent_of(reports, key, event.at))
    for seen in percents.values():
        assert all(one <= next_ for one, next_ in pairwise(seen))
        assert {*seen} <= {*range(101)}
    assert (percents["run"][-1] == 100) is succeeded
