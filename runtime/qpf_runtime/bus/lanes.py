"""A bounded queue with four priorities in which nothing starves; knows nothing of tasks or time.

Law: an item at the head of its lane is taken after at most `bound + 3` others.
"""

from collections import deque
from typing import Generic, TypeVar

from qpf_runtime.envelope import PRIORITIES, Priority

T = TypeVar("T")


class Lanes(Generic[T]):
    """One lane a priority; the most urgent first, unless another was passed over too often."""

    def __init__(self, capacity: int, bound: int) -> None:
        """Make empty lanes.

        Args:
            capacity: Most items in one lane. Each lane has its own, so that a flood of `low` never keeps
                a `critical` packet out.
            bound: How often a waiting lane may be passed over; at least as many as there are lanes.
        """
        if capacity < 1 or bound < len(PRIORITIES):
            msg = f"capacity must be at least 1 and bound at least {len(PRIORITIES)}"
            raise ValueError(msg)
        self._capacity = capacity
        self._bound = bound
        self._lanes: dict[Priority, deque[T]] = {priority: deque() for priority in PRIORITIES}
        self._passed_over = dict.fromkeys(PRIORITIES, 0)

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
        starving = [priority for priority in waiting if self._passed_over[priority] >= self._bound]
        chosen = max(starving, key=self._passed_over.__getitem__) if starving else waiting[0]
        for priority in waiting:
            self._passed_over[priority] += 1
        self._passed_over[chosen] = 0
        return self._lanes[chosen].popleft()
