"""QPF642: a package that hides a module."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.python_agent import naming

CODE = Code(
    "QPF642",
    "shadowing-agent",
    Severity.ERROR,
    "An agent's package would hide a module that is imported under the same name.",
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """An agent's package would hide a module that is imported under the same name.

    What it does:
        Where `python_agent` is a target, compares the names of agents, which are the names of
        their packages, with the modules of Python's standard library and with the modules that
        methods are implemented in.

    Why is this bad:
        Which of the two is imported would depend on the order of Python's path.

    Example:
        ```yaml
        # agents/scoring.yaml exists
        integration:
          methods:
            score: {implementation: "scoring.rules:score", description: Scores.}
        ```

    Use instead:
        ```yaml
        integration:
          methods:
            score: {implementation: "logic.scoring_rules:score", description: Scores.}
        ```
    """
    if naming.NAME not in environment.settings.targets:
        return
    agents = environment.known or environment.agents.keys()
    for name, agent in environment.agents.items():
        if naming.is_standard(name):
            yield Diagnostic(
                CODE,
                f"the package of agent {name} would hide a module of Python's standard library",
                agent.span("name"),
                ("name",),
                hint=f"rename the agent, for instance to {name}_agent",
            )
        for method, binding in agent.values["integration"]["methods"].items():
            module = binding["implementation"].partition(":")[0]
            hider = module.partition(".")[0]
            if hider in agents:
                yield _hidden(agent, method, module, hider)


def _hidden(agent: Agent, method: str, module: str, hider: str) -> Diagnostic:
    path = ("integration", "methods", method, "implementation")
    return Diagnostic(
        CODE,
        f"method {method} is implemented in {module}, which the package of agent {hider} hides",
        agent.span(*path),
        path,
        hint="rename the hand-written module: an agent's name belongs to what is emitted for it",
    )


PASS = Pass("shadowing-agent", 6, (CODE,), check, scope="environment", partial=True)
