"""Who waits is counted once, keeps within the room, and is never lost from sight."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from qpf_plugins.progress_report.waiting import Waiting

ROOM = 4
KEYS = st.sampled_from([("dev", f"agent_{number}") for number in range(8)])


class Deliveries(RuleBasedStateMachine):
    """Against the plainest model: whose newest report has arrived, and whose has not."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = Waiting(ROOM)
        self.owed: set[tuple[str, str]] = set()
        self.under_way: list[tuple[str, str]] = []
        self.newer: set[tuple[str, str]] = set()

    @rule(keys=st.lists(KEYS))
    def something_is_new(self, keys: list[tuple[str, str]]) -> None:
        self.waiting.add(keys)
        self.owed |= set(keys)
        self.newer |= set(keys)

    @rule()
    def they_depart(self) -> None:
        if not self.under_way:
            self.under_way = [*self.waiting.depart()]
            self.newer = set()

    @rule(count=st.integers(0, 4))
    def some_arrive_and_the_others_return(self, count: int) -> None:
        arrived = self.under_way[:count]
        self.waiting.delivered(arrived)
        self.waiting.returned()
        self.owed -= set(arrived) - self.newer
        self.under_way = []

    @invariant()
    def nobody_is_lost_and_the_room_is_enough(self) -> None:
        assert self.waiting.undelivered == len(self.owed)
        assert len(self.waiting) <= ROOM


TestDeliveries = Deliveries.TestCase


def test_who_waits_longest_gives_way() -> None:
    waiting = Waiting(room=2)
    waiting.add([("dev", "a"), ("dev", "b"), ("dev", "c")])
    assert waiting.depart() == (("dev", "b"), ("dev", "c"))
    assert waiting.undelivered == 3


def test_however_often_it_changes_an_agent_waits_once() -> None:
    waiting = Waiting(room=10_000)
    for _ in range(50):
        waiting.add(("dev", f"agent_{number}") for number in range(1000))
    assert len(waiting) == 1000
