"""The case of a code: a session in `tests/cases` that prints a finding of it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from qpf.api import Code

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases"
TOLD = re.compile(r"^(?:\S+: |[a-z ,\w]+: )?(?:error|warning|note)\[(?P<code>[A-Z]{3}\d{3}) [a-z0-9-]+\]: ")
ANNOTATED = re.compile(r"^::(?:error|warning|notice) .*?title=(?P<code>[A-Z]{3}\d{3}) ")
TOGETHER = "broken/"
MOST_BLOCKS = 2


class Case(NamedTuple):
    """What shows a code.

    Attributes:
        name: The folder below `tests/cases`.
        commands: What is typed, up to the command that finds it.
        blocks: What is printed of the code.
        others: How many other findings are printed beside it.
    """

    name: str
    commands: tuple[str, ...]
    blocks: tuple[str, ...]
    others: int


def case_of(code: Code) -> Case | None:
    """The case that shows a code best: named for it, else with the fewest other findings."""
    found = cases().get(code.id, [])
    named = [case for case in found if case.name.endswith(f"/{code.name}")]
    return min(
        named or found,
        key=lambda case: (case.name.startswith(TOGETHER), case.others, case.name),
        default=None,
    )


@cache
def cases() -> dict[str, list[Case]]:
    """Every case of every code, by its id."""
    known: dict[str, list[Case]] = {}
    for session in sorted(CASES.rglob("session.txt")):
        name = session.parent.relative_to(CASES).as_posix()
        seen: set[str] = set()
        commands: list[str] = []
        for command, printed in steps(session.read_text(encoding="utf-8")):
            commands.append(command)
            blocks = list(told(printed))
            for code in {code for code, _ in blocks} - seen:
                seen.add(code)
                mine = [block.rstrip() for other, block in blocks if other == code]
                case = Case(name, tuple(commands), tuple(mine[:MOST_BLOCKS]), len(blocks) - len(mine))
                known.setdefault(code, []).append(case)
    return known


def told(printed: str) -> Iterator[tuple[str, str]]:
    """The findings in what a command prints, each with its code."""
    for block in printed.split("\n\n"):
        if match := TOLD.match(block):
            yield match["code"], block
    for line in printed.splitlines():
        if match := ANNOTATED.match(line):
            yield match["code"], line


def steps(session: str) -> list[tuple[str, str]]:
    """A session's commands, each with what it prints."""
    found: list[tuple[str, list[str]]] = []
    for line in session.splitlines():
        if line.startswith("$ "):
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(printed)) for command, printed in found]
