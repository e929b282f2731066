"""How a section's owner wants its values merged."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Replace:
    """A list is one value: a later layer replaces it whole, peers must agree. The default for lists."""


@dataclass(frozen=True, slots=True)
class Append:
    """Items follow each other, by layer, then by schema name."""


@dataclass(frozen=True, slots=True)
class Set:
    """Items are members: united, without repeats, in order of their canonical form."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """Items are identified by a field and merged with their namesakes."""

    field: str


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Each key of this mapping may come from one base or sub only; later layers may refine it."""


@dataclass(frozen=True, slots=True)
class Tighten:
    """A governed value: peers agree on the tightest, a later layer may only tighten.

    Attributes:
        order: Values from loosest to tightest; empty for numbers.
        tighter: For numbers, which way is tighter: `up` or `down`.
    """

    order: tuple[str | bool, ...] = ()
    tighter: str = "up"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A governed value that has no tighter form: a later layer may repeat it, not change it."""


Strategy: TypeAlias = Replace | Append | Set | Keyed | Exclusive | Tighten | Fixed
