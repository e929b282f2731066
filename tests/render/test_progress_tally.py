"""What events add up to, and how it is said."""

from pathlib import Path

import pytest

from benchmarks.fleet import make
from qpf.compilation.fleet import Compilation, Options
from qpf.model.event import (
    AgentChecked,
    Event,
    ExtractionFinished,
    ExtractionStarted,
    Origin,
    Planned,
    RunFinished,
    RunStarted,
    StageFinished,
)
from qpf.render.progress_lines import duration, render_line, render_summary
from qpf.render.progress_tally import Tally
from tests.compilation.compiling import front_of


def tally(*events: Event, environments: tuple[str, ...] = ("dev",), jobs: int = 1) -> Tally:
    result = Tally()
    result.count(RunStarted(run="r1", environments=environments, jobs=jobs))
    for event in events:
        result.count(event)
    return result


def planned(environment: str = "dev", at: float = 1.0, **agents: float) -> Planned:
    return Planned(at=at, environment=environment, agents=agents)


def checked(agent: str, number: int) -> AgentChecked:
    return AgentChecked(at=float(number), environment="dev", agent=agent, done=number, total=3)


def ended(agent: str, at: float = 2.0, origin: Origin = "built", error: str = "") -> ExtractionFinished:
    return ExtractionFinished(at=at, environment="dev", agent=agent, origin=origin, seconds=1.0, error=error)


def test_agents_of_all_environments_are_one_count() -> None:
    assert tally(planned("dev", a=0.0, b=0.0), planned("prod", a=0.0)).total == 3


def test_an_agent_counts_for_where_it_comes_from_or_as_failed() -> None:
    seen = tally(
        planned(a=0.0, b=0.0, c=0.0, d=0.0, e=0.0),
        ended("a", origin="kept"), ended("b", origin="local"), ended("c", origin="remote"),
        ended("d"), ended("e", error="it broke"),
    )  # fmt: skip
    assert seen.origins == {"kept": 1, "local": 1, "remote": 1, "built": 1}
    assert (seen.done, seen.failed) == (5, 1)


def test_estimates_are_shared_among_processes() -> None:
    assert tally(planned(a=4.0, b=6.0), jobs=2).left == 5.0
    assert tally(planned(a=4.0, b=6.0), ended("a"), jobs=2).left == 3.0


def test_without_estimates_the_pace_so_far_goes_on() -> None:
    assert tally(planned(at=1.0, a=0.0, b=0.0, c=0.0)).left is None
    assert tally(planned(at=1.0, a=0.0, b=0.0, c=0.0), ended("a", at=3.0)).left == 4.0


def test_only_agents_without_an_estimate_go_by_the_pace() -> None:
    assert tally(planned(at=1.0, a=0.0, b=0.0, c=7.0), ended("a", at=3.0)).left == 9.0


def test_nobody_guesses_while_an_environment_is_not_planned() -> None:
    seen = tally(planned("dev", a=4.0), environments=("dev", "prod"))
    assert seen.left is None
    seen.count(planned("prod", a=4.0))
    assert seen.left == 8.0


def test_nothing_is_left_when_all_have_ended() -> None:
    assert tally(planned(a=4.0), ended("a")).left is None


def test_what_is_shown_is_the_stage_that_goes_on(tmp_path: Path) -> None:
    events: list[Event] = []
    front = front_of(make(2, tmp_path, environments=2))
    compilation = Compilation(front, tmp_path, Options(), events.append)
    with compilation.tiers() as tiers:
        compilation.publish(compilation.build(("dev", "staging"), tiers).value, tiers)
    stages = [each for each in events if isinstance(each, StageFinished)]
    seen = tally(environments=("dev", "staging"))
    for each in stages:
        assert seen.stage == each.stage
        seen.count(each)
    assert [each.stage for each in stages].count("plan") == 2


def test_agents_are_counted_while_they_are_checked_and_anew_when_they_are_planned() -> None:
    seen = tally(checked("a", 1), checked("b", 2))
    assert (seen.stage, seen.agent, seen.part) == ("check", "b", (2, 3))
    assert render_line(seen) == "2.0 s: check, 2 of 3 agents checked"
    assert render_summary(seen) == "stopped after 2.0 s, 2 of 3 agents checked"
    seen.count(StageFinished(at=3.0, stage="check", environment="dev", seconds=3.0))
    assert (render_line(seen), seen.part) == ("3.0 s: plan", (0, 0))
    seen.count(planned(a=0.0, b=0.0, c=0.0))
    assert (seen.agent, seen.part) == ("", (0, 3))


def test_an_extraction_is_named_when_it_begins() -> None:
    seen = tally(planned(a=0.0), ExtractionStarted(at=1.0, environment="dev", agent="a"))
    assert (seen.stage, seen.agent) == ("extract", "a")


def test_a_line_says_the_time_the_stage_and_the_counts() -> None:
    assert render_line(tally()) == "0.0 s: check"
    seen = tally(planned(a=3.0, b=5.0), ended("a", origin="kept"))
    assert render_line(seen) == "2.0 s: extract, 1 of 2 agents (1 kept), about 5.0 s left"


@pytest.mark.parametrize(("succeeded", "text"), [(True, "compiled in 3.0 s"), (False, "failed after 3.0 s")])
def test_a_summary_says_how_it_ended(succeeded: object, text: str) -> None:
    end = RunFinished(at=3.0, succeeded=succeeded is True, written=0, removed=0, unchanged=0, seconds=3.0)
    assert render_summary(tally(end)) == text
    assert render_summary(tally(planned(a=0.0), ended("a"), end)) == f"{text}, 1 agent (1 built)"


def test_a_run_without_an_end_was_stopped() -> None:
    assert render_summary(tally(planned(a=0.0, b=0.0))) == "stopped after 1.0 s, 0 of 2 agents"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (10, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"),
     (3599.6, "1 h 0 min"), (7500, "2 h 5 min")],
)  # fmt: skip
def test_a_time_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
