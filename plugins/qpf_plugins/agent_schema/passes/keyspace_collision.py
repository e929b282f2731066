"""QPF602: two agents write to the same keys."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code("QPF602", "keyspace-collision", Severity.ERROR, "The working memories of two agents share keys.")
_PATH = ("memorytopology", "workingmemory", "keyspace")


def check(environment: Environment) -> Iterator[Diagnostic]:
    """The working-memory keyspaces of two agents overlap.

    What it does:
        Compares the keyspaces of all agents: they collide when one is the other or begins
        with it. Where they are kept does not matter: what is in one process today is in one
        cluster tomorrow.

    Why is this bad:
        One agent overwrites, reads and expires the state of the other. It shows only under
        load, and never in a test of one agent.

    Example:
        ```yaml
        # main_agent
        workingmemory: {keyspace: "agent_v6:*", ...}
        # tensoraios
        workingmemory: {keyspace: "agent_v6:tensoraios:*", ...}
        ```

    Use instead:
        ```yaml
        # main_agent
        workingmemory: {keyspace: "agent_v6:main_agent:*", ...}
        ```
    """
    prefixes = sorted(
        (agent.values["memorytopology"]["workingmemory"]["keyspace"].removesuffix("*"), agent.name)
        for agent in environment.agents.values()
    )
    # Sorted, everything that begins with a prefix follows it: one look back at the open prefixes is enough.
    open_prefixes: list[tuple[str, str]] = []
    for prefix, name in prefixes:
        while open_prefixes and not prefix.startswith(open_prefixes[-1][0]):
            open_prefixes.pop()
        if open_prefixes:
            other_prefix, other = open_prefixes[-1]
            yield Diagnostic(
                CODE,
                f"the keyspace {prefix}* of {name} lies in {other_prefix}* of {other}",
                environment.agents[name].span(*_PATH),
                _PATH,
                notes=(Note(f"the keyspace of {other}", environment.agents[other].span(*_PATH)),),
                hint=f"put the agent's name into the keyspace: agent_v6:{name}:*",
                subject=name,
            )
        open_prefixes.append((prefix, name))


PASS = Pass("keyspace-collision", 6, (CODE,), check, scope="environment", partial=True)
