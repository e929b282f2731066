"""`qpf test`: the quality gates over what the sources compile to.

Gates judge a copy: what is compiled now, not what happens to lie in the folder, and no tool
leaves its caches among committed files.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from qpf import inspection
from qpf.cli import options
from qpf.cli.constraints import constraints
from qpf.cli.exit import CLEAN, FINDINGS, status
from qpf.cli.fleet import Fleet, open_fleet
from qpf.cli.output import leave, note, reserved_stdout, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.cli.sinks import sinks_of
from qpf.gitops.mentions import Mention
from qpf.host.guard import run_gate
from qpf.io.job import Job
from qpf.io.lockfile import write_lock
from qpf.io.publish import publish
from qpf.io.runs import History
from qpf.model.artifact import Artifact
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Report
from qpf.model.event import Event, RunFinished, RunStarted, StageFinished
from qpf.model.extension import EVERY_EMITTER, Measurement
from qpf.model.path import format_path

Row = tuple[str, str, Measurement, tuple[Mention, ...]]
"""Environment, gate, what the gate measured, and the source lines behind what it speaks of."""


@click.group(invoke_without_command=True)
@options.environments
@options.agents
@options.output("text", "json")
@click.pass_context
def test(context: click.Context, environments: tuple[str, ...], agents: tuple[str, ...], form: str) -> None:
    """Run the quality gates over what is compiled.

    The environments are compiled to a temporary folder and judged there by every gate of their
    targets. Exits with 1 if any measurement misses its threshold.

    A command tests something else instead.
    """
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    fleet = open_fleet(session, form, environments=environments, agents=agents)
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    report = outcome.report
    rows: list[Row] = []
    with _traced(fleet, rows) as gates, TemporaryDirectory(prefix="qpf-test-") as place:
        for compiled in outcome.value:
            report += _copy(compiled, Path(place))
            with gates(compiled.environment.name):
                report += _judge(fleet, compiled, Path(place) / compiled.environment.name, rows)
    _show(fleet, rows, report)
    unkept = History.of(session.root).record_measurements(row[:3] for row in rows)
    if unkept:
        note(unkept)
    verdict = status(report)
    missed = any(not measurement.passed for _, _, measurement, _ in rows)
    leave(FINDINGS if missed and verdict == CLEAN else verdict)


test.add_command(constraints)


def _copy(compiled: Compiled, place: Path) -> Report:
    """Write an environment to a folder of its own."""
    outputs = [artifact.output for artifact in compiled.artifacts]
    folder = place / compiled.environment.name
    return publish(Job(folder, outputs, compiled.content, write_lock(compiled.lock), None)).report


@contextmanager
def _traced(fleet: Fleet, rows: Iterable[Row]) -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Tell those who trace compiles of the gates too: one run, and each environment while its gates judge."""
    opened = sinks_of(fleet.session.root, fleet.workspace, traces_only=True)
    if opened.report.failed:
        fleet.finish(opened.report)
    began = time.monotonic()

    def tell(event: Event) -> None:
        for sink in opened.value:
            sink(event)

    @contextmanager
    def gates(environment: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        now = time.monotonic()
        seconds = now - started
        tell(StageFinished(at=now - began, stage="gates", environment=environment, seconds=seconds))

    tell(RunStarted(run=os.urandom(8).hex(), environments=fleet.environments, jobs=1))
    try:
        yield gates
        at = time.monotonic() - began
        passed = all(measurement.passed for _, _, measurement, _ in rows)
        tell(RunFinished(at=at, succeeded=passed, written=0, removed=0, unchanged=0, seconds=at))
    finally:
        said = [sink.close() for sink in opened.value]
    for sentence in filter(None, said):
        note(sentence)


def _judge(fleet: Fleet, compiled: Compiled, folder: Path, rows: list[Row]) -> Report:
    name = compiled.environment.name
    chosen = _chosen(compiled.artifacts, fleet.agents)
    targets = compiled.environment.settings.targets
    report = Report()
    for entry in fleet.workspace.registry.gates:
        if entry.value.target not in {EVERY_EMITTER, *targets}:
            continue
        note(f"{name}: {entry.value.name}")
        artifacts = compiled.artifacts if entry.value.scope == "environment" else chosen
        with reserved_stdout():
            outcome = run_gate(entry, str(fleet.session.root), str(folder), artifacts)
        report += outcome.report.about(environment=name)
        for measurement in outcome.value:
            detail = "" if measurement.passed else measurement.detail
            with reserved_stdout():
                sources = inspection.sources_of(fleet.workspace, compiled, detail) if detail else ()
            rows.append((name, entry.value.name, measurement, sources))
    return report


def _chosen(artifacts: Iterable[Artifact], agents: frozenset[str]) -> tuple[Artifact, ...]:
    """Those of the chosen agents; with none chosen, all."""
    return tuple(artifact for artifact in artifacts if not agents or artifact.subject in agents)


def _show(fleet: Fleet, rows: Iterable[Row], report: Report) -> None:
    if fleet.form == "json":
        show_json({"measurements": [_data(*row) for row in rows]}, report)
        return
    show_report(report, sources=fleet.sources)
    rows = list(rows)
    show_table(
        ("environment", "gate", "agent", "measured", "value", "threshold", ""),
        [
            (
                name,
                gate,
                each.subject or "-",
                each.name,
                each.value,
                each.threshold,
                "ok" if each.passed else "MISSED",
            )
            for name, gate, each, _ in rows
        ],
    )
    for name, gate, each, sources in rows:
        if not each.passed and each.detail:
            note(f"\n{name}: {gate}: {each.subject or 'all'}: {each.name}\n{each.detail.rstrip()}")
            for one in sources:
                note(f"note: {one.artifact}:{one.line} comes from {format_path(one.path)}, {one.span}")


def _data(environment: str, gate: str, each: Measurement, sources: Iterable[Mention]) -> dict[str, Any]:
    return {
        "environment": environment,
        "gate": gate,
        "agent": each.subject,
        "name": each.name,
        "value": each.value,
        "threshold": each.threshold,
        "passed": each.passed,
        "detail": each.detail,
        "sources": [
            {
                "artifact": one.artifact,
                "artifact_line": one.line,
                "path": format_path(one.path),
                "file": one.span.source,
                "line": one.span.line,
                "column": one.span.column,
            }
            for one in sources
        ],
    }
