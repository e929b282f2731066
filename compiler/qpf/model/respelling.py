"""A misspelt word put right, where only one word can have been meant: a guess, and so never a safe fix."""

from collections.abc import Collection

from qpf.model.diagnostic import Applicability, Fix, TextEdit
from qpf.model.span import Span


def respelt(span: Span | None, word: str, known: Collection[str]) -> Fix | None:
    """The fix of a word that is like one known word, and like no other.

    Args:
        span: Where it is written, plainly or in quotes.
        word: What is written.
        known: What could have been meant.
    """
    from difflib import get_close_matches  # noqa: PLC0415  # slow to import, and rarely needed

    close = get_close_matches(word, sorted(known), n=2)
    return replaced(span, word, close[0]) if len(close) == 1 else None


def replaced(span: Span | None, word: str, other: str) -> Fix | None:
    """The fix that writes another word; None where the word does not stand at the span as it is."""
    if span is None or span.line != span.end_line or not other.isascii():
        return None
    quotes = span.end_column - span.column - len(word)
    if quotes not in {0, 2}:
        return None
    inner = span._replace(column=span.column + quotes // 2, end_column=span.end_column - quotes // 2)
    edits = (TextEdit(inner, other),)
    return Fix(f"write `{other}` instead of `{word}`", edits, Applicability.UNSAFE)
