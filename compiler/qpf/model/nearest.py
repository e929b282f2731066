"""Did you mean: the known word that an unknown one is most like."""

from collections.abc import Iterable

_FEW = 12


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint for a misspelt word: the nearest known one.

    Args:
        word: What was written.
        known: What could have been meant.
        otherwise: The hint where nothing is near; by default all that is known, if it is little.
    """
    from difflib import get_close_matches  # noqa: PLC0415  # slow to import, and rarely needed

    names = sorted(set(known))
    close = get_close_matches(word, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if otherwise is not None:
        return otherwise
    if 0 < len(names) <= _FEW:
        return "known: " + ", ".join(f"`{name}`" for name in names)
    return ""
