"""What one piece of work may use of its process: processor time and memory, held by the system's own limits.

Soft limits are moved ahead of what the process has used so far, and put back afterwards. Who runs out of
processor time is interrupted wherever it is, past any `except Exception`; if it carries on all the same, the
system ends the process. Signals reach the main thread only, so in another thread nothing is limited.
"""

import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from math import ceil
from mmap import mmap
from pathlib import Path
from types import FrameType
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")

GRACE_SECONDS = 5
"""Processor time that is left to come to an end, after the limit was told."""

_STATM = Path("/proc/self/statm")
_RESERVE_BYTES = 4 * 1024**2
"""Given back when memory has run out, so that there is some to say so."""


class Limit(StrEnum):
    """What is limited, by the names of `resource_limits` in `qpf.yaml`."""

    CPU = "cpu_seconds_per_extraction"
    MEMORY = "memory_per_extraction"
    DISK = "disk_per_extraction"


class Limits(Struct, frozen=True):
    """What one piece of work may use; bytes of memory count beyond what its process has already."""

    cpu_seconds: int
    memory_bytes: int
    disk_bytes: int


class LimitReachedError(BaseException):
    """Work has used more than it may.

    Attributes:
        limit: What of.
        used: How much, in seconds or bytes; all that it may, where it was refused more.
    """

    def __init__(self, limit: Limit, used: float) -> None:
        super().__init__(f"{limit} is reached")
        self.limit = limit
        self.used = used


def limited(limits: Limits, work: Callable[[], T]) -> T:
    """Do some work within limits of processor time and memory.

    Raises:
        LimitReachedError: If it used more, or was refused memory.
    """
    try:
        return _watched(limits, work) if threading.current_thread() is threading.main_thread() else work()
    except MemoryError:
        raise LimitReachedError(Limit.MEMORY, limits.memory_bytes) from None


def _watched(limits: Limits, work: Callable[[], T]) -> T:
    watch = _Watch(limits, _address_space())
    try:
        watch.begin()
        return work()
    finally:
        # An interruption may come after any call, so that this has to be told by no call.
        watch.over = True
        watch.end()


class _Watch:
    """The process's limits and signal handler while some work goes on."""

    def __init__(self, limits: Limits, address_space: int) -> None:
        self.over = False
        self._reserve = mmap(-1, _RESERVE_BYTES)
        self._started = time.process_time()
        self._cpu = resource.getrlimit(resource.RLIMIT_CPU)
        self._memory = resource.getrlimit(resource.RLIMIT_AS)
        self._handler = signal.getsignal(signal.SIGXCPU)
        self._cpu_ahead = ceil(self._started) + limits.cpu_seconds
        self._memory_ahead = address_space + _RESERVE_BYTES + limits.memory_bytes
        self._limits_cpu = _is_lower(self._cpu_ahead + GRACE_SECONDS, self._cpu[0])
        self._limits_memory = address_space > 0 and _is_lower(self._memory_ahead, self._memory[0])

    def begin(self) -> None:
        """Set what is lower than what is set already."""
        if self._limits_cpu:
            signal.signal(signal.SIGXCPU, self._interrupt)
            resource.setrlimit(resource.RLIMIT_CPU, (self._cpu_ahead, self._cpu[1]))
        if self._limits_memory:
            resource.setrlimit(resource.RLIMIT_AS, (self._memory_ahead, self._memory[1]))

    def end(self) -> None:
        """Put everything back."""
        self._reserve.close()
        if self._limits_memory:
            resource.setrlimit(resource.RLIMIT_AS, self._memory)
        if self._limits_cpu:
            resource.setrlimit(resource.RLIMIT_CPU, self._cpu)
            signal.signal(signal.SIGXCPU, signal.SIG_DFL if self._handler is None else self._handler)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self.over:
            return
        # Whoever swallows the exception goes on until the system ends the process.
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CPU, (self._cpu_ahead + GRACE_SECONDS, self._cpu[1]))
        raise LimitReachedError(Limit.CPU, time.process_time() - self._started)


def _is_lower(wanted: int, current: int) -> bool:
    return wanted < (sys.maxsize if current == resource.RLIM_INFINITY else current)


def _address_space() -> int:
    """Bytes this process has mapped; 0 where the system does not tell."""
    try:
        pages = int(_STATM.read_bytes().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()
