"""The program ends its process at once, and loses nothing by that."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.host.hostile import make_fleet

LEAVING = """\
import atexit, sys, threading, time
from qpf.cli import main as cli
import qpf.__main__ as program

def main():
    atexit.register(print, "registered")
    sys.stderr.write("said")
    {before}
    sys.exit({code})

cli.main = main
program.program()
"""


def leave(code: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    source = LEAVING.format(code=code, before=before)
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", [0, 1, 2, 130])
def test_what_was_said_and_what_is_due_at_the_end_comes_before_the_exit_code(code: int) -> None:
    done = leave(str(code))
    assert (done.returncode, done.stdout, done.stderr) == (code, "registered\n", "said")


def test_a_thread_that_works_is_waited_for() -> None:
    late = "threading.Thread(target=lambda: (time.sleep(0.3), print('late'))).start()"
    assert leave("1", late).stdout.split() == ["late", "registered"]


def test_no_object_is_taken_apart_at_the_end() -> None:
    heavy = "cli.kept = type('Kept', (), {'__del__': lambda self: print('taken apart')})()"
    assert leave("0", heavy).stdout == "registered\n"


def test_a_reader_that_left_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m qpf --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert (done.stdout.strip() in {"0", "141"}, done.stderr) == (True, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_none_that_anything_ends_up_in(tmp_path: Path, closed: str) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    command = f"{sys.executable} -m qpf -C {root} compile --progress lines {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, "rror" in done.stderr) == (0, False), done.stderr
    assert list(root.glob("environments/*/qpf.lock"))


@pytest.mark.parametrize("arguments", ["compile", "validate -o sarif", "plugins", "--version", "--help"])
def test_output_that_cannot_be_written_is_one_sentence_and_no_bug(tmp_path: Path, arguments: str) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    command = f"{sys.executable} -m qpf -C {root} {arguments} >/dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "qpf: the system refuses: No space left on device\nhint: `qpf --debug` shows where\n",
    )
    assert subprocess.run(["bash", "-c", f"{command} 2>&1"], check=False).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_is_stopped_while_it_is_loaded_says_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "click.py").write_text("import time\nprint('loading', flush=True)\ntime.sleep(60)\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "qpf", "--version"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "loading\n"
    child.send_signal(number)
    assert child.communicate() == ("", "")
    assert child.returncode == (130 if number == signal.SIGINT else -number)
