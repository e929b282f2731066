"""The bar fits its terminal: one line, and what matters most is left when there is little room."""

import io

import pytest
from rich.console import Console

from qpf.model.event import AgentChecked, ExtractionFinished, Planned, RunStarted
from qpf.render.progress_bar import render_bar
from qpf.render.progress_tally import Tally


def drawn(width: int, tally: Tally) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(render_bar(tally, width))
    return stream.getvalue()


@pytest.fixture
def half() -> Tally:
    tally = Tally()
    tally.count(RunStarted(run="r1", environments=("dev",), jobs=1))
    agents = {f"a_rather_long_name_{number}": 0.0 for number in range(1000)}
    tally.count(Planned(at=0.0, environment="dev", agents=agents))
    for number, name in enumerate(list(agents)[:500]):
        error = "it broke" if number == 7 else ""
        tally.count(
            ExtractionFinished(
                at=float(number), environment="dev", agent=name, origin="kept", seconds=0.1, error=error
            )
        )
    return tally


@pytest.mark.parametrize("width", [1, 8, 20, 40, 80, 200])
def test_it_is_one_line_of_the_terminal(width: int, half: Tally) -> None:
    text = drawn(width, half)
    assert text.count("\n") == 1
    assert len(text.removesuffix("\n")) <= width


def test_all_is_said_where_there_is_room(half: Tally) -> None:
    text = drawn(120, half)
    assert text.startswith("extract ━")
    assert text.rstrip().endswith("500/1000  8 min 19 s left  1 failed  499 kept  a_rather_long_name_499")


def test_agents_that_are_checked_are_shown_before_any_is_planned() -> None:
    tally = Tally()
    tally.count(RunStarted(run="r1", environments=("dev",), jobs=1))
    tally.count(AgentChecked(at=1.0, environment="dev", agent="adder", done=250, total=1000))
    text = drawn(120, tally)
    assert text.startswith("check ━")
    assert text.rstrip().endswith("250/1000  adder")


def test_the_count_is_what_a_narrow_terminal_keeps(half: Tally) -> None:
    assert "500/1000" in drawn(30, half)


def test_the_bar_is_as_full_as_the_run(half: Tally) -> None:
    full = drawn(120, half)
    assert full.count("━") + full.count("╸") == 12
    assert "━" not in drawn(120, Tally())
