"""The program: `qpf`, and `python -m qpf`."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from qpf.cli import exit as codes


def program() -> NoReturn:
    """Run the command line in a process of its own, and end that process.

    Taking a fleet of 1,000 agents apart object by object, as the interpreter does when it ends, takes a tenth
    of a second. It is the system's memory, and the system takes it back at once.
    """
    _fill_in()
    leave = _keep_to_ourselves()
    _end_by_signals()
    try:
        _main()
    except SystemExit as leaving:
        if threading.active_count() > 1 or not isinstance(leaving.code, int):
            raise
        atexit._run_exitfuncs()  # noqa: SLF001  # what the interpreter itself calls, and nothing else does
        _flush()
        leave(leaving.code)


def _main() -> NoReturn:
    """Load the command line and run it; Ctrl-C may come before it is there."""
    try:
        from qpf.cli.main import main  # noqa: PLC0415 -- takes a while
    except KeyboardInterrupt:
        sys.exit(codes.INTERRUPTED)
    main()


def _fill_in() -> None:
    """Open what is closed of the three streams, to nowhere.

    Python has None for them then, and the next file that is opened would be where children write.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)  # the least that is free: the one that is missing
            os.set_inheritable(handle, True)  # noqa: FBT003 -- it has no name
            setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8"))


def _keep_to_ourselves() -> Callable[[int], NoReturn]:
    """Return what ends this process at once; for all others it is no more than an exception from now on.

    A plugin that calls `os._exit(0)` would end a compile without a word, and successfully. Processes that are
    forked from this one still end by it.
    """
    ours, leave = os.getpid(), os._exit

    def refuse(status: int) -> NoReturn:
        if os.getpid() != ours:
            leave(status)
        raise SystemExit(status)

    os._exit = refuse
    return leave


def _end_by_signals() -> None:
    """Let SIGTERM and SIGHUP stop a command as Ctrl-C does, nothing left behind; then it ends by them."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one does not wait
        received.append(number)
        raise KeyboardInterrupt

    @atexit.register  # as the first one, so that it is called last
    def end() -> None:
        if received:
            _flush()
            os.kill(os.getpid(), received[0])

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # `nohup` has one ignored
            signal.signal(number, stop)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # Whoever read it may have left.
            stream.flush()


if __name__ == "__main__":
    program()
