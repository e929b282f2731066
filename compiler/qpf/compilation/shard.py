"""A shard: the part of a fleet that one of several machines extracts into a cache that they share.

Nothing is written but cache entries. Whoever compiles the whole fleet afterwards, with the same cache, finds
what all shards made. A shard checks the whole fleet, because what one agent becomes depends on what its
neighbours offer; it extracts its own agents only.
"""

import re
from collections.abc import Collection, Mapping
from typing import Self

from msgspec import Struct

from qpf.compilation.checking import Known
from qpf.compilation.run import Run
from qpf.model.diagnostic import Outcome
from qpf.model.plan import Plan
from qpf.stages.verdict import verdict

_FORM = re.compile(r"([0-9]{1,6})/([0-9]{1,6})\Z")


class Shard(Struct, frozen=True):
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


class Filled(Struct, frozen=True):
    """What a shard did for an environment: its agents, and those of them that were not yet in a cache."""

    environment: str
    agents: tuple[str, ...]
    made: tuple[str, ...]


class ShardRun(Run):
    """A run that makes what a shard is to make, and leaves it in the caches."""

    def fill(self, plan: Plan, known: Mapping[str, Known], shard: Shard) -> Outcome[Filled]:
        """Extract a shard's agents of an environment, as far as no cache has them."""
        mine = {agent: known[agent] for agent in shard.of_agents(known)}
        made = self._obtain(plan, known, mine)
        judged = verdict(made.report, self.checking.front.workspace.policy)
        return Outcome(Filled(plan.environment, tuple(mine), tuple(made.value)), judged)
