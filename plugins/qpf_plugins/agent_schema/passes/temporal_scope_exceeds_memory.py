"""QPF601: decisions look further back than any memory reaches."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity

CODE = Code(
    "QPF601",
    "temporal-scope-exceeds-memory",
    Severity.WARNING,
    "Decisions look further back than the agent remembers.",
)
_HOURS = {"hours": 1, "days": 24, "months": 24 * 30, "years": 24 * 365}


def hours(duration: str) -> int:
    """A duration such as `90 days` in hours; a month counts 30 days, a year 365."""
    number, unit = duration.split(" ")
    return int(number) * _HOURS[unit]


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """The reasoning's temporal scope is longer than the agent's memory.

    What it does:
        Compares `reasoningengine.temporalscope` with how long working memory
        (`ttl_hours`) and episodic memory (`retention`) keep things. A scope longer than
        working memory is fine as long as episodic memory covers it.

    Why is this bad:
        What a decision is to take into account is gone by the time it is made, and nothing
        says so at run time: the agent just decides on less.

    Example:
        ```yaml
        memorytopology:
          workingmemory: {ttl_hours: 1, ...}
          episodicmemory: {retention: 90 days, ...}
        reasoningengine: {temporalscope: 365 days}
        ```

    Use instead:
        ```yaml
        memorytopology:
          episodicmemory: {retention: 365 days, ...}
        ```
    """
    memory = agent.values["memorytopology"]
    working, episodic = memory["workingmemory"], memory["episodicmemory"]
    scope = agent.values["reasoningengine"]["temporalscope"]
    if hours(scope) > max(working["ttl_hours"], hours(episodic["retention"])):
        path = ("reasoningengine", "temporalscope")
        yield Diagnostic(
            CODE,
            f"{agent.name} looks back {scope}, further than it remembers",
            agent.span(*path),
            path,
            notes=(
                agent.note(
                    f"working memory keeps {working['ttl_hours']:g} hours",
                    "memorytopology",
                    "workingmemory",
                    "ttl_hours",
                ),
                agent.note(
                    f"episodic memory keeps {episodic['retention']}",
                    "memorytopology",
                    "episodicmemory",
                    "retention",
                ),
            ),
            hint="shorten the scope, or keep episodes for as long as it looks back",
            subject=agent.name,
        )


PASS = Pass("temporal-scope-exceeds-memory", 6, (CODE,), check)
