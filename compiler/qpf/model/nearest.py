"""Did you mean: the known word that an unknown one is most like."""

import re
from collections.abc import Iterable
from operator import ne

_FEW = 12
_ID = re.compile(r"[A-Z]{2,8}\d{2,5}")


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


def nearest_code(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is no code: one digit of an id may be wrong, or a name misspelt."""
    if not _ID.fullmatch(word):
        return did_you_mean(word, (each for each in known if not _ID.fullmatch(each)), "")
    ids = sorted(each for each in known if _ID.fullmatch(each))
    close = [each for each in ids if _differ(word, each) == 2 and sorted(word) == sorted(each)]  # noqa: PLR2004  # two digits that changed places
    close = close or [each for each in ids if _differ(word, each) == 1]
    return f"did you mean {' or '.join(f'`{each}`' for each in close)}?" if 0 < len(close) <= _FEW else ""


def _differ(one: str, other: str) -> int:
    """In how many places two words of the same length differ; else in all."""
    return sum(map(ne, one, other)) if len(one) == len(other) else len(one)
