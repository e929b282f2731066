"""In which order extractions are begun: first those at the head of the longest way to the end."""

from collections.abc import Mapping, Sequence

from qpf.model.plan import Plan

_UNKNOWN = 0.01
"""Seconds an extraction counts for of which nothing is known."""


def critical(plan: Plan, agents: Sequence[str], seconds: Mapping[str, float]) -> tuple[str, ...]:
    """Some of a plan's agents, those with the most work behind them first; ties by name."""
    behind = weights(plan, seconds)
    return tuple(sorted(agents, key=lambda name: (-behind[name], name)))


def weights(plan: Plan, seconds: Mapping[str, float]) -> Mapping[str, float]:
    """For each agent, the seconds of the longest chain of dependents that begins with it."""
    behind = {each.agent: 0.0 for each in plan.extractions}
    for each in reversed(plan.extractions):
        behind[each.agent] += seconds.get(each.agent, 0.0) or _UNKNOWN
        for needed in each.dependencies:
            behind[needed] = max(behind[needed], behind[each.agent])
    return behind


def longest_chain(plan: Plan, seconds: Mapping[str, float]) -> tuple[str, ...]:
    """The critical path: the chain of dependencies that takes longest, dependencies first."""
    behind = weights(plan, seconds)
    dependents: dict[str, list[str]] = {each.agent: [] for each in plan.extractions}
    for each in plan.extractions:
        for needed in each.dependencies:
            dependents[needed].append(each.agent)
    chain: list[str] = []
    ahead = list(dependents)
    while ahead:
        chain.append(min(ahead, key=lambda name: (-behind[name], name)))
        ahead = dependents[chain[-1]]
    return tuple(chain)
