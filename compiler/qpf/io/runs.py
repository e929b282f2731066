"""The run history: what compiles did and what `qpf test` measured, kept in `.qpf/runs.sqlite`.

It follows a compile like any other sink: it listens, and writes once, in one transaction, when the run has
ended. It never fails a compile; what it could not keep it says in one sentence when it is closed.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from qpf.io.workshop import WORKSHOP
from qpf.model.event import (
    Event,
    ExtractionFinished,
    Planned,
    RunFinished,
    RunStarted,
    StageFinished,
)
from qpf.model.extension import Measurement
from qpf.model.run import Dependencies, HistoryError, Judged, Recorded, Run, Tally

if TYPE_CHECKING:
    import sqlite3

PATIENCE = 1.0
"""Seconds that a compile waits for another one to write its history."""

MEASURED = re.compile(r"(\d+(?:\.\d+)?)(?: (%)| or more| of \d+(?: .*)?)?")
"""The number in a gate's words: `93 %`, `0`, `1 or more`, `3 of 12 valid`."""


@dataclass(slots=True)
class _Draft:
    """A run that goes on."""

    begun: RunStarted
    started: float
    at: float = 0.0
    kept: Counter[str] = field(default_factory=Counter)
    extracted: list[ExtractionFinished] = field(default_factory=list)
    stages: dict[tuple[str, str], float] = field(default_factory=dict)
    planned: dict[str, Planned] = field(default_factory=dict)


class History:
    """Keeps what it is told of compiles, and tells of them again."""

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.time, patience: float = PATIENCE
    ) -> None:
        """Follow compiles.

        Args:
            path: The file, made when there is something to keep.
            clock: Tells the seconds since 1970.
            patience: Seconds to wait for somebody else who writes.
        """
        self._path = path
        self._clock = clock
        self._patience = patience
        self._draft: _Draft | None = None
        self._said: list[str] = []

    @classmethod
    def of(cls, root: Path) -> "History":
        """The history of a fleet."""
        return cls(root / WORKSHOP / "runs.sqlite")

    def __call__(self, event: Event) -> None:
        """Take an event; at the end of a run, keep the run."""
        if isinstance(event, RunStarted):
            self._keep(None)
            self._draft = _Draft(event, self._clock() - event.at)
        elif self._draft is not None:
            draft = self._draft
            draft.at = event.at
            if isinstance(event, ExtractionFinished):
                if event.origin == "kept" and not event.error:
                    draft.kept[event.environment] += 1
                else:
                    draft.extracted.append(event)
            elif isinstance(event, StageFinished):
                key = (event.environment, event.stage)
                draft.stages[key] = draft.stages.get(key, 0.0) + event.seconds
            elif isinstance(event, Planned):
                draft.planned[event.environment] = event
            elif isinstance(event, RunFinished):
                self._keep(event)

    def close(self) -> str:
        """Keep a run that did not come to its end; returns what could not be kept, and why."""
        self._keep(None)
        said, self._said = "; ".join(dict.fromkeys(self._said)), []
        return said

    def record_measurements(self, rows: Iterable[tuple[str, str, Measurement]]) -> str:
        """Keep what `qpf test` measured.

        Args:
            rows: Environment, gate, and what the gate measured.

        Returns:
            One sentence about why it could not be kept, or nothing.
        """
        judged = [_judged(*row) for row in rows]
        if not judged:
            return ""
        started = self._clock()
        from qpf.io import runs_file, runs_rows

        return runs_file.write(
            self._path, lambda connection: runs_rows.add_test(connection, started, judged), self._patience
        )

    def estimate(self, environment: str, agents: Collection[str]) -> Mapping[str, float]:
        """Seconds each of these agents usually takes, of those that were ever built; never fails."""
        from qpf.io import runs_file, runs_rows

        try:
            with runs_file.reading(self._path, self._patience) as connection:
                if connection is None:
                    return {}
                found = {agent: runs_rows.seconds_of(connection, environment, agent) for agent in agents}
        except HistoryError:
            return {}
        return {agent: median(seconds) for agent, seconds in found.items() if seconds}

    def read(self, most: int = -1) -> Recorded:
        """Tell what is known, of the last so many runs; of all, if `most` is negative.

        Raises:
            HistoryError: If the history cannot be read.
        """
        from qpf.io import runs_file, runs_rows

        with runs_file.reading(self._path, self._patience) as connection:
            return Recorded() if connection is None else runs_rows.read(connection, most)

    def _keep(self, end: RunFinished | None) -> None:
        draft, self._draft = self._draft, None
        if draft is None:
            return
        from qpf.io import runs_file, runs_rows

        run = _run(draft, end)
        built = [each for each in draft.extracted if each.origin == "built" and not each.error]
        plans = [
            Dependencies(name, {agent: planned.dependencies.get(agent, ()) for agent in planned.agents})
            for name, planned in draft.planned.items()
        ]

        def change(connection: "sqlite3.Connection") -> None:
            runs_rows.add_run(connection, run, built, plans)

        said = runs_file.write(self._path, change, self._patience)
        if said:
            self._said.append(said)


def _tallies(draft: _Draft) -> dict[str, Tally]:
    names = dict.fromkeys((*draft.begun.environments, *draft.kept))
    tallies = {name: Tally(kept=draft.kept[name]) for name in names}
    for event in draft.extracted:
        tallies[event.environment] = tallies.get(event.environment, Tally()) + _tally(event)
    return tallies


def _tally(event: ExtractionFinished) -> Tally:
    outcome = "failed" if event.error else event.origin
    built = outcome == "built"
    return Tally(
        **{outcome: 1},
        busy_seconds=event.seconds,
        built_seconds=event.seconds if built else 0.0,
        cpu_seconds=event.cpu_seconds,
        memory_bytes=event.memory_bytes,
        files=event.files if built else 0,
        tests=event.tests if built else 0,
        lines=event.lines if built else 0,
    )


def _run(draft: _Draft, end: RunFinished | None) -> Run:
    return Run(
        run=draft.begun.run,
        started=draft.started,
        seconds=draft.at if end is None else end.seconds,
        jobs=draft.begun.jobs,
        finished=end is not None,
        succeeded=end is not None and end.succeeded,
        written=0 if end is None else end.written,
        removed=0 if end is None else end.removed,
        unchanged=0 if end is None else end.unchanged,
        tallies=_tallies(draft),
        stages=draft.stages,
    )


def _judged(environment: str, gate: str, each: Measurement) -> Judged:
    found = MEASURED.fullmatch(each.value)
    return Judged(
        test=0,
        environment=environment,
        gate=gate,
        agent=each.subject,
        name=each.name,
        value=float(found[1]) if found else None,
        unit=(found[2] or "") if found else "",
        threshold=each.threshold,
        passed=each.passed,
    )
