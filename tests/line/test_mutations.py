"""Whatever a slip of the keyboard makes of a fleet: findings or output, never a crash."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpf import pipeline
from qpf.io.worktree import WorkTree
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest
from qpf.model.fleet import Source

FLEETS = Path(__file__).parent.parent / "fleets"
OURS = ("QPF00", "QPF303")
"""Findings that say that a plugin is at fault: of built-in ones that is a bug."""

TOKENS = (
    b"null", b"[]", b"{}", b"true", b"1", b"-1", b"1.5", b'""', b"~", b"[a]", b"{a: b}", b"[[]]", b"- ", b":",
    b"#", b"\t", b"&a ", b"*a", b"!!str ", b"99999999999", b"'", b"2024-01-02", b"no", b"\xff", b"{{ x }}",
)  # fmt: skip


class Slip(NamedTuple):
    """One mistake in one file; numbers are taken modulo what there is."""

    file: int
    line: int
    column: int
    kind: str
    token: bytes


class Typed(NamedTuple):
    """A fleet held in memory."""

    files: tuple[Source, ...]

    def sources(self) -> Outcome[tuple[Source, ...]]:
        return Outcome(self.files)


slips = st.lists(
    st.builds(
        Slip,
        st.integers(0, 99),
        st.integers(0, 199),
        st.integers(0, 99),
        st.sampled_from(("delete", "repeat", "replace", "insert", "drop", "indent")),
        st.sampled_from(TOKENS),
    ),
    min_size=1,
    max_size=3,
)


@cache
def fleet(name: str) -> tuple[Source, ...]:
    return tuple(each for each in WorkTree(FLEETS / name).sources().value if each.path.endswith(".yaml"))


def slipped(files: tuple[Source, ...], slip: Slip) -> tuple[Source, ...]:
    index = slip.file % len(files)
    lines = files[index].content.split(b"\n")
    at = slip.line % len(lines)
    line = lines[at]
    column = slip.column % (len(line) + 1)
    match slip.kind:
        case "delete":
            del lines[at]
        case "repeat":
            lines.insert(at, lines[slip.column % len(lines)])
        case "replace":
            lines[at] = line.split(b":")[0] + b": " + slip.token
        case "insert":
            lines[at] = line[:column] + slip.token + line[column:]
        case "drop":
            lines[at] = line[:column] + line[column + 1 :]
        case _:
            lines[at] = b"  " + line
    content = b"\n".join(lines)
    changed = Source(files[index].path, content, digest(content))
    return (*files[:index], changed, *files[index + 1 :])


def compiles_or_says_why(name: str, mistakes: list[Slip]) -> None:
    files = fleet(name)
    for slip in mistakes:
        files = slipped(files, slip)
    loaded = pipeline.load(Typed(files))
    assert loaded.value is not None
    report = loaded.report
    configuration = loaded.value.configuration
    for environment in configuration.environments if configuration else ():
        checked = pipeline.check(loaded.value, environment)
        report += checked.report
        if not report.failed:
            report += pipeline.build(loaded.value, checked.value).report
    places_are_known(report)


def places_are_known(report: Report) -> None:
    for found in report.diagnostics:
        assert not found.code.id.startswith(OURS), found.message
        assert found.span is not None, found.message


@given(st.sampled_from(("flat", "mesh", "tiny")), slips)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_slip_ends_in_findings_with_a_place(name: str, mistakes: list[Slip]) -> None:
    compiles_or_says_why(name, mistakes)


@pytest.mark.hunt
@given(st.sampled_from(("flat", "mesh", "tiny")), slips)
@settings(max_examples=20_000, deadline=None)
def test_many_slips_end_in_findings_with_a_place(name: str, mistakes: list[Slip]) -> None:
    compiles_or_says_why(name, mistakes)
