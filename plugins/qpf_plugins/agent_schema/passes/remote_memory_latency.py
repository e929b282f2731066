"""QPF701: a decision that must be quick waits for a remote database."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity

CODE = Code(
    "QPF701",
    "remote-memory-latency",
    Severity.WARNING,
    "A latency target under 100 ms with memory in a remote database.",
)
TIGHT_MS = 100
_REMOTE = ("postgresql",)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A decision is promised in under 100 ms, but episodic memory is a remote database.

    What it does:
        Where `deployment.decisionlatencymaxms` is under 100, looks at whether
        `memorytopology.episodicmemory.storagetype` is reached over the network.

    Why is this bad:
        Each decision reads and writes episodes. A round trip or two to a database that is
        not having its best moment takes the whole budget.

    Example:
        ```yaml
        deployment: {decisionlatencymaxms: 50, ...}
        memorytopology:
          episodicmemory: {storagetype: postgresql}
        ```

    Use instead:
        ```yaml
        deployment: {decisionlatencymaxms: 250, ...}
        ```
    """
    target = agent.values["deployment"]["decisionlatencymaxms"]
    storage = agent.values["memorytopology"]["episodicmemory"]["storagetype"]
    if target < TIGHT_MS and storage in _REMOTE:
        path = ("deployment", "decisionlatencymaxms")
        yield Diagnostic(
            CODE,
            f"{agent.name} promises a decision in {target} ms, but remembers in a remote database",
            agent.span(*path),
            path,
            notes=(
                agent.note(
                    f"episodes are kept in {storage}", "memorytopology", "episodicmemory", "storagetype"
                ),
            ),
            hint=f"promise {TIGHT_MS} ms or more, or keep episodes beside the agent",
            subject=agent.name,
        )


PASS = Pass("remote-memory-latency", 7, (CODE,), check)
