"""What takes several agents to see, and what takes none."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from qpf.model.diagnostic import Report
from qpf.model.doubt import Doubtful, parted
from qpf.model.fleet import Agent, Environment
from qpf.stages.order import order
from qpf.stages.schema import Schema


class Check(NamedTuple):
    """A registered pass, guarded: called with an environment and, where it looks at one, an agent.

    Attributes:
        scope: What it looks at.
        run: Runs it.
        partial: Whether it bears an environment of which agents are missing.
        name: Whose it is and what it is called; empty of what is no plugin's.
    """

    scope: str
    run: Callable[..., Report]
    partial: bool
    name: str = ""


_TRIES = 8
"""So often a pass begins again without those that it ended at, before it is left with sound agents."""


def only(agents: Mapping[str, Agent], *, sound: bool) -> Mapping[str, Agent]:
    """The agents without errors, or those with errors."""
    return MappingProxyType({name: each for name, each in agents.items() if each.sound is sound})


def validate_environment(
    environment: Environment, schema: Schema, checks: Iterable[Check], broken: Mapping[str, Agent]
) -> Report:
    """Validate an environment as a whole.

    Passes that bear it run on all agents that are at hand, the others only if all are there and sound: one
    fault is not reported twice, and none is made up of what could not be read.

    Args:
        environment: The sound agents.
        schema: The sections.
        checks: All passes.
        broken: The agents with errors.
    """
    everybody = _with(environment, broken)
    complete = environment.agents.keys() == environment.known
    nobody = replace(environment, agents=MappingProxyType({}))
    reports = [order(everybody, schema).report]
    for check in checks:
        if check.scope == "fleet":
            reports.append(check.run(nobody))
        elif check.scope == "environment" and (complete or check.partial):
            reports.append(_run(check, environment, broken))
    return Report.join(reports).about(environment=environment.name)


def _run(check: Check, environment: Environment, broken: Mapping[str, Agent]) -> Report:
    """Run a pass over sound agents and those with errors.

    Where it asks for what is in doubt it ends. What it found before is true, but may not be all. So it runs
    again without the agent that it ended at, and without those of which the same is in doubt.
    """
    found = Report()
    for _ in range(_TRIES):
        asked: list[str] = []
        watched = {name: _watched(each, asked) for name, each in broken.items()}
        found = _newer(check.run(_with(environment, watched)), found)
        if not asked:
            return found
        (_, doubts) = parted(broken[asked[0]].values)
        broken = {name: each for name, each in broken.items() if parted(each.values)[1] != doubts}
    return _newer(check.run(environment), found)


def _newer(report: Report, before: Report) -> Report:
    """What a pass found with fewer agents, with what else it found before that at other places."""
    known = {(each.code.id, each.span) for each in report.diagnostics}
    kept = (each for each in before.diagnostics if (each.code.id, each.span) not in known)
    return Report.of((*report.diagnostics, *kept))


def _with(environment: Environment, more: Mapping[str, Agent]) -> Environment:
    if not more:
        return environment
    everybody = sorted({**environment.agents, **more}.items())
    return replace(environment, agents=MappingProxyType(dict(everybody)))


def _watched(agent: Agent, asked: list[str]) -> Agent:
    """An agent with errors that writes its name down when a pass ends at it."""
    assert isinstance(agent.values, Doubtful)
    return replace(agent, values=agent.values.telling(lambda: asked.append(agent.name)))
