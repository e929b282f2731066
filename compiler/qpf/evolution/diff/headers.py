"""What schemas say beside their fields: what they are called, composed of, and where they lie."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qpf.evolution.diff.fact import Fact

if TYPE_CHECKING:
    from qpf.evolution.diff.contract import Subject


def headers(old: "Subject | None", new: "Subject | None") -> Iterator[Fact]:
    """Differences beside the fields; None: there is no such schema."""
    del old, new
    yield from ()
