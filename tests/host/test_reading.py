"""Passes over texts see every source, and one that fails is one finding that names it."""

from collections.abc import Iterator

import pytest

from qpf.api import Code, Diagnostic, Pass, Severity, Text
from qpf.host.plugin import Registered
from qpf.host.reading import read_over
from qpf.host.registry import Registry
from qpf.host.stopwatch import Stopwatch
from qpf.host.workspace import Workspace
from qpf.model.digest import digest
from qpf.model.fleet import Source
from qpf.stages.assemble import Assemblies, Library
from qpf.stages.parse import Documents
from qpf.stages.schema import Schema

FOUND = Code("ACM501", "found", Severity.WARNING, "Found.")
BYTES = {"agents/a.yaml": b"\xef\xbb\xbfone\r\ntwo X\r\n", "agents/b.yaml": b"caf\xe9 X\nX", "c.py": b""}


def sources() -> tuple[Source, ...]:
    return tuple(Source(path, content, digest(content)) for path, content in BYTES.items())


def workspace(check: object) -> Workspace:
    rule = Pass("seek", 5, (FOUND,), check, scope="source")  # type: ignore[arg-type]  # hostile on purpose
    registry = Registry(passes=(Registered("acme", rule),))
    nothing = Assemblies({}, Library(Documents(), {}, {}, {}))
    return Workspace(registry, sources(), Documents(), None, Schema.of(()), None, nothing, {})


def seek(text: Text) -> Iterator[Diagnostic]:
    at = text.content.find("X")
    if at >= 0:
        yield Diagnostic(FOUND, "an X", text.span(at, at + 1))


def test_every_source_is_seen_and_places_count_from_one_in_code_points() -> None:
    found = read_over(workspace(seek)).report.diagnostics
    assert [str(each.span) for each in found] == ["agents/a.yaml:2:5", "agents/b.yaml:1:6"]
    assert {each.plugin for each in found} == {"acme"}


def crash(_text: Text) -> Iterator[Diagnostic]:
    raise ValueError


def leave(_text: Text) -> Iterator[Diagnostic]:
    raise SystemExit(0)


def garbage(_text: Text) -> object:
    return 7


@pytest.mark.parametrize("check", [crash, leave, garbage])
def test_a_pass_that_fails_is_one_finding_for_all_files(check: object) -> None:
    (found,) = read_over(workspace(check)).report.diagnostics
    assert found.plugin == "acme"
    assert "`seek` of plugin `acme`" in found.message


def hang(_text: Text) -> list[Diagnostic]:
    while True:
        pass


def test_a_pass_that_never_ends_is_ended_and_named() -> None:
    slow = workspace(hang)
    vars(slow)["stopwatch"] = Stopwatch(0.05)
    (found,) = read_over(slow).report.diagnostics
    assert found.code.name == "pass-too-slow"
    assert "`seek` of plugin `acme`" in found.message
