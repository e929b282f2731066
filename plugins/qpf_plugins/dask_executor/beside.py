"""A process beside a Dask worker that does its work, with what a worker's threads lack: a main thread.

Limits of processor time and memory are a process's, and told to its main thread. So a worker hands each order
on to a process of its own, which it keeps for the next; what kills that one costs the order, not a worker.
"""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from qpf.api import ExecutorError, canonical

Work = Callable[[bytes], bytes]

_DONE, _FAILED = b"done", b"failed"
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    f"from {__name__} import wait_for_orders; wait_for_orders(int(sys.argv[2]))"
)


class _GoneError(Exception):
    """The process that did it is gone. Says how it ended."""


def do_beside(work: Work, order: bytes) -> bytes:
    """Do work in a process that is free, or in a new one; should it die, once more in another.

    Raises:
        ExecutorError: If the work failed, or killed both.
    """
    name = f"{work.__module__}:{work.__qualname__}"
    with suppress(_GoneError):  # perhaps of what others on this machine did
        return _do(name, order)
    try:
        return _do(name, order)
    except _GoneError as gone:
        message = f"the process that worked on it {gone}, the second to die of it"
        raise ExecutorError(message) from None


def _do(name: str, order: bytes) -> bytes:
    try:
        process = _FREE.pop()
    except IndexError:
        process = _Process()
    try:
        how, answer = process.ask(name, order)
    except (EOFError, OSError):
        raise _GoneError(process.end()) from None
    _FREE.append(process)
    if how == _FAILED:
        raise ExecutorError(answer.decode())
    return answer


class _Process:
    """One process, and the line to it, which nobody else holds: it ends when this one does."""

    def __init__(self) -> None:
        self._line, theirs = Pipe()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter, with a text of ours
                [sys.executable, "-c", _START, canonical(sys.path), str(number)],
                pass_fds=(number,),
                stdin=subprocess.DEVNULL,
            )

    def ask(self, name: str, order: bytes) -> tuple[bytes, bytes]:
        """Hand an order on; whether it was done, and what came of it.

        Raises:
            EOFError: If the process is gone; or `OSError`.
        """
        self._line.send_bytes(name.encode())
        self._line.send_bytes(order)
        return self._line.recv_bytes(), self._line.recv_bytes()

    def end(self) -> str:
        """How it ended, now that it is gone."""
        self._line.close()
        status = self._process.wait()
        return (
            f"was ended by {signal.Signals(-status).name}" if status < 0 else f"left with exit code {status}"
        )


_FREE: list[_Process] = []


def wait_for_orders(number: int) -> None:
    """What such a process does, until its worker is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Connection(number)
    with suppress(EOFError, OSError):
        while True:
            name, order = line.recv_bytes().decode(), line.recv_bytes()
            try:
                module, _, function = name.partition(":")
                how, answer = _DONE, getattr(import_module(module), function)(order)
            except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for it
                how, answer = _FAILED, f"{type(error).__name__}: {error}".encode()
            line.send_bytes(how)
            line.send_bytes(answer)
