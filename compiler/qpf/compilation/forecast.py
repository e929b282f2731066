"""What a compile would do, found out as a compile finds it out, but for doing it."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from qpf.compilation.checking import Known
from qpf.compilation.run import Run
from qpf.compilation.why import Before, Why
from qpf.engine.schedule import longest_chain
from qpf.engine.state import State
from qpf.io.compare import compare
from qpf.io.lockfile import previous_lock
from qpf.io.seen import Seen
from qpf.model.fleet import Environment
from qpf.model.forecast import Forecast, Step
from qpf.model.plan import Plan


class Committed(Struct, frozen=True):
    """An environment as the last compile left it, and what became of its folder since.

    Attributes:
        folder: Where it is.
        shown: What it is called.
        state: What was known then.
        seen: Files whose content is known.
    """

    folder: Path
    shown: str
    state: State
    seen: Seen


class ForecastRun(Run):
    """A run that goes no further than the plan."""

    def forecast(
        self,
        environment: Environment,
        known: Mapping[str, Known],
        last: Committed,
        before: Before | None,
        processes: Callable[[int], int],
    ) -> Forecast:
        """Tell what becomes of every agent.

        Args:
            environment: Where.
            known: Its agents.
            last: What the last compile left.
            before: Gives sources as they were; None if nobody asks why.
            processes: How many work on so many agents.
        """
        plan = self.plan(environment, known)
        self._recall(known, last.state)
        edited = _edited(known, last)
        for agent in edited:
            known[agent].head, known[agent].origin = None, "built"
        self._look_up(known)
        making = [agent for agent, each in known.items() if each.head is None]
        seconds = self.estimate(environment.name, making) if making else {}
        why = None
        if before is not None:
            lock = previous_lock(last.folder, last.shown).value[0]
            sealed = {} if lock is None else dict(lock.sources)
            why = Why(self.checking.front, environment, known, last.state, before, sealed)
        steps = []
        for each in plan.extractions:
            origin, shown = known[each.agent].origin, edited.get(each.agent, ())
            causes = why.causes(each.agent, shown) if why is not None and origin != "kept" else ()
            steps.append(Step(each, origin, seconds.get(each.agent), causes))
        forecast = Forecast(environment.name, tuple(steps))
        return _timed(forecast, plan, making, seconds, processes(len(making)))


def _edited(known: Mapping[str, Known], last: Committed) -> Mapping[str, tuple[str, ...]]:
    """Of agents that are as they were, the files that are not as they were written."""
    heads = (each.head for each in known.values() if each.head is not None)
    wanted = {output.path: output for head in heads for output in head.outputs}
    owned = {path: each.digest for path, each in wanted.items()}
    found: dict[str, tuple[str, ...]] = {}
    for path in compare(last.folder, wanted, owned, last.shown, last.seen).written:
        agent = wanted[path].subject
        found[agent] = (*found.get(agent, ()), f"{last.shown}/{path}")
    return found


def _timed(
    forecast: Forecast, plan: Plan, making: Collection[str], seconds: Mapping[str, float], processes: int
) -> Forecast:
    """With how long it will take; an agent that was never measured counts as one like the others."""
    made = frozenset(making)
    ahead = Plan(
        plan.environment,
        tuple(
            replace(each, dependencies=tuple(name for name in each.dependencies if name in made))
            for each in plan.extractions
            if each.agent in made
        ),
    )
    if not seconds:
        nothing = None if making else 0.0
        chain = longest_chain(ahead, {})
        return replace(forecast, critical=chain, critical_seconds=nothing, seconds=nothing)
    usual = median(seconds.values())
    each_one = {agent: seconds.get(agent, usual) for agent in making}
    chain = longest_chain(ahead, each_one)
    return replace(
        forecast,
        critical=chain,
        critical_seconds=sum(each_one[agent] for agent in chain),
        seconds=max(sum(each_one.values()) / processes, *each_one.values()),
    )
