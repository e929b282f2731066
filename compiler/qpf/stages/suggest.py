"""Hints that name what was probably meant."""

from collections.abc import Collection
from difflib import get_close_matches


def did_you_mean(name: str, known: Collection[str]) -> str:
    """`did you mean x?` where a known name is close, the list of known names where it is short."""
    close = get_close_matches(name, sorted(known), n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(sorted(known))}" if known and len(known) <= 8 else ""
