"""How far a version has to rise, and what for."""

from collections.abc import Sequence

from qpf.model.version import order

_MOST = 3


def next_major(version: str) -> str:
    """The next version that may break documents; below 1.0.0 a minor one may."""
    major, minor, _ = order(version)
    return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"


def places(broken: Sequence[str]) -> str:
    """Some of the places where documents break, in a sentence."""
    named = ", ".join(f"`{each}`" for each in broken[:_MOST])
    return f"{named} and {len(broken) - _MOST} more" if len(broken) > _MOST else named
