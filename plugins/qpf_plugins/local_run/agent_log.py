"""What an agent's process writes: kept in a bounded file, its last lines at hand."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

LARGEST = 8 * 1024 * 1024
"""Bytes of a file before it becomes `AGENT.log.1` and a fresh one is begun."""

LONGEST_LINE = 64 * 1024
LAST_LINES = 20


class AgentLog:
    """The log of one agent.

    Attributes:
        path: The file.
        last: Its last lines, oldest first.
    """

    def __init__(self, path: Path, echo: Callable[[str], None] | None = None, largest: int = LARGEST) -> None:
        """Open it; what was there stays.

        Args:
            path: The file; its folder is made.
            echo: Is told every line, too.
            largest: Most bytes of the file.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self._echo = echo
        self._largest = largest
        self._file: IO[bytes] = path.open("ab")
        self._rest = b""

    def write(self, chunk: bytes) -> None:
        """Take what was written, in pieces of any size."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._line(line)
        if lines:
            self._file.flush()

    def end(self) -> None:
        """Take what was begun as a line: nobody will end it."""
        if self._rest:
            self.write(b"\n")

    def close(self) -> None:
        """Write what is left and close the file."""
        self.end()
        self._file.close()

    def _line(self, line: bytes) -> None:
        if self._file.tell() + len(line) >= self._largest:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self.path.open("ab")
        self._file.write(line + b"\n")
        text = visible(line.decode("utf-8", "replace"))
        self.last.append(text)
        if self._echo is not None:
            self._echo(text)


def visible(text: str) -> str:
    """Spell out what could steer a terminal: lines may quote what strangers sent."""
    return "".join(
        letter if letter.isprintable() or letter == "\t" else repr(letter)[1:-1] for letter in text
    )
