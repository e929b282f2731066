"""Documents in the middle of being written: read as far as they make sense.

A text that is no YAML yet is read without the lines that keep it from being some, so that everything else
keeps its place. What comes out is good for finding one's way, not for judging.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from qpf.model.diagnostic import Outcome, Report
from qpf.model.node import Mapping
from qpf.syntax.reader import read_yaml

LARGEST = 200_000
"""Characters of a text that is looked at more than once; whoever asks waits for it."""

_CHARACTERS = 1_000_000
"""So many are read in all: a long text is given up sooner."""

_MOST_LINES = 12
_KEY = re.compile(r"(\s*(?:- +)*[\w.-]+:)\s")


def mended(text: str, keep: int = -1) -> Mapping | None:
    """The tree of a text, of as many of its lines as make one; None if nothing does.

    Args:
        text: The text.
        keep: A line that must stay as it is, from 0.
    """
    lines = text.split("\n")
    mending = _Mending(keep, _CHARACTERS // max(len(text), 1) if len(text) <= LARGEST else 0)
    outcome = _read(lines)
    for _ in range(_MOST_LINES):
        if outcome.value is not None:
            return outcome.value
        better = mending.step(lines, outcome.report)
        if better is None:
            return None
        lines, outcome = better
    return outcome.value


@dataclass
class _Mending:
    """Changes one line at a time.

    Attributes:
        keep: A line that must stay as it is, from 0.
        left: How often a text may still be read.
    """

    keep: int
    left: int

    def step(self, lines: list[str], report: Report) -> tuple[list[str], Outcome[Mapping | None]] | None:
        """The lines with one of them changed, so that reading gets furthest; None if none is left."""
        best = None
        furthest = -1
        for number in self._blamed(lines, report):
            for line in _without(lines[number]):
                if self.left <= 0:
                    return best
                self.left -= 1
                changed = [*lines[:number], line, *lines[number + 1 :]]
                outcome = _read(changed)
                if outcome.value is not None:
                    return changed, outcome
                reached = max((each.span.line for each in outcome.report.diagnostics if each.span), default=0)
                if reached > furthest:
                    best, furthest = (changed, outcome), reached
        return best

    def _blamed(self, lines: list[str], report: Report) -> Iterator[int]:
        """Lines that may be at fault: those that findings name, those before, and those with half a quote."""
        seen = {self.keep}
        for found in report.diagnostics:
            for span in (found.span, *(note.span for note in found.notes)):
                number = min(span.line, len(lines)) - 1 if span is not None else -1
                for _ in range(2):
                    while number >= 0 and (not lines[number] or number == self.keep):
                        number -= 1
                    if number >= 0 and number not in seen:
                        seen.add(number)
                        yield number
                    number -= 1
        odd = (number for number, line in enumerate(lines) if line.count('"') % 2 or line.count("'") % 2)
        yield from islice((number for number in odd if number not in seen), _MOST_LINES)


def _read(lines: list[str]) -> Outcome[Mapping | None]:
    return read_yaml("", "\n".join(lines).encode("utf-8", "replace"))


def _without(line: str) -> Iterator[str]:
    """What may be left of a line: its key, or nothing."""
    key = _KEY.match(f"{line} ")
    if key is not None and key[1] != line.rstrip():
        yield key[1]
    yield ""
