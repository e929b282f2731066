"""Values of which some are not known, because what is written there is wrong.

Rules look at them all the same. One that asks for what is not known ends there: what it found before is true,
and nothing is made up of the rest.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from qpf.model.node import Data
from qpf.model.path import Path

Doubts = Mapping[str, "Doubts | None"]
"""What is in doubt, by key: the value as a whole, or what of it."""


class InDoubtError(BaseException):
    """A value was asked for that is not known. No `Exception`: a rule must not take it for its own."""


class Doubtful(Mapping[str, Data]):
    """A read-only mapping that ends whoever looks at a value in doubt.

    Args:
        known: The values.
        doubts: Which of them are in doubt.
        whole: Whether each key that is in neither is known to be absent.
    """

    __slots__ = ("_doubts", "_known", "_whole")

    def __init__(self, known: Mapping[str, Data], doubts: Doubts, *, whole: bool = True) -> None:
        self._known = known
        self._doubts = doubts
        self._whole = whole

    def __getitem__(self, key: str) -> Data:
        doubts = self._doubts.get(key, _NONE)
        if doubts is None or (key not in self._known and not self._whole):
            raise InDoubtError(key)
        value = self._known[key]
        if isinstance(value, Mapping) and (doubts or not self._whole):
            return Doubtful(value, doubts, whole=self._whole)
        return value

    def __iter__(self) -> Iterator[str]:
        if not self._whole:
            raise InDoubtError
        return iter({**self._known, **self._doubts})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Doubtful({dict(self._known)!r}, {dict(self._doubts)!r})"


_NONE: Doubts = MappingProxyType({})


def put_in_doubt(doubts: dict[str, Data], path: Path) -> None:
    """Put a value in doubt, and what it holds."""
    *above, last = map(str, path)
    for part in above:
        below = doubts.setdefault(part, {})
        if below is None:
            return
        doubts = below
    doubts[last] = None
