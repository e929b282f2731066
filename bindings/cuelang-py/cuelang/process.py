"""The helper process: requests in, answers out, a line each; it may die or never answer.

It is given no environment, no folder and no file: an empty `env`, `/` as its folder, and three pipes.
"""

import json
import os
import resource
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from time import monotonic
from typing import Any

from cuelang.limits import Limits
from cuelang.versions import PACKAGE

HELPER = PACKAGE / "cuelang-helper"

_AT = b'{"at":'
_CHUNK = 1 << 16
_SAID = 1 << 13
_LEAVING_SECONDS = 1.0
_LIMITED = (resource.RLIMIT_AS, resource.RLIMIT_CPU)


class EngineError(Exception):
    """The engine cannot be started at all."""


class LostError(Exception):
    """The helper is gone; the message ends the sentence "the engine …"."""


class Process:
    """One helper process.

    Attributes:
        at: Which group of constraints it said it turned to, since it was last asked; None for none.
        used: Seconds of processor time that it had taken when it last answered.
    """

    def __init__(self, limits: Limits) -> None:
        """Start it.

        Raises:
            EngineError: If it cannot be started.
        """
        self.at: int | None = None
        self.used = 0.0
        self._limits = limits
        self._unsent = bytearray()
        self._unread = bytearray()
        self._said = TemporaryFile()  # noqa: SIM115  # closed by `close`
        try:
            with _unlimited():
                self._child = subprocess.Popen(  # noqa: S603  # our own program, with numbers as arguments
                    [HELPER, "-memory", str(limits.memory_bytes), "-cpu", str(limits.cpu_seconds)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._said,
                    bufsize=0,
                    env={},
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            self._said.close()
            message = f"the CUE engine cannot be started: {error.strerror}: {HELPER.name}"
            raise EngineError(message) from error
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._in, self._out = self._child.stdin.fileno(), self._child.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def send(self, request: dict[str, Any]) -> None:
        """Ask for something; it is written as soon as the helper reads it."""
        self._unsent += json.dumps(request).encode() + b"\n"

    def receive(self, seconds: float) -> dict[str, Any]:
        """The answer to the earliest request that is not answered yet.

        Raises:
            LostError: If there is none within some seconds, or the helper has ended; it has ended then.
        """
        self.at = None
        end = monotonic() + seconds
        while True:
            line = self._line()
            if line.startswith(_AT):
                self.at = json.loads(line)["at"]
            elif line:
                answer: dict[str, Any] = json.loads(line)
                self.used = answer["used"]
                return answer
            elif not self._exchange(max(end - monotonic(), 0.0)):
                self.close()
                message = f"came to no end within {seconds:g} s"
                raise LostError(message)

    def close(self) -> None:
        """End it: it keeps nothing that would be lost."""
        self._child.kill()
        self._child.wait()
        self._close_pipes()

    def abandon(self) -> None:
        """Forget it in a process that was forked from the one that started it."""
        self._child.returncode = 0  # It is not ours to wait for.
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._child.stdin, self._child.stdout, self._said):
            assert pipe is not None
            pipe.close()

    def _line(self) -> bytes:
        """The next whole line that was read, or nothing."""
        line, end, rest = self._unread.partition(b"\n")
        if not end:
            return b""
        self._unread = rest
        return bytes(line)

    def _exchange(self, seconds: float) -> bool:
        """Write and read what can be; False if nothing can for some seconds.

        Raises:
            LostError: If the helper has ended.
        """
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        if self._unsent:
            poll.register(self._in, select.POLLOUT)
        ready = poll.poll(seconds * 1000)
        for descriptor, _ in ready:
            if descriptor == self._in:
                with suppress(BrokenPipeError):  # What it still said is read first.
                    sent = os.write(self._in, self._unsent[:_CHUNK])
                    del self._unsent[:sent]
                    continue
                self._unsent.clear()
                continue
            chunk = os.read(self._out, _CHUNK)
            if not chunk:
                raise LostError(self._end())
            self._unread += chunk
        return bool(ready)

    def _end(self) -> str:
        """How it ended, now that it has."""
        try:
            code = self._child.wait(_LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        self._said.seek(0)
        said = self._said.read(_SAID).decode(errors="replace")
        self.close()
        if "out of processor time" in said:
            return f"used up {self._limits.cpu_seconds} s of processor time"
        if "out of memory" in said or "cannot allocate" in said:
            return f"wanted more than {self._limits.memory_bytes / (1 << 20):.0f} MiB of memory"
        if "stack exceeds" in said or "stack overflow" in said:
            return "went too deep"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"crashed: {said.partition(chr(10))[0].strip() or f'exit code {code}'}"


@contextmanager
def _unlimited() -> Iterator[None]:
    """While this lasts, what is started has the limits that this process may have at most.

    Whoever holds this process to soft limits for a while does not mean the helper, which has its own.
    """
    before = [(kind, resource.getrlimit(kind)) for kind in _LIMITED]
    try:
        for kind, (_, hard) in before:
            resource.setrlimit(kind, (hard, hard))
        yield
    finally:
        for kind, limit in before:
            resource.setrlimit(kind, limit)
