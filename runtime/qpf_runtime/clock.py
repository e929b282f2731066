"""The one place that knows what time it is."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where agents take the time from."""

    def now(self) -> datetime:
        """Tell the time of day, with its zone."""

    def monotonic(self) -> float:
        """Tell seconds since some fixed moment; never runs backwards."""


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Tell the time of day, with its zone."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Tell seconds since some fixed moment; never runs backwards."""
        return time.monotonic()
