"""When calls that keep failing are no longer made.

Our own: purgatory's breaker takes the time of day from the machine, which may jump, counts failures without
a window, and lets every caller through while it is half open. A dozen lines around it would not change that.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from qpf_runtime.clock import Clock
from qpf_runtime.config import BreakerConfig
from qpf_runtime.errors import CircuitOpen

State = Literal["closed", "open", "half_open"]

SHARE = 0.5
"""Least part of the calls that must have failed."""

SLICES = 10
"""How many parts a window is counted in: what is counted leaves it in steps of a tenth."""


class Rolling:
    """How many calls there were lately, and how many of them were marked; takes the same room at any rate."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._slice = seconds / SLICES
        self._clock = clock
        self._counts: deque[list[int]] = deque()

    def add(self, calls: int = 0, marked: int = 0) -> None:
        """Count some."""
        now = self._forget()
        if not self._counts or self._counts[-1][0] != now:
            self._counts.append([now, 0, 0])
        self._counts[-1][1] += calls
        self._counts[-1][2] += marked

    @property
    def calls(self) -> int:
        """How many calls there were."""
        self._forget()
        return sum(count[1] for count in self._counts)

    @property
    def marked(self) -> int:
        """How many were marked."""
        self._forget()
        return sum(count[2] for count in self._counts)

    def clear(self) -> None:
        """Forget everything."""
        self._counts.clear()

    def _forget(self) -> int:
        now = int(self._clock.monotonic() / self._slice)
        while self._counts and self._counts[0][0] <= now - SLICES:
            self._counts.popleft()
        return now


@dataclass(frozen=True, slots=True)
class Ticket:
    """Permits one call.

    Attributes:
        era: Which stay in which state it was given in.
        probe: Whether it is the one call that finds out if the receiver is back.
    """

    era: int
    probe: bool


class Breaker:
    """Opens when many calls failed lately; after the cool-off one call tells whether it closes again.

    It opens when, within as many seconds as the cool-off takes, `failures` calls at least have failed, and
    those are half of all calls at least.
    """

    def __init__(
        self, config: BreakerConfig, clock: Clock, changed: Callable[[State], None] = lambda _: None
    ) -> None:
        self._config = config
        self._clock = clock
        self._changed = changed
        self._lately = Rolling(config.cool_off_seconds, clock)
        self._state: State = "closed"
        self._era = 0
        self._opened = 0.0
        self._probing = False

    @property
    def state(self) -> State:
        """Closed: calls are made; open: none is; half open: one is."""
        return self._state

    def admit(self, key: str) -> Ticket:
        """Permit a call; each ticket is given back with `settle` or `drop`.

        Raises:
            CircuitOpen: If it must not be made.
        """
        if self._state == "closed":
            return Ticket(self._era, probe=False)
        left = self._opened + self._config.cool_off_seconds - self._clock.monotonic()
        if self._state == "open" and left <= 0:
            self._enter("half_open")
        if self._state == "open" or self._probing:
            again = f"in {left:.1f} s" if left > 0 else "as soon as one call has shown that it is back"
            msg = f"{key} is not called: too many calls failed; it is called again {again}"
            raise CircuitOpen(msg)
        self._probing = True
        return Ticket(self._era, probe=True)

    def settle(self, ticket: Ticket, *, failed: bool) -> None:
        """Say how a call ended. Calls that were permitted in an earlier state tell nothing any more."""
        if ticket.era != self._era:
            return
        if ticket.probe:
            self._enter("open" if failed else "closed")
            return
        self._lately.add(calls=1, marked=int(failed))
        failures = self._lately.marked
        if failed and failures >= self._config.failures and failures >= SHARE * self._lately.calls:
            self._enter("open")

    def drop(self, ticket: Ticket) -> None:
        """Say that nobody waited for the end of a call: it tells nothing."""
        if ticket.probe and ticket.era == self._era:
            self._probing = False

    def repeatable(self, ticket: Ticket) -> bool:
        """Whether a call that failed may be made once more under its ticket."""
        return not ticket.probe and ticket.era == self._era

    def _enter(self, state: State) -> None:
        self._state = state
        self._era += 1
        self._probing = False
        if state == "open":
            self._opened = self._clock.monotonic()
        self._lately.clear()
        self._changed(state)
