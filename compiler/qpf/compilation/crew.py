"""Who works: this process alone, or others (`processes`, `remote`).

All do the same, agent by agent, and give results as they come; what they give depends on the agent only,
never on who worked or when.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from qpf.compilation.front import Front
from qpf.compilation.worker import Cost, Shown, Worker
from qpf.model.diagnostic import Outcome, Report

Store = Callable[[str, bytes], None]
"""Keeps a payload under a key."""

Begun = Callable[[str], None]
"""Is told of an agent whose extraction begins."""


class Task(Struct, frozen=True):
    """One extraction to be made: an agent, the key its files go under, and the neighbours it sees."""

    agent: str
    key: str
    others: tuple[str, ...]


class Extracted(Struct, frozen=True):
    """One extraction that was made; or failed, with no table then, and the report says why.

    Attributes:
        agent: Whose.
        table: The table of its pack.
        report: What was found.
        cost: What it took.
    """

    agent: str
    table: bytes
    report: Report
    cost: Cost


class Crew(Protocol):
    """Those who work on a fleet's agents."""

    def layers(self, agents: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """Paths of the files each agent is composed of; None where that cannot be told."""

    def check(self, environment: str, agents: Mapping[str, str]) -> Iterator[tuple[str, Outcome[bytes]]]:
        """Validate agents; the record of each, as bytes, or nothing if it cannot be composed.

        The records of valid ones are kept under the keys that are given; with an empty one, they are not.
        """

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown], begun: Begun
    ) -> Iterator[Extracted]:
        """Emit agents and keep their files; tells of each agent when it is begun."""

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

    def check(self, environment: str, agents: Mapping[str, str]) -> Iterator[tuple[str, Outcome[bytes]]]:
        """See `Crew`."""
        for agent, key in agents.items():
            outcome = self._worker.check(environment, agent)
            keep_record(self._store, key, outcome)
            yield agent, outcome

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown], begun: Begun
    ) -> Iterator[Extracted]:
        """See `Crew`."""
        for task in tasks:
            begun(task.agent)
            emitted = self._worker.emit(environment, task.agent, [shown[name] for name in task.others])
            self._worker.forget(environment, task.agent)
            if emitted.payload:
                self._store(emitted.key(task.key), emitted.payload)
            yield Extracted(task.agent, emitted.table, emitted.report, emitted.cost)

    def close(self) -> None:
        """See `Crew`."""


def keep_record(keep: Store, key: str, checked: Outcome[bytes]) -> None:
    """Keep the record of a valid agent, if there is a key to keep it under."""
    if key and checked.value and not checked.report.failed:
        keep(key, checked.value)
