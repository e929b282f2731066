"""What an agent does when those it calls fail: bulkhead around breaker around retries around a time limit.

The retries are made by tenacity, the machinery under stamina. Stamina itself adds its jitter to a wait, so
that it is never short, takes no other source of sleep and chance, and tells every retry to hooks that all of
a process shares. The first try is made outside of it: of most calls that is the only one, and tenacity takes
longer over it than everything else here together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from qpf_runtime.breaker import Breaker, Rolling, State, Ticket
from qpf_runtime.clock import Clock
from qpf_runtime.config import BulkheadConfig, ResilienceConfig, RetryConfig
from qpf_runtime.errors import QueueFull, ReplyTimeout, RequestFailed, Transient
from qpf_runtime.ids import jitter as full_jitter

T = TypeVar("T")

Event = Literal["retry", "bulkhead_rejected", "breaker_open", "breaker_half_open", "breaker_closed"]
"""What callers hear of."""

OnEvent = Callable[[Event, str], None]
"""Is told an event and the receiver's key. It must not fail."""

STATES: dict[State, Event] = {
    "open": "breaker_open",
    "half_open": "breaker_half_open",
    "closed": "breaker_closed",
}

BUDGET_WINDOW = 10.0
"""Seconds over which retries are held against calls."""


def passing(error: BaseException | None) -> bool:
    """Whether what failed may succeed when it is tried again. Nothing else is retried or opens a breaker."""
    return isinstance(error, Transient) or (isinstance(error, RequestFailed) and error.passing)


class Caller:
    """Makes an agent's calls, each receiver apart: one that fails or is slow does no harm to the others.

    A call may wait for a place, is not made while its receiver's breaker is open, and is repeated after a
    random wait if it failed for a passing reason. No try outlasts the deadline, and none begins that would
    begin after it. The breaker hears of calls, not of tries.

    Attributes:
        clock: Where the time comes from, that of deadlines included.
    """

    def __init__(
        self,
        config: ResilienceConfig,
        clock: Clock,
        *,
        on_event: OnEvent = lambda _event, _key: None,
        jitter: Callable[[float], float] = full_jitter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Make one.

        Args:
            config: What the schema says.
            clock: Where the time comes from.
            on_event: Is told of retries, of calls that found no place, and of every change of a breaker.
            jitter: Chooses a wait between none and so many seconds.
            sleep: Waits.
        """
        self._config = config
        self.clock = clock
        self._on_event = on_event
        self._jitter = jitter
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}

    def state(self, key: str) -> State:
        """Tell the state of a receiver's breaker."""
        return self._lane(key).breaker.state

    async def call(self, key: str, work: Callable[[], Awaitable[T]], deadline: float | None = None) -> T:
        """Call a receiver.

        Args:
            key: Names the receiver; keys come from configuration, each takes some room for good.
            work: Makes one try.
            deadline: When the answer must be there, by the clock's monotonic seconds; None: whenever.

        Raises:
            QueueFull: If too many calls to it are under way and too many wait, or no place came free in time.
            CircuitOpen: If too many calls to it failed lately.
            ReplyTimeout: If the deadline has passed.
            Exception: Whatever the last try raised.
        """
        lane = self._lane(key)
        try:
            await lane.bulkhead.enter(key, self._left(key, deadline))
        except QueueFull:
            self._on_event("bulkhead_rejected", key)
            raise
        try:
            left = self._left(key, deadline)
            ticket = lane.breaker.admit(key)
            return await self._settled(lane, ticket, self._tries(lane, ticket, work, deadline, left))
        finally:
            lane.bulkhead.leave()

    async def _settled(self, lane: "_Lane", ticket: Ticket, call: Awaitable[T]) -> T:
        try:
            answer = await call
        except Exception as error:
            lane.breaker.settle(ticket, failed=passing(error))
            raise
        except BaseException:
            lane.breaker.drop(ticket)
            raise
        lane.breaker.settle(ticket, failed=False)
        return answer

    async def _tries(
        self,
        lane: "_Lane",
        ticket: Ticket,
        work: Callable[[], Awaitable[T]],
        deadline: float | None,
        left: float | None,
    ) -> T:
        lane.budget.call()
        try:
            return await self._try(lane.key, work, left)
        except Exception as error:
            if not passing(error):
                raise
            return await self._repeat(lane, ticket, work, deadline, error)

    async def _repeat(
        self,
        lane: "_Lane",
        ticket: Ticket,
        work: Callable[[], Awaitable[T]],
        deadline: float | None,
        failed: Exception,
    ) -> T:
        def wait(state: RetryCallState) -> float:
            return self._jitter(longest_wait(self._config.retry, state.attempt_number))

        def stop(state: RetryCallState) -> bool:
            if state.attempt_number >= self._config.retry.attempts or not lane.breaker.repeatable(ticket):
                return True
            begins = self.clock.monotonic() + (state.upcoming_sleep or 0.0)
            return (deadline is not None and begins >= deadline) or not lane.budget.take()

        async for attempt in AsyncRetrying(
            retry=retry_if_exception(passing), wait=wait, stop=stop, sleep=self._sleep, reraise=True
        ):
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise failed
                self._on_event("retry", lane.key)
                return await self._try(lane.key, work, self._left(lane.key, deadline))
        raise failed

    async def _try(self, key: str, work: Callable[[], Awaitable[T]], left: float | None) -> T:
        limit = asyncio.timeout(left)
        try:
            async with limit:
                return await work()
        except TimeoutError:
            if not limit.expired():
                raise
            msg = f"{key} did not answer in time"
            raise ReplyTimeout(msg) from None

    def _left(self, key: str, deadline: float | None) -> float | None:
        if deadline is None:
            return None
        left = deadline - self.clock.monotonic()
        if left <= 0:
            msg = f"{key} was not called: the time for it is over"
            raise ReplyTimeout(msg)
        return left

    def _lane(self, key: str) -> "_Lane":
        lane = self._lanes.get(key)
        if lane is None:
            breaker = Breaker(
                self._config.breaker, self.clock, lambda state: self._on_event(STATES[state], key)
            )
            budget = RetryBudget(self._config.retry.budget, self.clock)
            lane = self._lanes[key] = _Lane(key, Bulkhead(self._config.bulkhead), breaker, budget)
        return lane


def longest_wait(config: RetryConfig, attempt: int) -> float:
    """Tell the longest wait after a try, in seconds: doubled with each try, up to the cap.

    Args:
        config: What the schema says.
        attempt: The try's number, from 1.
    """
    # Beyond sixty doublings every cap is reached, and a float would overflow some day.
    return float(min(config.cap_ms, config.base_ms * 2 ** min(attempt - 1, 60))) / 1000


class RetryBudget:
    """How many calls may be repeated: a part of those made lately, but one at least, unless it is none."""

    def __init__(self, share: float, clock: Clock) -> None:
        self._share = share
        self._lately = Rolling(BUDGET_WINDOW, clock)

    def call(self) -> None:
        """Count a call."""
        self._lately.add(calls=1)

    def take(self) -> bool:
        """Take one retry from the budget; tells whether there was one."""
        allowed = max(1, int(self._share * self._lately.calls)) if self._share else 0
        if self._lately.marked >= allowed:
            return False
        self._lately.add(marked=1)
        return True


class Bulkhead:
    """So many calls at a time, so many more that wait for a place, and no more."""

    def __init__(self, config: BulkheadConfig) -> None:
        self._places = asyncio.Semaphore(config.concurrent)
        self._limit = config.waiting
        self._waiting = 0

    async def enter(self, key: str, within: float | None) -> None:
        """Take a place, first come first served; `leave` gives it back.

        Raises:
            QueueFull: If none is free and too many wait, at once; or none came free within so many seconds.
        """
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= self._limit:
            msg = f"{key} is not called: too many calls to it are under way, and {self._waiting} wait"
            raise QueueFull(msg)
        self._waiting += 1
        try:
            async with asyncio.timeout(within):
                await self._places.acquire()
        except TimeoutError:
            msg = f"{key} is not called: too many calls to it are under way, and none ended in time"
            raise QueueFull(msg) from None
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()


class _Lane:
    """What is kept of one receiver."""

    def __init__(self, key: str, bulkhead: Bulkhead, breaker: Breaker, budget: RetryBudget) -> None:
        self.key = key
        self.bulkhead = bulkhead
        self.breaker = breaker
        self.budget = budget
