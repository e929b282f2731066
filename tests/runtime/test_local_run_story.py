"""The way of a packet as a tree, and the figures of an agent."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from qpf_plugins.local_run.figures import Figures, Meter, read
from qpf_plugins.local_run.story import Turn, grow
from qpf_plugins.local_run.table import draw, duration
from qpf_plugins.local_run.trace import _tree
from tests.command import run as qpf
from tests.runtime.compiled import write_fleet

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def turn(packet_id, cause=None, agent="ada", after=0.0, **changes):
    made = NOON + timedelta(seconds=after)
    settings = {
        "agent": agent,
        "packet_id": packet_id,
        "kind": "note",
        "port": "note",
        "source": "outside",
        "correlation_id": "story",
        "causation_id": cause,
        "created_at": made,
        "handled_at": made + timedelta(seconds=0.5),
        "seconds": 0.2,
        "hops": (),
        "outcome": None,
    }
    return Turn(**(settings | changes))


def shape(branches):
    return [(branch.turn.packet_id, shape(branch.caused)) for branch in branches]


def test_packets_stand_under_what_caused_them_in_the_order_they_were_made():
    turns = [turn("c", "b", after=3), turn("d", "a", after=1), turn("b", "a", after=2), turn("a")]
    assert shape(grow(turns)) == [("a", [("d", []), ("b", [("c", [])])])]


def test_a_packet_whose_cause_nobody_knows_begins_a_tree():
    assert shape(grow([turn("b", "lost", after=1), turn("c", "b", after=2)])) == [("b", [("c", [])])]


def test_what_one_packet_caused_is_told_once():
    turns = [turn("a", agent="ada"), turn("a", agent="bob", after=1), turn("b", "a", after=2)]
    assert shape(grow(turns)) == [("a", [("b", [])]), ("a", [])]


def test_a_packet_that_is_its_own_cause_ends():
    assert shape(grow([turn("a", "a")])) == [("a", [])]


def test_a_held_packet_goes_on_under_itself_when_it_was_answered():
    first = turn("a", seconds=0.1, outcome="escalated")
    again = turn("4d+1", "a", handled_at=NOON + timedelta(seconds=60), seconds=0.0, outcome="escalated")
    answer = turn("4d+answer", handled_at=NOON + timedelta(seconds=100), seconds=0.5, outcome="approved")
    early, late = turn("b", "a", agent="bob", after=1), turn("c", "a", agent="bob", after=100)
    (branch,) = grow([answer, late, again, early, first])
    assert shape([branch]) == [("a", [("b", []), ("4d+1", []), ("4d+answer", []), ("c", [])])]
    lines = drawn(_tree(branch, NOON, steps=False))
    assert lines[0].startswith("note → ada.note  waited 400 ms  took 100 ms  escalated")
    assert lines[2].startswith("├── timed out → ada.note  +60 s  took 0 µs  escalated")
    assert lines[3].startswith("├── answered → ada.note  +99.5 s  took 500 ms  approved")


def test_an_answer_whose_packet_nobody_knows_begins_a_tree():
    assert shape(grow([turn("4d+answer")])) == [("4d+answer", [])]


def drawn(what):
    out = StringIO()
    Console(file=out, width=200).print(what)
    return out.getvalue().splitlines()


def test_the_way_is_read_from_the_ledgers_when_nothing_runs(tmp_path):
    write_fleet(tmp_path)
    file = tmp_path / "packet.json"
    file.write_text('{"kind": "hello", "payload": {"name": "Ada"}}')
    status, output = qpf(["send", "greeter", str(file), "--env", "dev", "-o", "json"], tmp_path)
    story = json.loads(output[output.index("{") :])["correlation_id"]
    status, output = qpf(["trace", story, "--env", "dev", "-o", "json"], tmp_path)
    document = json.loads(output)
    (root,) = document["packets"]
    assert (status, document["version"], document["correlation_id"]) == (0, 1, story)
    assert (root["agent"], root["kind"], root["hops"]) == ("greeter", "hello", ["greeter.answer"])
    (caused,) = root["caused"]
    assert (caused["agent"], caused["kind"], caused["causation_id"]) == ("clerk", "note", root["packet_id"])
    status, output = qpf(["trace", caused["packet_id"], "--env", "dev", "--steps"], tmp_path)
    lines = [line.lstrip("│└─ ").split("  ")[0] for line in output.splitlines()]
    assert (status, lines[0]) == (0, f"correlation {story}")
    assert lines[1:] == ["hello → greeter.hello", "answer", "note → clerk.note", "file"]


def test_a_packet_nobody_knows_is_said_to_be_unknown(tmp_path):
    write_fleet(tmp_path)
    status, output = qpf(["trace", "nothing", "--env", "dev"], tmp_path)
    assert (status, "no ledger on this machine knows a packet or a correlation nothing" in output) == (
        2,
        True,
    )


METRICS = """
# TYPE qpf_packet_duration_seconds histogram
qpf_packet_duration_seconds_bucket{agent="ada",port="a",le="0.01"} FEW
qpf_packet_duration_seconds_bucket{agent="ada",port="a",le="0.1"} MANY
qpf_packet_duration_seconds_bucket{agent="ada",port="a",le="+Inf"} MANY
qpf_packet_duration_seconds_count{agent="ada",port="a"} MANY
qpf_packet_duration_seconds_sum{agent="ada",port="a"} 1.0
"""


def sample(few, many, at):
    return read(METRICS.replace("FEW", str(few)).replace("MANY", str(many)), at)


def test_figures_are_of_the_last_seconds():
    meter = Meter()
    assert meter.add(sample(1000, 1000, at=0)).rate is None
    figures = meter.add(sample(1050, 1100, at=5))
    assert figures.rate == pytest.approx(20)
    assert figures.p99 == pytest.approx(0.01 + 0.09 * 0.98)
    assert meter.add(sample(1050, 1100, at=20)) == Figures(rate=0.0, p99=None, backlog=None, held=None)


def test_what_an_agent_cannot_find_out_is_not_shown():
    assert read("qpf_held_decisions NaN\n", at=0).held is None
    assert read("qpf_held_decisions 2\n", at=0).held == 2


def test_an_agent_that_starts_again_counts_from_zero():
    meter = Meter()
    meter.add(sample(90, 100, at=0))
    assert meter.add(sample(1, 1, at=1)).rate is None
    assert meter.add(sample(3, 3, at=2)).rate == pytest.approx(2)


@pytest.mark.parametrize(
    ("seconds", "spelt"), [(None, "-"), (1.234, "1.23 s"), (0.01234, "12.3 ms"), (0.0000501, "50.1 µs")]
)
def test_times_have_three_digits(seconds, spelt):
    assert duration(seconds) == spelt


class Stub:
    def __init__(self, name, state, said="", restarts=0):
        self.name, self.state, self.said, self.restarts = name, state, said, restarts


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_table_fits_its_terminal_and_shows_who_is_down(width):
    agents: list[Any] = [
        Stub("main_agent", "ready"),
        Stub("tensoraios", "waiting", "was ended by SIGKILL", 3),
    ]
    paper = StringIO()
    console = Console(file=paper, width=width, force_terminal=True, no_color=True)
    console.print(
        draw("l9, dev", agents, {"main_agent": Figures(12.34, 0.0041, 3, 0)}, "Ctrl-C stops", width)
    )
    shown = paper.getvalue()
    plain = Console(file=StringIO(), width=width)
    assert all(plain.render_str(line).cell_len <= width for line in shown.splitlines() if "\x1b" not in line)
    assert "restarting" in shown or width == 20
    if width >= 80:
        assert "12.3" in shown
        assert "4.1 ms" in shown
        assert "tensoraios: was ended by SIGKILL" in shown
