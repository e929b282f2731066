"""Values of which some are not known, because what is written there is wrong.

Rules look at them all the same. One that asks for what is not known ends there: what it found before is true,
and nothing is made up of the rest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NoReturn

from qpf.model.node import Data, Lookalike
from qpf.model.path import Path

Doubts = Mapping[str, "Doubts | None"]
"""What is in doubt, by key: the value as a whole, or what of it."""


class InDoubtError(BaseException):
    """A value was asked for that is not known. No `Exception`: a rule must not take it for its own."""


class Doubtful(Lookalike):
    """A read-only mapping that ends whoever looks at a value in doubt.

    Args:
        known: The values.
        doubts: Which of them are in doubt.
        tell: Is told when somebody is ended here.
    """

    __slots__ = ("_doubts", "_known", "_tell")

    def __init__(
        self, known: Mapping[str, Data], doubts: Doubts, tell: Callable[[], None] | None = None
    ) -> None:
        self._known = known
        self._doubts = doubts
        self._tell = tell

    def __getitem__(self, key: str) -> Data:
        doubts = self._doubts.get(key, _NONE)
        if doubts is None:
            self._end(key)
        value = self._known[key]
        if not doubts:
            return value.telling(self._tell) if isinstance(value, Doubtful) else value
        if not isinstance(value, Mapping):
            self._end(key)
        return Doubtful(value, doubts, self._tell)

    def _end(self, key: str) -> NoReturn:
        if self._tell is not None:
            self._tell()
        raise InDoubtError(key)

    def telling(self, tell: Callable[[], None] | None) -> "Doubtful":
        """The same values, where somebody is told when another is ended."""
        return Doubtful(self._known, self._doubts, tell)

    def parted(self) -> tuple[dict[str, Data], tuple[tuple[str, ...], ...]]:
        """The values that are known, and where the others would be."""
        sound = dict(self._known)
        places: list[tuple[str, ...]] = []
        for key, doubts in self._doubts.items():
            value = sound.pop(key, None)
            if doubts is None or not isinstance(value, Mapping):
                places.append((key,))
                continue
            sound[key], below = parted(Doubtful(value, doubts) if doubts else value)
            places += [(key, *path) for path in below]
        return sound, tuple(places)

    def __iter__(self) -> Iterator[str]:
        return iter({**self._known, **self._doubts})

    def __len__(self) -> int:
        return len({**self._known, **self._doubts})


def parted(values: Mapping[str, Data]) -> tuple[Mapping[str, Data], tuple[tuple[str, ...], ...]]:
    """Values as far as they are known, and where others would be."""
    return values.parted() if isinstance(values, Doubtful) else (values, ())


def doubtful(known: Mapping[str, Data], places: Iterable[Path]) -> Doubtful:
    """Values of which those at some places are in doubt."""
    doubts: dict[str, Data] = {}
    for path in places:
        put_in_doubt(doubts, path)
    return Doubtful(known, doubts)


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
