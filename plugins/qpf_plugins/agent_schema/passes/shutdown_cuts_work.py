"""QPF608: an agent that is stopped is killed in the middle of a packet."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF608",
    "shutdown-cuts-work",
    Severity.WARNING,
    "An agent has less time to finish its work when stopped than one packet may take.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent has less time to finish its work when stopped than one packet may take.

    What it does:
        Compares `deployment.graceful_shutdown_timeout` with `deployment.timeout_ms`, after
        composing: an environment often raises the one and forgets the other.

    Why is this bad:
        Each roll-out kills packets half done. Nothing is lost, but all of it is done again, and
        its senders wait.

    Example:
        ```yaml
        deployment: {graceful_shutdown_timeout: 5, timeout_ms: 30000}
        ```

    Use instead:
        ```yaml
        deployment: {graceful_shutdown_timeout: 45, timeout_ms: 30000}
        ```
    """
    deployment = agent.values["deployment"]
    given, needed = deployment["graceful_shutdown_timeout"], deployment["timeout_ms"] / 1000
    if given < needed:
        yield contradiction(
            agent,
            CODE,
            f"{agent.name} has {given} s to finish when it is stopped, but one packet may take {needed:g} s",
            Said(f"it has {given} s to finish", ("deployment", "graceful_shutdown_timeout")),
            Said(f"a packet may take {needed:g} s", ("deployment", "timeout_ms")),
            f"set graceful_shutdown_timeout to {needed:g} or more, or give packets less time",
        )


PASS = Pass("shutdown-cuts-work", 6, (CODE,), check)
