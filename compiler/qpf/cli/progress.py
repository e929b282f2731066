"""Follows a compile on stderr: a bar on a terminal, plain lines elsewhere, JSON lines for programs.

Everything is drawn when an event comes, so there is no thread, and an event that needs no drawing costs a
few additions.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TextIO

from qpf.cli.options import Kind
from qpf.model.event import Event, Observer, RunFinished, RunStarted
from qpf.render.progress_tally import Tally

if TYPE_CHECKING:  # rich takes 0.1 s to import: longer than a small compile
    from rich.live import Live

BAR_AFTER = 0.5
BAR_EVERY = 0.1
LINES_AFTER = 2.0
LINES_EVERY = 5.0
"""Seconds, as events count them."""


class Display(Protocol):
    """Shows a run while it goes on."""

    def __call__(self, event: Event) -> None:
        """Show what an event changes."""

    def close(self) -> None:
        """Leave the stream as it should be found, however the run ended."""


@contextmanager
def follow(kind: Kind, stream: TextIO) -> Iterator[Observer]:
    """Show a run on a stream while this lasts.

    A stream that can no longer be written is no reason to stop a compile: nothing more is shown then.

    Args:
        kind: How. `auto` is a bar on a terminal; elsewhere lines, if the run takes long. Where no bar can be
            drawn, lines are written.
        stream: Where to; the command line's stderr.
    """
    display = _display(kind, stream)
    broken = False

    def observe(event: Event) -> None:
        nonlocal broken
        if not broken:
            try:
                display(event)
            except OSError:
                broken = True

    try:
        yield observe
    finally:
        with suppress(OSError):
            display.close()


def _display(kind: Kind, stream: TextIO) -> Display:
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    if kind == "none":
        return Nothing()
    if kind == "json":
        return JsonLines(stream)
    if kind in ("auto", "bar") and terminal:
        return Bar(stream)
    return Lines(stream, after=LINES_AFTER if kind == "auto" else 0.0)


class Nothing:
    """Shows nothing."""

    def __call__(self, event: Event) -> None:
        """Take an event."""

    def close(self) -> None:
        """Leave nothing."""


class JsonLines:
    """Writes every event at once."""

    def __init__(self, stream: TextIO) -> None:
        from qpf.render.progress_json import render_event

        self._stream = stream
        self._render = render_event
        self._last: Event | None = None

    def __call__(self, event: Event) -> None:
        """Write one line."""
        self._last = event
        self._write(self._render(event))

    def close(self) -> None:
        """Say so if the run has not come to its end."""
        if self._last is not None and not isinstance(self._last, RunFinished):
            from qpf.render.progress_json import render_stopped

            self._write(render_stopped(self._last.at))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class Lines:
    """Writes a line now and then and one at the end; nothing of a run that ends before the first is due."""

    def __init__(self, stream: TextIO, *, after: float) -> None:
        self._stream = stream
        self._tally = Tally()
        self._after = after
        self._next = after

    def __call__(self, event: Event) -> None:
        """Write a line if it is time."""
        self._tally.count(event)
        if event.at < self._next or isinstance(event, RunStarted | RunFinished):
            return
        from qpf.render.progress_lines import render_line

        self._next = event.at + LINES_EVERY
        self._write(render_line(self._tally))

    def close(self) -> None:
        """Write the last line."""
        if self._tally.at >= self._after:
            from qpf.render.progress_lines import render_summary

            self._write(render_summary(self._tally))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class Bar:
    """Draws one line of the terminal again and again; leaves one that sums up."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tally = Tally()
        self._next = BAR_AFTER
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        """Draw it anew if it is time."""
        self._tally.count(event)
        if event.at < self._next or isinstance(event, RunFinished):
            return
        self._next = event.at + BAR_EVERY
        if self._live is None:
            self._live = self._start()
        self._live.refresh()

    def close(self) -> None:
        """Take the bar away, show the cursor again, and say how it ended."""
        if self._live is None:
            return
        from qpf.render.progress_lines import render_summary

        self._live.stop()
        self._stream.write(render_summary(self._tally) + "\n")
        self._stream.flush()

    def _start(self) -> "Live":
        from rich.console import Console
        from rich.live import Live

        from qpf.render.progress_bar import render_bar

        console = Console(file=self._stream)
        # Nothing is redirected: the command does that itself, and would put back what it found too early.
        live = Live(
            console=console,
            get_renderable=lambda: render_bar(self._tally, console.width),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        return live
