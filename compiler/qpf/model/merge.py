"""How a section's owner wants its values merged."""

from typing import TypeAlias

from msgspec import Struct


class Replace(Struct, frozen=True):
    """A list is one value: a later layer replaces it whole, peers must agree. The default for lists."""


class Append(Struct, frozen=True):
    """Items follow each other, by layer, then by schema name."""


class Set(Struct, frozen=True):
    """Items are members: united, without repeats, in order of their canonical form."""


class Keyed(Struct, frozen=True):
    """Items are identified by a field and merged with their namesakes."""

    field: str


class Exclusive(Struct, frozen=True):
    """Each key of this mapping may come from one base or sub only; later layers may refine it."""


class Tighten(Struct, frozen=True):
    """A governed value: peers agree on the tightest, a later layer may only tighten.

    Attributes:
        order: Values from loosest to tightest; empty for numbers.
        tighter: For numbers, which way is tighter: `up` or `down`.
    """

    order: tuple[str | bool, ...] = ()
    tighter: str = "up"


class Fixed(Struct, frozen=True):
    """A governed value that has no tighter form: a later layer may repeat it, not change it."""


Strategy: TypeAlias = Replace | Append | Set | Keyed | Exclusive | Tighten | Fixed
