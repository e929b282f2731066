"""A compile is followed by a bar, by lines or by JSON; a quick one leaves logs and terminals as they were."""

import errno
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from qpf.cli.options import KINDS, Kind
from qpf.cli.progress import follow
from qpf.model.event import Event, ExtractionFinished, ExtractionStarted, Planned, RunFinished, RunStarted
from tests.command import run
from tests.host.hostile import make_fleet

HIDE, SHOW, ERASE = "\x1b[?25l", "\x1b[?25h", "\x1b[2K"
PLAYER = """
import sys, time
from qpf.cli.progress import follow
from tests.cli.test_progress import events
with follow(sys.argv[1], sys.stderr) as observe:
    for event in events(agents=20, seconds=float(sys.argv[2]), to_the_end=sys.argv[3] == "ends"):
        observe(event)
    while sys.argv[3] == "waits":
        time.sleep(0.05)  # a signal just before a longer wait would be noticed only after it
print("rich" if "rich" in sys.modules else "lean")
"""


def events(agents: int, seconds: float, *, to_the_end: bool = True) -> Iterable[Event]:
    """A run of so many agents, each built in its share of the time; without its end, if asked for."""
    names = [f"agent_{number}" for number in range(agents)]
    share = seconds / agents
    yield RunStarted(run="r1", environments=("dev",), jobs=1)
    yield Planned(at=0.0, environment="dev", agents=dict.fromkeys(names, 0.0))
    for number, name in enumerate(names):
        yield ExtractionStarted(at=number * share, environment="dev", agent=name)
        yield ExtractionFinished(
            at=(number + 1) * share, environment="dev", agent=name, origin="built", seconds=share
        )
    if to_the_end:
        yield RunFinished(at=seconds, succeeded=True, written=agents, removed=0, unchanged=0, seconds=seconds)


def shown(kind: Kind, said: Iterable[Event], stream: io.StringIO | None = None) -> str:
    stream = io.StringIO() if stream is None else stream
    with follow(kind, stream) as observe:
        for event in said:
            observe(event)
    return stream.getvalue()


def on_terminal(kind: str, seconds: float, end: str, interrupt_at: str = "", **environment: str) -> str:
    """What a person's terminal is sent; Ctrl-C is pressed once `interrupt_at` is seen."""
    ours, theirs = pty.openpty()
    given = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    child = subprocess.Popen(
        [sys.executable, "-c", PLAYER, kind, str(seconds), end],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=Path(__file__).parent.parent.parent,
        env={**given, "TERM": "xterm", "COLUMNS": "100", **environment},
    )
    os.close(theirs)
    seen = ""
    with child:
        while True:
            try:
                piece = os.read(ours, 65536).decode()
            except OSError:  # how Linux says that the other end is closed
                break
            seen += piece
            if interrupt_at and interrupt_at in seen:
                interrupt_at = ""
                child.send_signal(signal.SIGINT)
    os.close(ours)
    return seen


def test_a_bar_shows_how_far_it_is_and_leaves_one_line() -> None:
    seen = on_terminal("auto", 4.0, "ends")
    for part in ("extract", "━", "10/20", "agent_9", "10 built", "2.0 s left"):
        assert part in seen
    rest = seen.rpartition(ERASE)[2]
    assert rest == "compiled in 4.0 s, 20 agents (20 built)\r\nrich\r\n"
    assert seen.count(HIDE) == seen.count(SHOW) == 1
    assert seen.index(HIDE) < seen.index(SHOW)


def test_a_run_of_half_a_second_shows_no_bar_and_does_not_load_one() -> None:
    assert on_terminal("auto", 0.4, "ends") == "lean\r\n"


def test_ctrl_c_gives_the_terminal_back() -> None:
    seen = on_terminal("auto", 4.0, "waits", interrupt_at="20/20")
    last = seen.rpartition(ERASE)[2].replace("\r", "")
    assert last.startswith("stopped after 4.0 s, 20 agents (20 built)\n")
    assert seen.rindex(SHOW) > seen.rindex(HIDE)
    assert seen.endswith("KeyboardInterrupt\r\n")


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_bar_has_colours_if_they_are_wanted(environment: dict[str, str], coloured: object) -> None:
    assert ("\x1b[36m" in on_terminal("bar", 4.0, "ends", **environment)) is coloured


def test_a_dumb_terminal_gets_lines() -> None:
    seen = on_terminal("bar", 4.0, "ends", TERM="dumb")
    assert "\x1b" not in seen
    assert seen.endswith("compiled in 4.0 s, 20 agents (20 built)\r\nlean\r\n")


def test_a_quick_compile_leaves_a_log_as_it_was() -> None:
    assert shown("auto", events(agents=3, seconds=1.9)) == ""


def test_a_log_gets_a_line_every_five_seconds_and_a_last_one() -> None:
    lines = shown("auto", events(agents=100, seconds=20.0)).splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["2.0 s", "7.0 s", "12 s", "17 s"]
    assert lines[1] == "7.0 s: extract, 35 of 100 agents (35 built), about 13 s left"
    assert lines[-1] == "compiled in 20 s, 100 agents (100 built)"


def test_lines_that_are_asked_for_begin_at_once() -> None:
    assert shown("lines", events(agents=2, seconds=0.2)).splitlines() == [
        "0.0 s: check, 0 of 2 agents",
        "compiled in 0.2 s, 2 agents (2 built)",
    ]


def test_json_is_one_object_an_event_and_written_at_once() -> None:
    stream = io.StringIO()
    with follow("json", stream) as observe:
        for number, event in enumerate(events(agents=2, seconds=0.2), start=1):
            observe(event)
            assert stream.getvalue().count("\n") == number
    documents = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {document["version"] for document in documents} == {1}
    assert [document["event"] for document in documents] == [
        "run_started", "planned",
        "extraction_started", "extraction_finished",
        "extraction_started", "extraction_finished",
        "run_finished",
    ]  # fmt: skip


def test_none_is_silence() -> None:
    assert shown("none", events(agents=3, seconds=60.0)) == ""


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_breaks_does_not_stop_a_compile(kind: Kind, terminal: object) -> None:
    class Broken(io.StringIO):
        def isatty(self) -> bool:
            return terminal is True

        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "the terminal is gone")

    assert shown(kind, events(agents=3, seconds=60.0), Broken()) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_the_compile_passes_through(kind: Kind) -> None:
    def said() -> Iterable[Event]:
        yield from events(agents=3, seconds=60.0, to_the_end=False)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shown(kind, said())


def test_the_last_line_of_json_tells_that_a_run_was_stopped() -> None:
    lines = shown("json", events(agents=2, seconds=0.2, to_the_end=False)).splitlines()
    assert json.loads(lines[-1]) == {"version": 1, "event": "run_stopped", "at": 0.2}
    assert shown("json", ()) == ""


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_a_check_that_came_to_its_end_does_not_count_as_stopped(tmp_path: Path, option: str) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    assert run(["compile"], root)[0] == 0
    (root / ".qpf" / "standstill").unlink(missing_ok=True)
    status, output = run(["compile", option, "--progress", "json"], root)
    last = [json.loads(line) for line in output.splitlines() if line.startswith("{")][-1]
    assert (status, last["event"], last["succeeded"]) == (0, "run_finished", True)
