"""Whose newest report has not been delivered: a queue of names, each once, with room for so many."""

from collections.abc import Iterable, Sequence

from qpf_plugins.progress_report.reports import Key


class Waiting:
    """Those who wait, and those whose report is under way.

    There is one report an agent, the newest, so this is no longer than the fleet is large, however many
    events come. In a fleet that is larger than the room, those who have waited longest give way; they are
    delivered when there is something new about them.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._keys: dict[Key, None] = {}
        self._under_way: dict[Key, None] = {}
        self._gave_way: set[Key] = set()

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def undelivered(self) -> int:
        """How many agents' newest report has not been delivered."""
        return len(self._keys.keys() | self._under_way.keys() | self._gave_way)

    def add(self, keys: Iterable[Key]) -> None:
        """Let some wait; who waits already keeps the place."""
        for key in keys:
            self._gave_way.discard(key)
            self._keys[key] = None
            if len(self._keys) > self._room:
                oldest = next(iter(self._keys))
                del self._keys[oldest]
                self._gave_way.add(oldest)

    def depart(self) -> Sequence[Key]:
        """Take all who wait; they are under way until they are delivered or returned."""
        self._under_way, self._keys = self._keys, {}
        return tuple(self._under_way)

    def delivered(self, keys: Iterable[Key]) -> None:
        """These arrived."""
        for key in keys:
            self._under_way.pop(key, None)

    def returned(self) -> None:
        """Those still under way did not arrive: they wait again."""
        under_way, self._under_way = self._under_way, {}
        self.add(under_way)
