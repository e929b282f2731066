"""A bounded queue with four priorities, each with its share; knows nothing of tasks or time.

Laws: while all priorities wait, of fifteen items taken eight are critical, four high, two medium and one low.
An item at the head of its lane is taken after at most `WORST` others.
"""

from collections import deque
from typing import Generic, TypeVar

from qpf_runtime.envelope import PRIORITIES, Priority

T = TypeVar("T")

WEIGHTS: dict[Priority, int] = {"critical": 8, "high": 4, "medium": 2, "low": 1}
"""Share of the attention that each priority gets while all of them wait."""

WORST = sum(WEIGHTS.values())
"""Most items of other lanes that are taken while one waits at the head of its own."""


class Lanes(Generic[T]):
    """One lane a priority: each gains its weight whenever something is taken, and the richest pays for it."""

    def __init__(self, capacity: int) -> None:
        """Make empty lanes.

        Args:
            capacity: Most items in one lane. Each lane has its own, so that a flood of `low` never keeps
                a `critical` packet out.
        """
        if capacity < 1:
            msg = "capacity must be at least 1"
            raise ValueError(msg)
        self._capacity = capacity
        self._lanes: dict[Priority, deque[T]] = {priority: deque() for priority in PRIORITIES}
        self._credit = dict.fromkeys(PRIORITIES, 0)

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def full(self, priority: Priority) -> bool:
        """Tell whether the lane takes no more."""
        return len(self._lanes[priority]) >= self._capacity

    def put(self, item: T, priority: Priority) -> None:
        """Put an item at the end of its lane; the caller has asked whether it is full."""
        if self.full(priority):
            msg = f"the {priority} lane is full"
            raise OverflowError(msg)
        self._lanes[priority].append(item)

    def take(self) -> T:
        """Take the next item; the caller has asked whether there is one."""
        waiting = [priority for priority in PRIORITIES if self._lanes[priority]]
        for priority in waiting:
            self._credit[priority] += WEIGHTS[priority]
        chosen = max(waiting, key=self._credit.__getitem__)
        self._credit[chosen] -= sum(WEIGHTS[priority] for priority in waiting)
        item = self._lanes[chosen].popleft()
        if not self._lanes[chosen]:
            # Who wants nothing saves nothing up, and owes nothing.
            self._credit[chosen] = 0
        return item
