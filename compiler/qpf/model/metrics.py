"""Figures over recorded runs: how often, how long, how much was spared. Nothing is said of too few runs."""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from statistics import fmean, median

from msgspec import Struct

from qpf.model.run import Builds, Dependencies, Judged, Recorded, Run, Tally

ENOUGH_RUNS = 3
"""Fewer runs have no rate: a first compile hits no cache, and that means nothing."""

MOST_DEPENDED_ON = 5
"""How many of them are named."""


class Summary(Struct, frozen=True, kw_only=True):
    """The considered runs in a few figures; None where it cannot be known yet.

    Attributes:
        recorded: How many runs the history holds.
        considered: How many of them all other figures are about.
        agents_extracted_today: Agents that were built anew today, by any recorded run.
        extraction_seconds: Wall seconds of all extractions, one after the other.
        parallel_seconds: Wall seconds of the stages in which they ran.
        speedup: How many times longer the first are than the second: the extractions that ran at a time.
        average_extraction_seconds: Of an agent that was built.
        cache_hit_rate_percent: Agents that did not have to be built, of those that succeeded.
        success_rate_percent: Runs without an error, of all.
    """

    recorded: int
    considered: int
    agents_extracted_today: int
    extraction_seconds: float
    parallel_seconds: float
    speedup: float | None
    average_extraction_seconds: float | None
    cache_hit_rate_percent: float | None
    success_rate_percent: float | None


class Trend(Struct, frozen=True, kw_only=True):
    """A figure over runs, the oldest first."""

    name: str
    unit: str
    values: tuple[float, ...]


class Quality(Struct, frozen=True, kw_only=True):
    """A gate's measurement over runs of `qpf test`.

    Attributes:
        values: The average of the agents each run judged, the oldest first, where that is a number.
        judged: How many the last run judged.
        missed: How many of those miss the threshold.
    """

    environment: str
    gate: str
    name: str
    unit: str
    threshold: str
    values: tuple[float, ...]
    judged: int
    missed: int


class Chain(Struct, frozen=True, kw_only=True):
    """What an environment's dependencies cost.

    Attributes:
        critical_path: The chain of agents that takes longest, one after the other.
        seconds: How long it takes; None if some of them were never built.
        most_depended_on: Agents, with how many others need each, the most needed first.
    """

    environment: str
    critical_path: tuple[str, ...]
    seconds: float | None
    most_depended_on: tuple[tuple[str, int], ...]


class Metrics(Struct, frozen=True, kw_only=True):
    """All that `qpf metrics` shows but the alerts."""

    summary: Summary
    total: Tally
    agents: tuple[Builds, ...]
    trends: tuple[Trend, ...]
    quality: tuple[Quality, ...]
    chains: tuple[Chain, ...]


def metrics(
    recorded: Recorded,
    today: tuple[float, float],
    environments: Collection[str] = (),
    agents: Collection[str] = (),
) -> Metrics:
    """Calculate the figures.

    Args:
        recorded: What the history tells.
        today: When the day began and ends, in seconds since 1970.
        environments: Only these; with none, all.
        agents: Only these in what is told by agent; with none, all.
    """

    def chosen(environment: str) -> bool:
        return not environments or environment in environments

    runs = [run for run in recorded.runs if not environments or any(map(chosen, run.tallies))]
    tallies = [
        sum((tally for name, tally in run.tallies.items() if chosen(name)), start=Tally()) for run in runs
    ]
    builds = tuple(each for each in recorded.builds if chosen(each.environment))
    return Metrics(
        summary=_summary(recorded, today, builds, runs, tallies, environments),
        total=sum(tallies, start=Tally()),
        agents=tuple(
            sorted(
                (each for each in builds if not agents or each.agent in agents),
                key=lambda each: (-median(each.seconds), each.environment, each.agent),
            )
        ),
        trends=_trends(runs, tallies),
        quality=_quality(
            each
            for each in recorded.judged
            if chosen(each.environment) and (not agents or each.agent in agents)
        ),
        chains=tuple(_chain(plan, builds) for plan in recorded.dependencies if chosen(plan.environment)),
    )


def hit_rate(tally: Tally) -> float | None:
    """Percentage of agents that did not have to be built; None if there were none."""
    settled = tally.hits + tally.built
    return 100 * tally.hits / settled if settled else None


def _summary(
    recorded: Recorded,
    today: tuple[float, float],
    builds: Iterable[Builds],
    runs: list[Run],
    tallies: list[Tally],
    environments: Collection[str],
) -> Summary:
    total = sum(tallies, start=Tally())
    known = len(runs) >= ENOUGH_RUNS
    timed = [
        (tally.busy_seconds, seconds)
        for run, tally in zip(runs, tallies, strict=True)
        if (seconds := _extracting(run, environments)) and tally.busy_seconds
    ]
    sequential, parallel = sum(busy for busy, _ in timed), sum(seconds for _, seconds in timed)
    return Summary(
        recorded=recorded.count,
        considered=len(runs),
        agents_extracted_today=len({each.agent for each in builds if today[0] <= each.last < today[1]}),
        extraction_seconds=total.busy_seconds,
        parallel_seconds=parallel,
        speedup=sequential / parallel if parallel else None,
        average_extraction_seconds=total.built_seconds / total.built if total.built else None,
        cache_hit_rate_percent=hit_rate(total) if known else None,
        success_rate_percent=100 * fmean(run.succeeded for run in runs) if known else None,
    )


def _extracting(run: Run, environments: Collection[str]) -> float:
    """Wall seconds in which a run extracted these environments; 0 where they were not timed."""
    if ("", "extract") in run.stages:
        return run.stages["", "extract"] if not environments or set(run.tallies) <= set(environments) else 0.0
    return sum(
        seconds
        for (name, stage), seconds in run.stages.items()
        if stage == "extract" and (not environments or name in environments)
    )


def _trends(runs: list[Run], tallies: list[Tally]) -> tuple[Trend, ...]:
    rates = [rate for tally in tallies if (rate := hit_rate(tally)) is not None]
    memory = [each.memory_bytes for each in tallies if each.memory_bytes]
    trends = (
        Trend(name="run", unit="s", values=tuple(run.seconds for run in runs)),
        Trend(name="agents built", unit="", values=tuple(float(each.built) for each in tallies)),
        Trend(name="cache hit rate", unit="%", values=tuple(rates)),
        Trend(name="lines generated", unit="", values=tuple(float(each.lines) for each in tallies)),
        Trend(name="processor time", unit="s", values=tuple(each.cpu_seconds for each in tallies)),
        Trend(name="peak memory", unit="MiB", values=tuple(each / 2**20 for each in memory)),
    )
    return tuple(trend for trend in trends if any(trend.values))


def _quality(rows: Iterable[Judged]) -> tuple[Quality, ...]:
    ordered = sorted(rows, key=lambda row: (row.environment, row.gate, row.name, row.test))
    found = []
    for (environment, gate, name), group in groupby(
        ordered, key=lambda row: (row.environment, row.gate, row.name)
    ):
        tests = [list(of_test) for _, of_test in groupby(group, key=lambda row: row.test)]
        last = tests[-1]
        measured = [[row.value for row in each if row.value is not None] for each in tests]
        found.append(
            Quality(
                environment=environment,
                gate=gate,
                name=name,
                unit=next((row.unit for each in tests for row in each if row.unit), ""),
                threshold=last[-1].threshold,
                values=tuple(fmean(values) for values in measured if values),
                judged=len(last),
                missed=sum(not row.passed for row in last),
            )
        )
    return tuple(found)


def _chain(plan: Dependencies, builds: Iterable[Builds]) -> Chain:
    seconds = {each.agent: median(each.seconds) for each in builds if each.environment == plan.environment}
    dependents: dict[str, int] = dict.fromkeys(plan.agents, 0)
    longest: dict[str, tuple[float, int]] = {}
    before: dict[str, str] = {}
    for agent, needs in plan.agents.items():
        known = [need for need in needs if need in longest]
        for need in known:
            dependents[need] += 1
        last = max(known, key=lambda need: (longest[need], need), default="")
        along, length = longest[last] if last else (0.0, 0)
        longest[agent] = (along + seconds.get(agent, 0.0), length + 1)
        before[agent] = last
    end = max(longest, key=lambda agent: (longest[agent], agent), default="")
    path = _back(end, before)
    needed = sorted(dependents.items(), key=lambda each: (-each[1], each[0]))[:MOST_DEPENDED_ON]
    return Chain(
        environment=plan.environment,
        critical_path=path,
        seconds=longest[end][0] if path and all(agent in seconds for agent in path) else None,
        most_depended_on=tuple((agent, count) for agent, count in needed if count),
    )


def _back(end: str, before: Mapping[str, str]) -> tuple[str, ...]:
    path = []
    while end:
        path.append(end)
        end = before[end]
    return tuple(reversed(path))
