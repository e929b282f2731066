"""How long a pass may take for one agent; one that takes longer is ended wherever it is.

A timer ticks while passes run, and whoever is over budget at a tick is interrupted, past any `except
Exception`; one that swallows that is interrupted again and again, a thousand times a second, until it meets
it where nothing catches. What works in C without listening to signals goes on until it returns, and is too
slow then. Signals reach the main thread only; in any other,
a pass is found to be too slow when it is done.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple, TypeVar

from msgspec import Struct

T = TypeVar("T")

TIMES_LONGER = 10
"""A pass may take so many times its processor time by the clock, for it may wait for its turn."""

_TICK_SECONDS = 0.5
_RUSH_SECONDS = 0.001


class TooSlowError(BaseException):
    """A pass has taken longer than it may."""


class _Began(NamedTuple):
    """When a pass began, by both clocks, and how much processor time it may take."""

    clock: float
    processor: float
    seconds: float

    @property
    def over(self) -> bool:
        """Whether it has taken more by now."""
        passed = time.monotonic() - self.clock
        if passed <= self.seconds:  # most are; to ask for processor time takes longer than many a pass
            return False
        return time.process_time() - self.processor > self.seconds or passed > self.seconds * TIMES_LONGER


class _Watched:
    """Which pass runs; there is one main thread, and so one such pass."""

    began: _Began | None = None
    ticking = False


class Stopwatch(Struct, frozen=True):
    """What passes of one run may take.

    Attributes:
        seconds: Processor time of one pass for one agent.
        ended: Passes that took longer, by plugin and name: they are not run again.
    """

    seconds: float = 20.0
    ended: set[tuple[str, str]] = set()

    def run(self, name: tuple[str, str], call: Callable[[], T]) -> T:
        """Run a pass.

        Raises:
            TooSlowError: If it takes longer than it may, or did so before.
        """
        if name in self.ended:
            raise TooSlowError
        began = _Began(time.monotonic(), time.process_time(), self.seconds)
        try:
            if _Watched.ticking and threading.current_thread() is threading.main_thread():
                _Watched.began = began
            return self._timed(began, call)
        except TooSlowError:
            _Watched.began = None
            if _Watched.ticking:
                _tick(_TICK_SECONDS)
            self.ended.add(name)
            raise
        finally:
            _Watched.began = None

    @staticmethod
    def _timed(began: _Began, call: Callable[[], T]) -> T:
        result = call()
        if began.over:
            raise TooSlowError
        return result


@contextmanager
def ticking() -> Iterator[None]:
    """While this lasts, passes that take too long are interrupted."""
    if _Watched.ticking or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGALRM, _look)
    others = _tick(_TICK_SECONDS)
    _Watched.ticking = True
    try:
        yield
    finally:
        _Watched.ticking = False
        signal.setitimer(signal.ITIMER_REAL, *others)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)


def _tick(seconds: float) -> tuple[float, float]:
    return signal.setitimer(signal.ITIMER_REAL, seconds, seconds)


def _look(_signal: int, frame: FrameType | None) -> None:
    """Interrupt a pass that is over budget; not us, who may just be seeing to that."""
    began = _Watched.began
    if began is None or not began.over or frame is None or frame.f_code is Stopwatch.run.__code__:
        return
    _tick(_RUSH_SECONDS)
    raise TooSlowError
