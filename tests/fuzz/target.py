"""What every mutated fleet goes through: all that a person may ask of it, in memory."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, NoReturn
from unittest.mock import patch

from qpf import pipeline
from qpf.fixing.fixes import fixes
from qpf.formatting.fleet import layout_of, misformed
from qpf.formatting.form import same
from qpf.gitops.migrate import rewritten
from qpf.host.registry import Registry, load_registry
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Outcome, Report
from qpf.model.node import to_data
from qpf.render.github import render_github
from qpf.render.gitlab import render_gitlab
from qpf.render.json import findings
from qpf.render.sarif import Telling, render_sarif
from qpf.render.steps import Step, steps_markdown
from qpf.render.text import render_text
from qpf.syntax.reader import read_yaml
from tests.fuzz.inputs import Files, InMemory

SECONDS = 5.0
"""Of this process's own time, so that a busy machine is no hang."""

WALL_SECONDS = 120.0
"""Of anybody's time, for what waits, for the engine of constraints for instance, and takes none itself."""

OURS = ("QPF00", "QPF303")
"""Findings that say that a plugin is at fault: of built-in ones that is a bug."""


class Hang(Exception):  # noqa: N818  # what happened, not an error of the fleet
    """It takes longer than a person waits."""


@cache
def _registry(plugins: Any) -> Outcome[Registry]:
    return load_registry(plugins)


@contextmanager
def limited(seconds: float = SECONDS, wall_seconds: float = WALL_SECONDS) -> Iterator[None]:
    """End what runs too long, or waits too long, wherever it is."""

    def late(number: int, _: object) -> NoReturn:
        took = f"{seconds} s of its own" if number == signal.SIGVTALRM else f"{wall_seconds} s"
        message = f"still running after {took}"
        raise Hang(message)

    limits = (
        (signal.ITIMER_VIRTUAL, signal.SIGVTALRM, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, wall_seconds),
    )
    before = [signal.signal(number, late) for _, number, _ in limits]
    for timer, _, limit in limits:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for timer, _, _ in limits:
            signal.setitimer(timer, 0)
        for (_, number, _), handler in zip(limits, before, strict=True):
            signal.signal(number, handler)


def survives(files: Files) -> Report:
    """Ask everything of a fleet; raises if anything but findings or success comes of it."""
    with patch.object(pipeline, "load_registry", _registry), limited():
        report = _line(files)
    _shown(report, files)
    return report


def _line(files: Files) -> Report:
    loaded = pipeline.load(InMemory(files), today="2026-11-26")
    workspace = loaded.value
    assert workspace is not None
    report = loaded.report
    names = workspace.configuration.environments if workspace.configuration else ()
    checked = [pipeline.check(workspace, name) for name in names]
    report = Report.join((report, *(each.report for each in checked)))
    if not report.failed:
        report = Report.join((report, *(pipeline.build(workspace, each.value).report for each in checked)))
    fixes(workspace, loaded.report, today="2026-11-26")
    _migrate(workspace)
    _format(workspace)
    return report


def _migrate(workspace: Workspace) -> None:
    if workspace.history is not None:
        sources = {source.path: source for source in workspace.sources}
        rewritten(workspace.documents, sources, workspace.history)


def _format(workspace: Workspace) -> None:
    for source in workspace.sources:
        _formats(source.path, source.content)


@lru_cache(maxsize=1024)
def _formats(path: str, content: bytes) -> None:
    """Of a file most of which are as they were in the last input: asked once of each content."""
    layout = layout_of(_registry(None).value)
    for once in misformed(InMemory({path: content}).sources().value, layout).value:
        again = misformed(InMemory({path: once.after}).sources().value, layout)
        assert not again.value, path
        before, after = (read_yaml(path, text).value for text in (once.before, once.after))
        assert before is not None
        assert after is not None
        assert same(to_data(before), to_data(after)), path


def _shown(report: Report, files: Files) -> None:
    """Every form of the findings, and that each has a place and is about the fleet."""
    for found in report.diagnostics:
        assert not found.code.id.startswith(OURS), f"{found.code.id} {found.message}"
        assert found.span is not None, found.message
    with limited():
        render_text(report, files, colour=True)
        render_sarif(report, files, Telling("0", "a/b"))
        render_github(report, folder="a")
        findings(report)
        render_gitlab(report, files)
        steps_markdown([Step("valid", "?", report)], report)
