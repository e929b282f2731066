"""Who works: this process alone, or several others that it forked.

Both do the same, agent by agent, and give results as they come; what they give depends on the agent only,
never on who worked or when. Forked workers share what the parent has read, so that starting one costs
little; what they make stays in the local cache, and only its table of contents comes back.
"""

import json
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, Protocol

from qpf.compilation.front import Front
from qpf.compilation.worker import Cost, Shown, Worker
from qpf.engine.findings import from_plain, to_plain
from qpf.engine.pack import Head, read_head
from qpf.engine.record import Record, read_record, write_record
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import ordered

Store = Callable[[str, bytes], None]
"""Keeps a payload under a key."""


@dataclass(frozen=True, slots=True)
class Task:
    """One extraction to be made: an agent, the key its files go under, and the neighbours it sees."""

    agent: str
    key: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extracted:
    """One extraction that was made, or failed: `head` is None then, and the report says why.

    `table` is the head as it stands in the pack.
    """

    agent: str
    head: Head | None
    table: bytes
    report: Report
    cost: Cost


class Crew(Protocol):
    """Those who work on a fleet's agents."""

    def layers(self, agents: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """Paths of the files each agent is composed of; None where that cannot be told."""

    def check(self, environment: str, agents: Sequence[str]) -> Iterator[tuple[str, Outcome[Record | None]]]:
        """Validate agents."""

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown]
    ) -> Iterator[Extracted]:
        """Emit agents and keep their files."""

    def close(self) -> None:
        """Let everybody go."""


class Alone:
    """This process."""

    def __init__(self, front: Front, store: Store) -> None:
        self._worker = Worker(front)
        self._store = store

    def layers(self, agents: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """See `Crew`."""
        for agent in agents:
            yield agent, self._worker.layers(agent)

    def check(self, environment: str, agents: Sequence[str]) -> Iterator[tuple[str, Outcome[Record | None]]]:
        """See `Crew`."""
        for agent in agents:
            yield agent, self._worker.check(environment, agent)

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown]
    ) -> Iterator[Extracted]:
        """See `Crew`."""
        for task in tasks:
            emitted = self._worker.emit(environment, task.agent, [shown[name] for name in task.others])
            self._worker.forget(environment, task.agent)
            if emitted.payload:
                self._store(emitted.key(task.key), emitted.payload)
            head = read_head(emitted.payload) if emitted.payload else None
            table = emitted.payload[: head.size] if head else b""
            yield Extracted(task.agent, head, table, emitted.report, emitted.cost)

    def close(self) -> None:
        """See `Crew`."""


class Forked:
    """Several processes; every agent has one of them that does all about it."""

    def __init__(self, front: Front, store: Callable[[], Store], jobs: int) -> None:
        """Start them.

        Args:
            front: The fleet.
            store: Opens, in a worker, what keeps payloads.
            jobs: How many.
        """
        context = multiprocessing.get_context("fork")
        self._connections: list[Connection] = []
        self._processes: list[ForkProcess] = []
        for _ in range(jobs):
            ours, theirs = context.Pipe()
            before = (*self._connections, ours)
            process = context.Process(target=_serve, args=(theirs, before, front, store), daemon=True)
            process.start()
            theirs.close()
            self._connections.append(ours)
            self._processes.append(process)
        places = {name: number % jobs for number, name in enumerate(sorted(front.agents))}
        self._place = places

    def layers(self, agents: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """See `Crew`."""
        for _, answer in self._ask({"do": "layers"}, {name: name for name in agents}):
            agent, layers = json.loads(answer)
            yield agent, None if layers is None else tuple(layers)

    def check(self, environment: str, agents: Sequence[str]) -> Iterator[tuple[str, Outcome[Record | None]]]:
        """See `Crew`."""
        order = {"do": "check", "environment": environment}
        for _, answer in self._ask(order, {name: name for name in agents}):
            text, _, payload = answer.partition(b"\n")
            agent, findings = json.loads(text)
            record = read_record(payload) if payload else None
            yield agent, Outcome(record, from_plain(findings) if findings else Report())

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown]
    ) -> Iterator[Extracted]:
        """See `Crew`."""
        order = {
            "do": "emit",
            "environment": environment,
            "shown": {name: [each.source, each.values] for name, each in shown.items()},
        }
        wanted = {task.agent: [task.agent, task.key, task.others] for task in tasks}
        for _, answer in self._ask(order, wanted):
            text, _, table = answer.partition(b"\n")
            agent, findings, cost = json.loads(text)
            report = from_plain(findings) if findings else Report()
            yield Extracted(agent, read_head(table) if table else None, table, report, Cost(**cost))

    def close(self) -> None:
        """See `Crew`."""
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join()

    def _ask(self, order: Mapping[str, Any], work: Mapping[str, Any]) -> Iterator[tuple[int, bytes]]:
        """Give everybody their part of some work; yields answers as they come, one a piece of work."""
        parts: list[list[Any]] = [[] for _ in self._connections]
        for agent, piece in work.items():
            parts[self._place[agent]].append(piece)
        left = {
            connection: len(part) for connection, part in zip(self._connections, parts, strict=True) if part
        }
        for connection, part in zip(self._connections, parts, strict=True):
            if part:
                connection.send_bytes(ordered({**order, "work": part}))
        while left:
            for ready in wait(list(left)):
                assert isinstance(ready, Connection)
                yield self._connections.index(ready), ready.recv_bytes()
                left[ready] -= 1
                if not left[ready]:
                    del left[ready]


def _serve(
    connection: Connection, others: Iterable[Connection], front: Front, store: Callable[[], Store]
) -> None:
    """A worker's life: orders in, answers out, until the parent lets go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent decides what an interruption means.
    for other in others:
        other.close()
    sys.stdout = sys.stderr
    worker, keep = Worker(front), store()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            order = json.loads(connection.recv_bytes())
            for answer in _ANSWERS[order["do"]](worker, keep, order):
                connection.send_bytes(answer)


def _layers(worker: Worker, _keep: Store, order: Mapping[str, Any]) -> Iterator[bytes]:
    for agent in order["work"]:
        yield ordered([agent, worker.layers(agent)])


def _check(worker: Worker, _keep: Store, order: Mapping[str, Any]) -> Iterator[bytes]:
    for agent in order["work"]:
        outcome = worker.check(order["environment"], agent)
        payload = write_record(outcome.value) if outcome.value is not None else b""
        yield ordered([agent, to_plain(outcome.report)]) + b"\n" + payload


def _emit(worker: Worker, keep: Store, order: Mapping[str, Any]) -> Iterator[bytes]:
    environment = order["environment"]
    shown = {name: Shown(name, source, values) for name, (source, values) in order["shown"].items()}
    for agent, key, others in order["work"]:
        emitted = worker.emit(environment, agent, [shown[name] for name in others])
        worker.forget(environment, agent)
        if emitted.payload:
            keep(emitted.key(key), emitted.payload)
        table = emitted.payload[: read_head(emitted.payload).size] if emitted.payload else b""
        yield ordered([agent, to_plain(emitted.report), asdict(emitted.cost)]) + b"\n" + table


_ANSWERS: Mapping[str, Callable[[Worker, Store, Mapping[str, Any]], Iterator[bytes]]] = {
    "layers": _layers,
    "check": _check,
    "emit": _emit,
}
