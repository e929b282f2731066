"""A crew of others, wherever they are: orders for some agents at a time go out, and results come back.

What those others make lands in this process's caches, as if it had been made here. Whoever dies, refuses or
cannot be reached is a finding that names the agents nothing is known of.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from msgspec.structs import replace

from qpf.compilation.codes import UNFINISHED_WORK, UNLIKE_WORKER
from qpf.compilation.crew import Begun, Extracted, Store, Task, keep_record
from qpf.compilation.front import Front
from qpf.compilation.parcel import pack_sources, unwrap, wrap
from qpf.compilation.serving import serve
from qpf.compilation.worker import Cost, Emitted, Shown
from qpf.engine.findings import from_plain
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.executor import ExecutorError, Pool

LEAST, MOST_ORDERS = 16, 256
"""Fewer agents an order than these cost more than they do; more orders than these balance no better."""

_NAMED = 16


class _Reply(NamedTuple):
    """What came back about an agent; if nothing did, the report says why."""

    agent: str
    said: Any
    part: bytes
    report: Report


class Remote:
    """The workers of a pool."""

    def __init__(self, front: Front, pool: Pool, store: Store) -> None:
        """Pack what every order needs.

        Args:
            front: The fleet.
            pool: Those who work; closed with this crew.
            store: Keeps what they made.
        """
        self._front = front
        self._pool = pool
        self._store = store
        own = {each.path for each in front.agents.values()}.difference(
            each.path for each in front.workspace.historians
        )
        self._common = pack_sources(
            replace(each, content=b"") if path in own else each for path, each in front.sources.items()
        )
        self._broken: dict[str, Report] = {}

    def layers(self, agents: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """See `Crew`."""
        for reply in self._ask({"do": "layers"}, {agent: agent for agent in agents}):
            if reply.report.failed:
                self._broken[reply.agent] = reply.report
            yield reply.agent, None if reply.said is None else tuple(reply.said)

    def check(self, environment: str, agents: Mapping[str, str]) -> Iterator[tuple[str, Outcome[bytes]]]:
        """See `Crew`."""
        broken = {agent: self._broken.pop(agent) for agent in agents if agent in self._broken}
        for agent, report in broken.items():
            yield agent, Outcome(b"", report)
        work = {agent: agent for agent in agents if agent not in broken}
        for reply in self._ask({"do": "check", "environment": environment}, work):
            outcome = Outcome(reply.part, reply.report)
            keep_record(self._store, agents[reply.agent], outcome)
            yield reply.agent, outcome

    def emit(
        self, environment: str, tasks: Sequence[Task], shown: Mapping[str, Shown], begun: Begun
    ) -> Iterator[Extracted]:
        """See `Crew`; an agent is begun when its order is handed out."""
        known = {task.agent: task for task in tasks}

        def handed_out(agents: Sequence[str]) -> Mapping[str, Any]:
            for agent in agents:
                begun(agent)
            others = sorted({other for agent in agents for other in known[agent].others})
            return {"shown": {name: [shown[name].source, shown[name].values] for name in others}}

        work = {task.agent: [task.agent, task.others] for task in tasks}
        for reply in self._ask({"do": "emit", "environment": environment}, work, handed_out):
            cost = Cost() if reply.said is None else Cost(**reply.said)
            if not reply.part:
                yield Extracted(reply.agent, b"", reply.report, cost)
                continue
            emitted = Emitted(reply.part, reply.report, cost)
            self._store(emitted.key(known[reply.agent].key), reply.part)
            yield Extracted(reply.agent, emitted.table, reply.report, cost)

    def close(self) -> None:
        """See `Crew`."""
        self._pool.close()

    @property
    def _tools(self) -> Mapping[str, str]:
        """What the work must be done with."""
        return {**self._front.tools, **self._front.workspace.engines}

    def _ask(
        self,
        order: Mapping[str, Any],
        work: Mapping[str, Any],
        more: Callable[[Sequence[str]], Mapping[str, Any]] = lambda _agents: {},
    ) -> Iterator[_Reply]:
        """Have some work done; yields one reply an agent, as they come."""
        waiting = dict(enumerate(_chunks(list(work), len(self._front.agents))))
        front = self._front
        common = {
            **order,
            "tools": self._tools,
            "plugins": [pin.name for pin in front.workspace.pins],
        }
        orders = (
            wrap(
                {**common, **more(agents), "work": [work[agent] for agent in agents]},
                [self._common, pack_sources(front.agents[agent] for agent in agents)],
            )
            for agents in list(waiting.values())
        )
        why = "it gave no answer"
        try:
            for number, answer in self._pool.run(serve, orders) if waiting else ():
                agents = waiting.pop(number)
                if isinstance(answer, bytes):
                    yield from self._read(agents, answer)
                else:
                    yield from _unfinished(agents, str(answer))
        except ExecutorError as error:
            why = str(error)
        yield from _unfinished([agent for agents in waiting.values() for agent in agents], why)

    def _read(self, agents: Sequence[str], answer: bytes) -> Iterator[_Reply]:
        try:
            head, parts = unwrap(answer)
            if "refused" in head:
                report = Report((_unlike(self._tools, head["refused"]),))
                replies = [_Reply(agent, None, b"", report) for agent in agents]
            else:
                done = zip(head["done"], parts, strict=True)
                replies = [
                    _Reply(agent, said, part, from_plain(findings) if findings else Report())
                    for (agent, findings, said), part in done
                ]
        except (KeyError, TypeError, ValueError, AttributeError):
            replies = []
        if [each.agent for each in replies] != [*agents]:
            yield from _unfinished(agents, "its answer cannot be read")
            return
        yield from replies


def _chunks(agents: Sequence[str], fleet: int) -> Iterator[list[str]]:
    size = max(LEAST, -(-fleet // MOST_ORDERS))
    left = iter(agents)
    while chunk := list(islice(left, size)):
        yield chunk


def _unfinished(agents: Sequence[str], why: str) -> Iterator[_Reply]:
    if not agents:
        return
    names = ", ".join(f"`{agent}`" for agent in sorted(agents)[:_NAMED])
    others = f" and {len(agents) - _NAMED} more" if len(agents) > _NAMED else ""
    found = Diagnostic(
        UNFINISHED_WORK,
        f"the executor gave no result for {'agents' if len(agents) > 1 else 'agent'} {names}{others}: {why}",
        hint="compile without `--executor` to see whether it is the agents or the executor",
    )
    for agent in agents:
        yield _Reply(agent, None, b"", Report((found,)))


def _unlike(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Diagnostic:
    """What a worker works with that is not what this process works with."""
    names = [name for name, each in sorted(ours.items()) if theirs.get(name) != each]
    unlike = "; ".join(
        f"{name}: {_short(theirs.get(name))} there, {_short(ours[name])} here" for name in names
    )
    return Diagnostic(
        UNLIKE_WORKER,
        f"a worker of the executor would make other files, because it has other tools: {unlike}",
        hint="install the same versions there, and start its workers anew",
    )


def _short(found: str | None) -> str:
    return "none" if found is None else found[:19]
