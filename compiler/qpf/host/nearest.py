"""Did you mean: the known word that an unknown one is most like."""

from collections.abc import Iterable

_FEW = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a misspelt word: the nearest known one, or all of them when there are few."""
    from difflib import get_close_matches  # noqa: PLC0415  # slow to import, and rarely needed

    names = sorted(set(known))
    close = get_close_matches(word, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if 0 < len(names) <= _FEW:
        return "known: " + ", ".join(f"`{name}`" for name in names)
    return ""
