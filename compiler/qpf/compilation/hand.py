"""A forked process that works on agents one after the other, and what is known of it should it be lost.

It is asked by an order and answers piece by piece, in the order of the pieces. It may die at any of them, by
its own hand or another's, or never come to an end; whoever asks finds out, and nobody waits for ever.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from mmap import mmap
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from time import monotonic
from typing import Any, TypeAlias

from qpf.compilation.turn import NOBODY, Part
from qpf.host import crash
from qpf.io import forked
from qpf.model.digest import ordered

Serve: TypeAlias = Callable[[Callable[[Part], None]], Callable[[Mapping[str, Any], Any], bytes]]
"""Begins a worker's life, given whom to tell who is at work; what it returns answers a piece of an order."""

_DONE, _FAILED = b"+", b"-"
_ROOM = 256
_LEAVING_SECONDS = 1.0
"""How long a process may take to leave, once it is let go."""


class Hand:
    """One process."""

    def __init__(self, context: ForkContext, others: Iterable[Connection], serve: Serve) -> None:
        """Start it.

        Args:
            context: How processes are started.
            others: Connections that are not its own.
            serve: What it does.
        """
        self.connection, theirs = context.Pipe()
        self._whereabouts = mmap(-1, _ROOM)
        self._since = monotonic()
        strange = (*others, self.connection)
        self._process = context.Process(
            target=_live, args=(theirs, strange, self._whereabouts, serve), daemon=True
        )
        forked.start(self._process)
        theirs.close()

    def send(self, order: Mapping[str, Any], pieces: Sequence[Any]) -> None:
        """Ask for some pieces of work.

        Raises:
            OSError: If it is not there any more.
        """
        self._since = monotonic()
        self.connection.send_bytes(ordered({**order, "work": pieces}))

    def receive(self) -> tuple[bytes, str]:
        """The next answer, or nothing and why; waits for it.

        Raises:
            EOFError: If it is not there any more.
            OSError: The same.
        """
        answer = self.connection.recv_bytes()
        self._since = monotonic()
        if answer.startswith(_DONE):
            return answer.removeprefix(_DONE), ""
        return b"", f"failed: {answer.removeprefix(_FAILED).decode(errors='replace')}"

    @property
    def silent_seconds(self) -> float:
        """How long it has given no answer."""
        return monotonic() - self._since

    @property
    def gone(self) -> bool:
        """Whether it has ended; a process that it started may hold its connection open."""
        return self._process.exitcode is not None

    @property
    def at_work(self) -> Part:
        """Who works there, or did when it was lost."""
        parts = bytes(self._whereabouts).rstrip(b"\0").decode(errors="replace").split("\n")
        return Part(*parts) if len(parts) == len(Part._fields) else NOBODY

    def leave(self, seconds: float = _LEAVING_SECONDS) -> str:
        """Let it go; returns how it ended, or nothing if it did not by itself and had to be ended."""
        self.connection.close()
        self._process.join(seconds)
        if not self.gone:
            self._process.kill()
            self._process.join()
            return ""
        return _told(self._process.exitcode or 0)


def _told(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "was ended by SIGXCPU, because it went on when its processor time was used up"
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"left with exit code {code}"


def _live(connection: Connection, others: Iterable[Connection], whereabouts: mmap, serve: Serve) -> None:
    """A worker's life: orders in, answers out, until the parent lets go."""
    forked.begin()
    for other in others:
        other.close()
    sys.stdout = sys.stderr

    def tell(part: Part) -> None:
        whereabouts[:] = "\n".join(part).encode()[:_ROOM].ljust(_ROOM, b"\0")

    answer = serve(tell)
    with suppress(EOFError, OSError):
        while True:
            for said in _answers(answer, json.loads(connection.recv_bytes())):
                connection.send_bytes(said)


def _answers(answer: Callable[[Mapping[str, Any], Any], bytes], order: Mapping[str, Any]) -> Iterator[bytes]:
    for piece in order["work"]:
        try:
            yield _DONE + answer(order, piece)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is about this piece only
            yield _FAILED + crash.cause(error).encode()
