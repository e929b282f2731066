"""The rows of the run history: values to SQL and back, and how many of them are kept."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from msgspec.structs import astuple

from qpf.model.event import ExtractionFinished
from qpf.model.run import Builds, Dependencies, Judged, Recorded, Run, Tally

KEPT_RUNS = 1000
KEPT_BUILDS = 20
"""Of each agent in each environment."""
KEPT_TESTS = 50

_FIGURES = Tally.__struct_fields__
"""In the order of the columns."""

_MOST = 1e15
"""More than any figure, seconds since 1970 and bytes included; infinity is more."""

_OLDER_RUNS = "DELETE FROM run WHERE id <= (SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET ?)"
_OLDER_TESTS = "DELETE FROM test WHERE id <= (SELECT id FROM test ORDER BY id DESC LIMIT 1 OFFSET ?)"
_OLDER_BUILDS = (
    "DELETE FROM build WHERE environment = ?1 AND agent = ?2 AND run <= (SELECT run FROM build"
    " WHERE environment = ?1 AND agent = ?2 ORDER BY run DESC LIMIT 1 OFFSET ?3)"
)


def add_run(
    connection: sqlite3.Connection,
    run: Run,
    built: Sequence[ExtractionFinished],
    plans: Iterable[Dependencies],
) -> None:
    """Add a run, and forget what is too old."""
    number = connection.execute(
        "INSERT INTO run (run, started, seconds, jobs, finished, succeeded, written, removed, unchanged)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.run,
            run.started,
            run.seconds,
            run.jobs,
            run.finished,
            run.succeeded,
            run.written,
            run.removed,
            run.unchanged,
        ),
    ).lastrowid
    connection.executemany(
        "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, name, *astuple(tally)) for name, tally in run.tallies.items()],
    )
    connection.executemany(
        "INSERT INTO stage VALUES (?, ?, ?, ?)",
        [(number, name, stage, seconds) for (name, stage), seconds in run.stages.items()],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO build VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                each.environment,
                each.agent,
                number,
                each.seconds,
                each.cpu_seconds,
                each.memory_bytes,
                each.files,
                each.lines,
            )
            for each in built
        ],
    )
    connection.executemany(
        "INSERT INTO plan VALUES (?, ?) ON CONFLICT (environment) DO UPDATE"
        " SET agents = excluded.agents WHERE agents <> excluded.agents",
        [(plan.environment, json.dumps(plan.agents)) for plan in plans],
    )
    connection.executemany(_OLDER_BUILDS, [(each.environment, each.agent, KEPT_BUILDS) for each in built])
    connection.execute(_OLDER_RUNS, (KEPT_RUNS,))


def add_test(connection: sqlite3.Connection, started: float, rows: Iterable[Judged]) -> None:
    """Add what one run of `qpf test` measured, and forget what is too old."""
    number = connection.execute("INSERT INTO test (started) VALUES (?)", (started,)).lastrowid
    connection.executemany(
        "INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                each.environment,
                each.gate,
                each.agent,
                each.name,
                each.value,
                each.unit,
                each.threshold,
                each.passed,
            )
            for each in rows
        ],
    )
    connection.execute(_OLDER_TESTS, (KEPT_TESTS,))


def read(connection: sqlite3.Connection, most: int) -> Recorded:
    """All that is known, of the last so many runs; of all, if `most` is negative.

    Raises:
        ValueError: If there is a value that nobody writes.
    """
    connection.execute("BEGIN")  # what follows is of one moment
    _refuse_strange(connection)
    rows = connection.execute(
        "SELECT * FROM run ORDER BY id DESC LIMIT ?", (min(most, KEPT_RUNS),)
    ).fetchall()
    return Recorded(
        count=connection.execute("SELECT count(*) FROM run").fetchone()[0],
        runs=tuple(_run(connection, *row) for row in reversed(rows)),
        builds=_builds(connection),
        judged=_all_judged(connection),
        dependencies=_plans(connection),
    )


def seconds_of(connection: sqlite3.Connection, environment: str, agent: str) -> list[float]:
    """How long the last builds of an agent took."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT seconds FROM build WHERE environment = ? AND agent = ?"
            " AND typeof(seconds) = 'real' AND seconds < ?",
            (environment, agent, _MOST),
        )
    ]


def _run(connection: sqlite3.Connection, number: int, *row: Any) -> Run:
    run, started, seconds, jobs, finished, succeeded, written, removed, unchanged = row
    tallies = connection.execute("SELECT * FROM tally WHERE run = ? ORDER BY environment", (number,))
    stages = connection.execute("SELECT environment, stage, seconds FROM stage WHERE run = ?", (number,))
    return Run(
        run=run,
        started=started,
        seconds=seconds,
        jobs=jobs,
        finished=bool(finished),
        succeeded=bool(succeeded),
        written=written,
        removed=removed,
        unchanged=unchanged,
        tallies={name: Tally(**dict(zip(_FIGURES, of, strict=True))) for _, name, *of in tallies},
        stages={(name, stage): seconds for name, stage, seconds in stages},
    )


def _builds(connection: sqlite3.Connection) -> tuple[Builds, ...]:
    rows = connection.execute(
        "SELECT environment, agent, build.seconds, cpu_seconds, memory_bytes, files, lines, started"
        " FROM build JOIN run ON run.id = build.run ORDER BY environment, agent, build.run"
    )
    found = []
    for (environment, agent), group in groupby(rows, key=lambda row: (row[0], row[1])):
        of_agent = list(group)
        _, _, _, cpu_seconds, _, files, lines, started = of_agent[-1]
        found.append(
            Builds(
                environment=environment,
                agent=agent,
                seconds=tuple(row[2] for row in of_agent),
                cpu_seconds=cpu_seconds,
                memory_bytes=max(row[4] for row in of_agent),
                files=files,
                lines=lines,
                last=started,
            )
        )
    return tuple(found)


def _all_judged(connection: sqlite3.Connection) -> tuple[Judged, ...]:
    return tuple(
        Judged(
            test=test,
            environment=environment,
            gate=gate,
            agent=agent,
            name=name,
            value=value,
            unit=unit,
            threshold=threshold,
            passed=bool(passed),
        )
        for test, environment, gate, agent, name, value, unit, threshold, passed in connection.execute(
            "SELECT * FROM judged ORDER BY test, environment, gate, name, agent"
        )
    )


def _plans(connection: sqlite3.Connection) -> tuple[Dependencies, ...]:
    rows = connection.execute("SELECT environment, agents FROM plan ORDER BY environment")
    return tuple(Dependencies(name, _needs(json.loads(agents))) for name, agents in rows)


def _needs(plan: Any) -> dict[str, tuple[str, ...]]:
    lists = plan.values() if isinstance(plan, dict) else [None]
    if not all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in lists):
        message = "a plan that is none"
        raise ValueError(message)
    return {agent: tuple(needs) for agent, needs in plan.items()}


def _refuse_strange(connection: sqlite3.Connection) -> None:
    """SQLite keeps whatever it is given: see that every value is of its column's type.

    Raises:
        ValueError: If one is not, or is no number that can be meant.
    """
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (table,) in connection.execute(tables).fetchall():
        for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
            strange = f"typeof({column}) NOT IN ('{kind.lower()}', 'null')"
            strange += "" if kind == "TEXT" else f" OR abs({column}) > {_MOST}"
            asked = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {strange})"  # noqa: S608 -- by its own names
            if connection.execute(asked).fetchone()[0]:
                message = f"a strange {column} of a {table}"
                raise ValueError(message)
