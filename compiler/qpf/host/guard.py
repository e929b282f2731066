"""The one place where plugin code runs: whatever it does wrong becomes one finding that names it.

A plugin may raise anything, leave the process, hand over garbage, report what it did not
declare or write where it may not; the rest of the run goes on. Only Ctrl-C passes through.
What a guard cannot stop is malice: a plugin is code of this process, and pinned as such.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from msgspec.structs import replace

from qpf.host.blame import crashed, too_slow
from qpf.host.forks import without_copies
from qpf.host.plugin import Registered
from qpf.host.reserved import is_fleets_code
from qpf.host.shape import kind_of
from qpf.host.stamp import stamp_artifacts, stamp_diagnostics, wrong_result
from qpf.host.stopwatch import Stopwatch, TooSlowError
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.doubt import InDoubtError
from qpf.model.extension import (
    EVERY_EMITTER,
    Command,
    EmitError,
    Emitter,
    Gate,
    Measurement,
    Pass,
    Tools,
)
from qpf.model.fleet import Agent, Environment
from qpf.model.node import Data
from qpf.model.path import Path, format_path
from qpf.model.text import Text
from qpf.syntax.template import TemplateProblem

T = TypeVar("T")

MOST_RESULTS = 100_000
"""More findings or files than this from one call are taken for a plugin that never ends."""

_CLEAN = Report()


def _overlook(_result: object) -> None:
    """Nobody wants to know what comes when."""


def run_pass(
    entry: Registered[Pass],
    environment: Environment,
    agent: Agent | None = None,
    passing: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
    stopwatch: Stopwatch | None = None,
    texts: Mapping[str, str] | None = None,
) -> Report:
    """Run a pass over an agent, or over the environment, and own up to what it reports.

    Args:
        entry: The pass.
        environment: What it is shown.
        agent: Whom it looks at, if at one.
        texts: Files that it reads, by path; None if it reads none.
        passing: What a plugin need not answer for when it raises it.
        stopwatch: How long it may take; by default as long as passes may where nobody says otherwise.
    """
    check = entry.value.check
    shown: tuple[Any, ...] = (environment,) if agent is None else (agent, environment)
    if texts is not None:
        shown = (*shown, texts)
    if entry.value.fleet_codes is not None:
        shown = (*shown, partial(is_fleets_code, taken=entry.taken))
    report = _heard(
        entry,
        lambda: check(*shown),
        _doing("checking", environment, agent),
        passing,
        stopwatch,
    )
    return _about(report, environment, agent) if report.diagnostics else report


def run_source_pass(entry: Registered[Pass], text: Text, stopwatch: Stopwatch | None = None) -> Report:
    """Run a pass over the text of an input file."""
    check = entry.value.check
    return _heard(entry, lambda: check(text), f"checking `{text.path}`", (KeyboardInterrupt,), stopwatch)


def _heard(
    entry: Registered[Pass],
    call: Callable[[], Iterable[Diagnostic]],
    doing: str,
    passing: tuple[type[BaseException], ...],
    stopwatch: Stopwatch | None,
) -> Report:
    """What a pass reports, stamped; or what it did instead."""
    watch = stopwatch or Stopwatch()
    results: list[Any] | Diagnostic
    try:
        results = watch.run(
            (entry.plugin, entry.value.name),
            partial(without_copies, lambda: _consume(entry, call(), "findings")),
        )
    except TooSlowError:
        results = too_slow(entry, watch.seconds, doing)
    except InDoubtError:
        return _CLEAN
    except passing:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
        results = crashed(entry, error, doing)
    if isinstance(results, Diagnostic):
        return Report((results,))
    return Report.of(stamp_diagnostics(entry, entry.value.codes, results)) if results else _CLEAN


def run_emitter(
    entry: Registered[Emitter],
    tools: Tools,
    environment: Environment,
    agent: Agent | None = None,
    passing: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
    seen: Callable[[object], None] = _overlook,
) -> Outcome[tuple[Artifact, ...]]:
    """Let an emitter emit an agent, or what the environment's agents share; `passing` as in `run_pass`.

    Whatever it hands over is shown to `seen` at once.

    Artifacts come stamped, in the order emitted; one that may not be written is left out.
    """
    emitter = entry.value
    results: list[Any] | Diagnostic
    try:
        results = without_copies(
            lambda: _consume(
                entry,
                emitter.emit_environment(tools, environment)
                if agent is None
                else emitter.emit_agent(tools, agent, environment),
                "artifacts",
                seen,
            )
        )
    except passing:
        raise
    except EmitError as error:
        told = (_sourced(found, error, agent) for found in error.diagnostics)
        found = stamp_diagnostics(entry, emitter.codes, told, lent=True)
        if not error.diagnostics:
            found = iter((wrong_result(entry, "raised EmitError without a finding"),))
        return Outcome((), _about(Report.of(found), environment, agent))
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
        results = crashed(entry, error, _doing("emitting", environment, agent))
    if isinstance(results, Diagnostic):
        return Outcome((), _about(Report((results,)), environment, agent))
    artifacts, findings = stamp_artifacts(entry, agent.name if agent is not None else "", results)
    return Outcome(artifacts, _about(Report.of(findings), environment, agent))


def _sourced(found: Diagnostic, error: EmitError, agent: Agent | None) -> Diagnostic:
    """A finding of a template, with the place where the value is set that it fails on."""
    problem = error.__cause__
    if agent is None or not isinstance(problem, TemplateProblem):
        return found
    path = _path_of(problem.value, agent.values) if isinstance(problem.value, Mapping) else None
    if not path:
        return found
    note = Note(f"{format_path(path)} of agent {agent.name} is set here", agent.span(*path))
    return replace(found, notes=(*found.notes, note))


def _path_of(value: object, values: Data) -> Path | None:
    """Where a value stands in others: it itself, not one that is equal."""
    if values is value:
        return ()
    entries: Iterable[tuple[str | int, Data]] = ()
    if isinstance(values, Mapping):
        entries = values.items()
    elif isinstance(values, tuple):
        entries = enumerate(values)
    for key, each in entries:
        path = _path_of(value, each)
        if path is not None:
            return (key, *path)
    return None


def run_gate(
    entry: Registered[Gate], root: str, folder: str, artifacts: Iterable[Artifact]
) -> Outcome[tuple[Measurement, ...]]:
    """Let a gate judge those artifacts that its emitter wrote."""
    gate = entry.value
    judged = tuple(artifact for artifact in artifacts if gate.target in {EVERY_EMITTER, artifact.emitter})
    outcome = attempt(
        entry,
        "judging emitted files",
        lambda: _consume(entry, gate.check(root, folder, judged), "measurements"),
    )
    results = outcome.value
    if results is None:
        return Outcome((), outcome.report)
    if isinstance(results, Diagnostic):
        return Outcome((), Report((results,)))
    good = tuple(result for result in results if type(result) is Measurement)
    bad = [result for result in results if type(result) is not Measurement]
    report = (
        Report((wrong_result(entry, f"handed over {kind_of(bad[0])}, not a Measurement"),)) if bad else _CLEAN
    )
    return Outcome(good, report)


def read_templates(entry: Registered[Emitter]) -> Outcome[Mapping[str, str]]:
    """The template texts that an emitter brings along."""

    def read() -> dict[str, str] | None:
        texts: dict[Any, Any] = dict(entry.value.templates())
        return texts if all(type(part) is str for item in texts.items() for part in item) else None

    outcome = attempt(entry, "reading its templates", read)
    if outcome.value is None and not outcome.report.failed:
        return Outcome({}, Report((wrong_result(entry, "has templates that are not text by name"),)))
    return Outcome(outcome.value or {}, outcome.report)


def read_engines(entry: Registered[Pass]) -> Mapping[str, str]:
    """What a pass stands on, with versions; nothing where it cannot say, as it will when it runs."""

    def read() -> dict[str, str]:
        told: dict[Any, Any] = dict(entry.value.engines())
        return {str(name): str(version) for name, version in told.items()}

    return attempt(entry, "naming its engines", read).value or {}


def load_command(entry: Registered[Command]) -> Outcome[Any | None]:
    """The click command behind a plugin's subcommand."""
    return attempt(entry, "loading the command", entry.value.load)


def attempt(entry: Registered[Any], doing: str, call: Callable[[], T]) -> Outcome[T | None]:
    """Call any other code of a plugin; None with a finding if it raises."""
    try:
        return Outcome(without_copies(call))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
        return Outcome(None, Report((crashed(entry, error, doing),)))


def _consume(
    entry: Registered[Any], results: Any, what: str, seen: Callable[[object], None] = _overlook
) -> list[Any] | Diagnostic:
    """Everything that a plugin hands over; a generator runs here, inside the guard."""
    if isinstance(results, str | bytes | Mapping) or not hasattr(results, "__iter__"):
        return wrong_result(entry, f"returned {kind_of(results)}, not {what}")
    found = []
    try:
        for result in islice(results, MOST_RESULTS + 1):
            seen(result)
            found.append(result)
    except InDoubtError:
        return found  # all that can be told of an agent that has errors
    if len(found) > MOST_RESULTS:
        return wrong_result(entry, f"handed over more than {MOST_RESULTS} {what}")
    return found


def _doing(verb: str, environment: Environment, agent: Agent | None) -> str:
    where = f"environment `{environment.name}`"
    return f"{verb} {where}" if agent is None else f"{verb} agent `{agent.name}` in {where}"


def _about(report: Report, environment: Environment, agent: Agent | None) -> Report:
    return report.about(subject=agent.name if agent is not None else "", environment=environment.name)
