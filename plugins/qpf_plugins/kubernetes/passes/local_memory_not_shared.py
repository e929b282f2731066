"""QPF613: replicas that do not know what the others know."""

from collections.abc import Iterator

from qpf.api import Agent, Diagnostic, Environment, Note, Pass
from qpf_plugins.kubernetes.codes import LOCAL_MEMORY_NOT_SHARED
from qpf_plugins.kubernetes.options import targeted
from qpf_plugins.kubernetes.storage import local_memories


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """Several replicas keep memory that each of them has for itself.

    What it does:
        Where an agent runs more than once, looks for memory on a pod's own disk:
        `episodicmemory` in SQLite, `archive` that is local.

    Why is this bad:
        What a packet finds in memory depends on which replica it meets, and the memory goes
        with its pod.

    Example:
        ```yaml
        deployment: {replicas: 3}
        memorytopology: {episodicmemory: {storagetype: sqlite}}
        ```

    Use instead:
        ```yaml
        deployment: {replicas: 3}
        memorytopology: {episodicmemory: {storagetype: postgresql}}
        ```
    """
    replicas = agent.values["deployment"]["replicas"]
    if replicas < 2 or not targeted(environment):  # noqa: PLR2004  # several
        return
    for memory in local_memories(agent):
        path = ("memorytopology", memory, "storagetype")
        yield Diagnostic(
            LOCAL_MEMORY_NOT_SHARED,
            f"each of the {replicas} replicas of {agent.name} has a {memory} of its own, gone with its pod",
            agent.span(*path),
            path,
            notes=(Note("the replicas are set here", agent.span("deployment", "replicas")),),
            hint="keep it in a service that all replicas share, or run one replica",
            subject=agent.name,
            environment=environment.name,
        )


PASS = Pass("local-memory-not-shared", 6, (LOCAL_MEMORY_NOT_SHARED,), check)
