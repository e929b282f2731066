"""Several processes that were forked, and work on agents side by side.

They share what the parent has read, so that starting one costs little; what they make goes into the local
cache, and of files only the table of contents comes back.
"""

import json
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from msgspec.structs import asdict

from qpf.compilation.codes import LOST_WORKER
from qpf.compilation.crew import Begun, Extracted, Store, Task, keep_record
from qpf.compilation.front import Front
from qpf.compilation.hand import Hand
from qpf.compilation.turn import Part
from qpf.compilation.worker import Cost, Shown, Worker
from qpf.engine.findings import from_plain, to_plain
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.digest import ordered

_GLANCE_SECONDS = 1.0
"""How long to wait for answers before looking whether all workers are still there."""

_TIMES_LONGER = 10
"""An agent may take so many times its processor time by the clock, per process that shares a processor."""


class Forked:
    """Several processes; every agent has one of them that does all about it.

    One that is lost costs the agent it was on, which is told so, and another takes its place.
    """

    def __init__(self, front: Front, store: Callable[[], Store], jobs: int) -> None:
        """Start them.

        Args:
            front: The fleet.
            store: Opens, in a worker, what keeps payloads.
            jobs: How many, and no more than there are agents.
        """
        jobs = min(jobs, len(front.agents))
        self._context = multiprocessing.get_context("fork")
        self._serve = partial(_serve, front, store)
        self._hands: list[Hand] = []
        for _ in range(jobs):
            self._hands.append(self._hire())
        self._place = {name: number % jobs for number, name in enumerate(sorted(front.agents))}
        limits = front.configuration.engine.parallelization.resource_limits
        share = -(-jobs // (os.cpu_count() or 1))
        self._patience = float(limits.cpu_seconds_per_extraction * _TIMES_LONGER * share)
        self._broken: dict[str, Report] = {}

    def layers(self, agents: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """See `Crew`."""
        for agent, answer, report in self._ask({"do": "layers"}, {name: name for name in agents}):
            if report.failed:
                self._broken[agent] = report
            layers = json.loads(answer) if answer else None
            yield agent, None if layers is None else tuple(layers)

    def check(self, environment: str, agents: Mapping[str, str]) -> Iterator[tuple[str, Outcome[bytes]]]:
        """See `Crew`."""
        broken = {agent: self._broken.pop(agent) for agent in agents if agent in self._broken}
        for agent, report in broken.items():
            yield agent, Outcome(b"", report)
        order = {"do": "check", "environment": environment}
        work = {agent: [agent, key] for agent, key in agents.items() if agent not in broken}
        for agent, answer, report in self._ask(order, work):
            text, _, record = answer.partition(b"\n")
            yield agent, Outcome(record, from_plain(json.loads(text)) if text else report)

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown], begun: Begun
    ) -> Iterator[Extracted]:
        """See `Crew`."""
        order = {
            "do": "emit",
            "environment": environment,
            "shown": {name: [each.source, each.values] for name, each in shown.items()},
        }
        wanted = {task.agent: [task.agent, task.key, task.others] for task in tasks}
        for agent, answer, report in self._ask(order, wanted, begun):
            if not answer:
                yield Extracted(agent, b"", report, Cost())
                continue
            text, _, table = answer.partition(b"\n")
            findings, cost = json.loads(text)
            found = from_plain(findings) if findings else Report()
            yield Extracted(agent, table, found, Cost(**cost))

    def close(self) -> None:
        """See `Crew`."""
        for hand in self._hands:
            hand.connection.close()
        for hand in self._hands:
            hand.leave()

    def _hire(self) -> Hand:
        return Hand(self._context, [each.connection for each in self._hands], self._serve)

    def _ask(
        self, order: Mapping[str, Any], work: Mapping[str, Any], begun: Begun = lambda _agent: None
    ) -> Iterator[tuple[str, bytes, Report]]:
        """Give everybody their part of some work; yields an answer an agent as they come, or why none."""
        left: dict[int, deque[str]] = {}
        for agent in work:
            left.setdefault(self._place[agent], deque()).append(agent)
        for place, agents in left.items():
            self._send(place, order, [work[agent] for agent in agents])
            begun(agents[0])
        while left:
            for place in self._ready(left):
                agent = left[place].popleft()
                answer, fault = self._answer(place)
                report = Report()
                if fault:
                    found = _lost(order.get("environment", ""), agent, fault, self._hands[place].at_work)
                    report = Report((found,))
                if self._hands[place].connection.closed:
                    self._send(place, order, [work[each] for each in left[place]])
                yield agent, answer, report
                if left[place]:
                    begun(left[place][0])
                else:
                    del left[place]

    def _send(self, place: int, order: Mapping[str, Any], pieces: Sequence[Any]) -> None:
        """Ask whoever is in a place, or who takes the place of one who is gone."""
        with suppress(OSError):
            self._hands[place].send(order, pieces)
            return
        self._hands[place].leave()
        self._hands[place] = self._hire()
        self._hands[place].send(order, pieces)

    def _ready(self, places: Iterable[int]) -> list[int]:
        """Where there is an answer, or nobody any more; waits for one such place."""
        hands = {place: self._hands[place] for place in places}
        waited = {hand.connection: place for place, hand in hands.items()}
        while True:
            if ready := wait(list(waited), _GLANCE_SECONDS):
                return [place for connection, place in waited.items() if connection in ready]
            if lost := [place for place, hand in hands.items() if hand.gone or self._is_late(hand)]:
                return lost

    def _answer(self, place: int) -> tuple[bytes, str]:
        """The next answer of a place, or nothing and why; who is lost is let go."""
        hand = self._hands[place]
        if hand.connection.poll():
            with suppress(EOFError, OSError):
                return hand.receive()
        elif self._is_late(hand) and not hand.leave(0):
            return b"", f"gave no answer within {self._patience:g} s and was ended"
        return b"", hand.leave() or "let go of its connection and was ended"

    def _is_late(self, hand: Hand) -> bool:
        return hand.silent_seconds > self._patience


def _lost(environment: str, agent: str, fault: str, part: Part) -> Diagnostic:
    hint = "give the machine more memory, or work with fewer processes (`-j`)"
    if part.plugin:
        hint = f"report it to the authors of plugin `{part.plugin}`"
    return Diagnostic(
        LOST_WORKER,
        f"the process that worked on agent `{agent}` {fault}{part.told}",
        hint=hint,
        subject=agent,
        environment=environment,
        plugin=part.plugin or "qpf",
    )


def _serve(
    front: Front, store: Callable[[], Store], tell: Callable[[Part], None]
) -> Callable[[Mapping[str, Any], Any], bytes]:
    """What a worker does."""
    worker, keep = Worker(front, tell), store()
    return lambda order, piece: _ANSWERS[order["do"]](worker, keep, order, piece)


def _layers(worker: Worker, _keep: Store, _order: Mapping[str, Any], agent: str) -> bytes:
    return ordered(worker.layers(agent))


def _check(worker: Worker, keep: Store, order: Mapping[str, Any], piece: tuple[str, str]) -> bytes:
    agent, key = piece
    outcome = worker.check(order["environment"], agent)
    keep_record(keep, key, outcome)
    return ordered(to_plain(outcome.report)) + b"\n" + outcome.value


def _emit(
    worker: Worker, keep: Store, order: Mapping[str, Any], piece: tuple[str, str, Sequence[str]]
) -> bytes:
    environment = order["environment"]
    agent, key, others = piece
    emitted = worker.emit(environment, agent, [Shown(name, *order["shown"][name]) for name in others])
    worker.forget(environment, agent)
    if emitted.payload:
        keep(emitted.key(key), emitted.payload)
    return ordered([to_plain(emitted.report), asdict(emitted.cost)]) + b"\n" + emitted.table


_ANSWERS: Mapping[str, Callable[[Worker, Store, Mapping[str, Any], Any], bytes]] = {
    "layers": _layers,
    "check": _check,
    "emit": _emit,
}
