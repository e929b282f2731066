"""The one place that knows what time it is."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

DAYS = {"hours": 1 / 24, "days": 1, "months": 30, "years": 365}


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


class SteadyTime:
    """The time of day as it was when this was made, carried on by the monotonic clock.

    A machine's clock that is set while the process runs makes no memory live longer, and none die.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()
        self._at = clock.monotonic()

    def now(self) -> datetime:
        """Tell the time of day, with its zone."""
        return self._since + timedelta(seconds=self._clock.monotonic() - self._at)


def period(text: str) -> timedelta:
    """Read a period: `90 days`. A month counts 30 days, a year 365."""
    amount, unit = text.split()
    return timedelta(days=int(amount) * DAYS[unit])
