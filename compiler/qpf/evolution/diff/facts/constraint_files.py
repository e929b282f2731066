"""Files of constraints: what they ask is known to their engine only; that it changed is seen here."""

from collections.abc import Iterator, Mapping

from qpf.evolution.diff.facts.fact import Fact
from qpf.model.schema_change import Direction
from qpf.model.span import start_of
from qpf.syntax.cue import cue_tokens
from qpf.syntax.placed import UnreadableTextError


def constraint_files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, Fact]]:
    """Files whose constraints differ, by path; comments and layout ask nothing.

    Args:
        old: Texts by path on the earlier side.
        new: The same on the later one.
    """
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before is not None and after is not None and _said(before) == _said(after):
            continue
        direction: Direction = "added" if before is None else "removed" if after is None else "changed"
        yield (
            path,
            Fact(
                kind="constraint-file", direction=direction,
                old_span=None if before is None else start_of(path),
                new_span=None if after is None else start_of(path),
            ),
        )  # fmt: skip


def _said(text: str) -> object:
    """A text without comments and layout; one that cannot be read as it is."""
    try:
        return [(token.kind, text[token.start : token.end]) for token in cue_tokens(text)]
    except UnreadableTextError:
        return text
