"""QPF614: a secret under a name that is taken."""

from collections.abc import Iterator

from qpf.api import Agent, Diagnostic, Environment, Pass
from qpf_plugins.kubernetes.codes import VARIABLE_RESERVED
from qpf_plugins.kubernetes.configuration import VARIABLES
from qpf_plugins.kubernetes.options import targeted


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """A secret would fill an environment variable that the agent's own configuration sets.

    What it does:
        Compares the names of `deployment.secrets` with the variables of the emitted ConfigMap.

    Why is this bad:
        Of two variables of one name the later wins: the agent would read a secret as, say, its port.

    Example:
        ```yaml
        deployment: {secrets: {QPF_PORT: {secret: main-agent, key: port}}}
        ```

    Use instead:
        ```yaml
        deployment: {secrets: {DATABASE_URL: {secret: main-agent, key: url}}}
        ```
    """
    if not targeted(environment):
        return
    for name in agent.values["deployment"]["secrets"]:
        if name in VARIABLES:
            path = ("deployment", "secrets", name)
            yield Diagnostic(
                VARIABLE_RESERVED,
                f"{agent.name} fills {name} from a secret, but its own configuration sets it",
                agent.span(*path),
                path,
                hint=f"choose another name; taken are {', '.join(VARIABLES)}",
                subject=agent.name,
            )


PASS = Pass("variable-reserved", 6, (VARIABLE_RESERVED,), check)
