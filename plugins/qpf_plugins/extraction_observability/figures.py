"""The figures of a run, each with its name, unit and whom it is about; whoever publishes them reads this.

All are of one run, and replaced by those of the next: gauges, whatever they count.
"""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from qpf_plugins.extraction_observability.account import Account

MOST_AGENTS = 400
"""Figures by agent are of those whose extraction took longest: every one is a series to whoever stores it."""

About: TypeAlias = dict[str, str]


class Figure(Struct, frozen=True):
    """A kind of figure.

    Attributes:
        name: By OpenTelemetry's rules.
        unit: By UCUM: `s`, `By`, `1`, or what is counted: `{file}`.
        description: What it says.
    """

    name: str
    unit: str
    description: str


RUN_DURATION = Figure("qpf.run.duration", "s", "How long the run took.")
RUN_SUCCEEDED = Figure("qpf.run.succeeded", "", "1 if the run found no error, else 0.")
RUN_FINISHED = Figure("qpf.run.finished.time", "s", "When the run ended, in seconds since 1970.")
RUN_FILES = Figure("qpf.run.files", "{file}", "Files, by what became of them.")
STAGE_DURATION = Figure("qpf.stage.duration", "s", "How long a stage took.")
AGENTS = Figure("qpf.agents", "{agent}", "Agents, by where their files come from: cache hits and misses.")
DURATION = Figure("qpf.extraction.duration", "s", "How long the extraction of an agent took.")
PART_DURATION = Figure("qpf.extraction.part.duration", "s", "How long emitting a part of an agent took.")
FILES = Figure("qpf.extraction.files", "{file}", "Files of an agent.")
TESTS = Figure("qpf.extraction.tests", "{file}", "Files of an agent that are tests.")
LINES = Figure("qpf.extraction.lines", "{line}", "Lines of an agent's Python files.")
CPU_TIME = Figure("qpf.extraction.cpu_time", "s", "Processor time of the extraction of an agent.")
MEMORY = Figure("qpf.extraction.memory", "By", "The most memory its process had when an agent was extracted.")
DEPENDENCIES = Figure("qpf.agent.dependencies", "{agent}", "Agents that an agent needs.")

ORIGINS = ("kept", "local", "remote", "built", "failed")


def figures(account: Account) -> Iterator[tuple[Figure, float, About]]:
    """The figures of a run that has ended, or was cut off."""
    yield RUN_DURATION, account.seconds, {}
    yield RUN_SUCCEEDED, float(account.succeeded), {}
    yield RUN_FINISHED, account.began_ns / 1e9 + account.at, {}
    if account.ended is not None:
        for result in ("written", "removed", "unchanged"):
            yield RUN_FILES, getattr(account.ended, result), {"result": result}
    for (environment, name), seconds in _stages(account).items():
        yield STAGE_DURATION, seconds, {"environment": environment, "stage": name}
    for environment in account.environments:
        counts = dict.fromkeys(ORIGINS, 0) | {"kept": account.kept[environment]}
        for each in account.extracted:
            if each.environment == environment:
                counts["failed" if each.error else each.origin] += 1
        for origin, count in counts.items():
            yield AGENTS, count, {"environment": environment, "origin": origin}
    yield from _by_agent(account)


def _by_agent(account: Account) -> Iterator[tuple[Figure, float, About]]:
    slowest = sorted(account.extracted, key=lambda each: (-each.seconds, each.environment, each.agent))
    for each in slowest[:MOST_AGENTS]:
        about = {"environment": each.environment, "agent": each.agent}
        yield DURATION, each.seconds, {**about, "origin": each.origin}
        yield CPU_TIME, each.cpu_seconds, about
        yield MEMORY, each.memory_bytes, about
        yield FILES, each.files, about
        yield TESTS, each.tests, about
        yield LINES, each.lines, about
        plan = account.planned.get(each.environment)
        if plan is not None:
            yield DEPENDENCIES, len(plan.dependencies.get(each.agent, ())), about
        for part, seconds in each.parts.items():
            yield PART_DURATION, seconds, {**about, "part": part}


def _stages(account: Account) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for each in account.stages:
        key = (each.environment, each.stage)
        found[key] = found.get(key, 0.0) + each.seconds
    return found
