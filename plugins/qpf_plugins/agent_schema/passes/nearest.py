"""Guesses which known name somebody meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names the nearest of the known names; `otherwise` where none is near."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"did you mean {near[0]}?" if near else otherwise
