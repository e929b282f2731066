"""What became of the steps of one run: as a table for people, as Markdown for a page, as data."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from qpf.model.diagnostic import Report, Severity
from qpf.render.mask import mask

_MOST = 50
"""So many findings are listed on a page; the others are counted."""

_MARKUP = re.compile(r"[\\`*_\[\]!|~#]")

HEADS = ("step", "verdict", "errors", "warnings", "what was asked")


class Step(Struct, frozen=True):
    """One step.

    Attributes:
        name: In a word.
        asked: The question it answers.
        report: What it found; None if it did not run.
        why_not: Why it did not run.
    """

    name: str
    asked: str
    report: Report | None
    why_not: str = ""

    @property
    def verdict(self) -> str:
        """`ok`, `failed`, or why there is none."""
        if self.report is None:
            return self.why_not
        return "failed" if self.report.failed else "ok"

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        found = self.report.diagnostics if self.report else ()
        return sum(each.severity is severity for each in found)

    @property
    def row(self) -> tuple[str, ...]:
        """It as a line of a table."""
        counts = (self.count(Severity.ERROR), self.count(Severity.WARNING))
        return (self.name, self.verdict, *(str(count) if self.report else "" for count in counts), self.asked)


def steps_data(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Each step as plain data."""
    return [
        {
            "name": step.name,
            "verdict": step.verdict if step.report else "not run",
            "why_not": step.why_not,
            "errors": step.count(Severity.ERROR),
            "warnings": step.count(Severity.WARNING),
        }
        for step in steps
    ]


def steps_markdown(steps: Sequence[Step], report: Report) -> str:
    """A page: the table, and the gravest findings."""
    rows = [HEADS, ("---",) * len(HEADS), *(step.row for step in steps)]
    lines = ["## qpf", "", *(f"| {' | '.join(map(_cell, row))} |" for row in rows), ""]
    found = sorted(report.diagnostics, key=lambda each: -each.severity)
    if found:
        lines += ["| where | code | finding |", "| --- | --- | --- |"]
    for each in found[:_MOST]:
        place = str(each.span) if each.span else ""
        lines.append(f"| {_cell(place)} | {each.code.id} {each.code.name} | {_cell(mask(each.message))} |")
    if len(found) > _MOST:
        lines += ["", f"… and {len(found) - _MOST} more."]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A text that is shown as it is, whoever wrote it: no end of the cell, no link, no tag, no mention."""
    return " ".join(_MARKUP.sub(r"\\\g<0>", text).replace("<", "&lt;").replace("@", "&#64;").split())
