"""A caller whose time is the test's."""

from datetime import timedelta

from qpf_runtime.config import BreakerConfig, ResilienceConfig
from qpf_runtime.resilience import Caller
from tests.runtime.world import FakeClock

LONG = 30.0
SHUT = BreakerConfig(failures=1_000_000)
"""A breaker that stays closed, for laws of what is inside it."""


class World:
    """A caller whose time is the test's, and what it did."""

    def __init__(self, jitter=lambda longest: longest, **parts):
        self.clock = FakeClock()
        self.events: list[tuple[str, str]] = []
        self.waits: list[float] = []
        self.tries = 0
        self.caller = Caller(
            ResilienceConfig(**parts),
            self.clock,
            on_event=lambda event, key: self.events.append((event, key)),
            jitter=jitter,
            sleep=self.sleep,
        )

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.clock.pass_time(timedelta(seconds=seconds))

    async def call(self, *outcomes, key="shop", deadline=None):
        """Call once; each try ends in the next outcome, the last one repeats."""
        left = list(outcomes)

        async def work():
            self.tries += 1
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return await self.caller.call(key, work, deadline)
