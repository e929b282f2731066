"""A shard: the part of a fleet that one of several machines extracts into a cache that they share.

Nothing is written but cache entries. Whoever compiles the whole fleet afterwards, with the same cache, finds
what all shards made. A shard checks the whole fleet, because what one agent becomes depends on what its
neighbours offer; it extracts its own agents only.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from qpf.compilation.checking import Known
from qpf.compilation.run import Run
from qpf.engine.state import State
from qpf.model.diagnostic import Outcome, Report
from qpf.model.event import Planned, StageFinished
from qpf.model.plan import Plan

_FORM = re.compile(r"([0-9]{1,6})/([0-9]{1,6})\Z")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several shards, counted from 1."""

    number: int
    count: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read `2/4`.

        Raises:
            ValueError: If it is none; says what one looks like.
        """
        found = _FORM.match(text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            message = "a shard is written as its number and how many there are, from 1/4 to 4/4"
            raise ValueError(message)
        return cls(int(found[1]), int(found[2]))

    def of_agents(self, agents: Collection[str]) -> tuple[str, ...]:
        """Those agents that are this shard's: by their position among all, sorted by name."""
        return tuple(sorted(agents)[self.number - 1 :: self.count])


@dataclass(frozen=True, slots=True)
class Filled:
    """What a shard did for an environment: its agents, and those of them that were not yet in a cache."""

    environment: str
    agents: tuple[str, ...]
    made: tuple[str, ...]


class ShardRun(Run):
    """A run that makes what a shard is to make, and leaves it in the caches."""

    def fill(self, plan: Plan, known: Mapping[str, Known], shard: Shard) -> Outcome[Filled]:
        """Extract a shard's agents of an environment, as far as no cache has them."""
        started, name = self.clock(), plan.environment
        mine = {agent: known[agent] for agent in shard.of_agents(known)}
        self._look_up(mine)
        missing = [agent for agent, each in mine.items() if each.head is None]
        estimated = self.estimate(name, missing) if missing else {}
        planned = [each for each in plan.extractions if each.agent in mine]
        self._tell(
            Planned(
                at=self.clock(),
                environment=name,
                agents={each.agent: estimated.get(each.agent, 0.0) for each in planned},
                dependencies={
                    each.agent: tuple(agent for agent in each.dependencies if agent in mine)
                    for each in planned
                },
            )
        )
        for agent, each in mine.items():
            if each.head is not None:
                self._tell(self._finished(name, agent, each.head, each.origin))
        report = self._make(name, known, self.order(plan, missing, estimated)) if missing else Report()
        self._tell(
            StageFinished(at=self.clock(), stage="extract", environment=name, seconds=self.clock() - started)
        )
        return Outcome(Filled(name, tuple(mine), tuple(missing)), report)


def fill(run: ShardRun, states: Mapping[str, State], shard: Shard) -> Outcome[tuple[Filled, ...]]:
    """Fill the caches with a shard of environments, given what is remembered of each.

    Nothing is extracted unless everything is valid, the agents of other shards included.
    """
    checked = {name: run.checking.check(name, state) for name, state in states.items()}
    report = Report.join((run.checking.front.report, *(each.report for each in checked.values())))
    if report.failed:
        return Outcome((), report)
    filled = [
        run.fill(run.plan(environment, known), known, shard)
        for environment, known in (each.value for each in checked.values())
    ]
    report = Report.join((report, *(each.report for each in filled)))
    return Outcome(tuple(each.value for each in filled), report)
