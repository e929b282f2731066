"""Files of a stage are created by several processes, and none of them outlives what it works for."""

import multiprocessing
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qpf.io.compare import Wanted
from qpf.io.stage import create_all
from qpf.model.output import Output
from tests.io.folders import child, outcome_of

MANY = 6000
"""So many files that what one of two processes says of its half does not fit into a pipe."""

SECONDS = 60.0


def wanted(content: Callable[[], bytes] = bytes) -> Wanted:
    outputs = [Output(f"{number}.txt", "", 0, executable=False, emitter="x", subject="")
               for number in range(MANY)]  # fmt: skip
    return Wanted({output.path: output for output in outputs}, lambda _output: content())


def only_here(action: Callable[[], None], elsewhere: Callable[[], None]) -> Callable[[], bytes]:
    """Content that costs this process one thing, and every other process another."""
    here = os.getpid()

    def content() -> bytes:
        (action if os.getpid() == here else elsewhere)()
        return b""

    return content


def test_several_processes_create_what_one_would(tmp_path: Path) -> None:
    files = wanted()
    stamps = create_all(f"{tmp_path}/", list(files.files), files, 3)
    assert list(stamps) == list(files.files)
    assert all(stamp.matches((tmp_path / path).stat()) for path, stamp in stamps.items())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("full")], ids=["interruption", "error"])
def test_no_process_goes_on_when_the_work_is_given_up(tmp_path: Path, error: BaseException) -> None:
    def fail() -> None:
        raise error

    files = wanted(only_here(fail, lambda: time.sleep(SECONDS)))
    with pytest.raises(type(error)):
        create_all(f"{tmp_path}/", list(files.files), files, 2)
    assert not multiprocessing.active_children()


def test_a_process_that_is_lost_is_told_by_how_it_ended(tmp_path: Path) -> None:
    files = wanted(only_here(lambda: None, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    with pytest.raises(OSError, match="ended by signal 9"):
        create_all(f"{tmp_path}/", list(files.files), files, 2)


def test_no_process_stays_when_its_parent_was_killed(tmp_path: Path) -> None:
    # What it holds open, the lock of the workshop among it, would stop every later compile.
    told, alive = os.pipe()

    def victim() -> None:
        files = wanted(only_here(lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: None))
        create_all(f"{tmp_path}/", list(files.files), files, 3)

    killed = child(victim)
    os.close(alive)
    assert outcome_of(killed) == -signal.SIGKILL
    ended, _, _ = select.select([told], [], [], SECONDS)
    os.close(told)
    assert ended, "a process is still there"
