"""The program: `qpf`, and `python -m qpf`."""

import _thread
import atexit
import os
import signal
import sys
import threading
import time
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
    _lose_no_interruption()
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


def _lose_no_interruption() -> None:
    """Raise again what Python drops, where a signal comes while an object is taken apart.

    Ctrl-C at that moment would be forgotten. What else is no mistake of a program, but interrupts it, is
    repeated by whoever raised it, and nothing that a person should read about.
    """
    ours, main, tell = os.getpid(), threading.get_ident(), sys.unraisablehook

    def repeat() -> None:
        time.sleep(0.001)  # here and now, it would be dropped again
        signal.pthread_kill(main, signal.SIGINT)

    def dropped(unraisable: "sys.UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, Exception):
            tell(unraisable)
        elif unraisable.exc_type is KeyboardInterrupt and os.getpid() == ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _thread.start_new_thread(repeat, ())  # takes no lock, which may be held at this moment

    sys.unraisablehook = dropped


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # Whoever read it may have left.
            stream.flush()


if __name__ == "__main__":
    program()
