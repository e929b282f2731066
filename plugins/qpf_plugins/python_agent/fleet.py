"""What all agents of an environment share: the list of their packages, and the tests of all together."""

from collections.abc import Iterator

from qpf.api import Artifact, Diagnostic, EmitError, Environment, Tools
from qpf_plugins.python_agent import codes
from qpf_plugins.python_agent.fleet_proof import emit_tests


def emit_environment(tools: Tools, environment: Environment) -> Iterator[Artifact]:
    """Emit the list of agents that `qpf run` starts, and the tests of all of them together.

    Raises:
        EmitError: If the package of one agent hides a hand-written module of another.
    """
    found = list(_hidden_modules(environment))
    if found:
        raise EmitError(*found)
    document = {
        "version": 1,
        "fleet": environment.fleet.name,
        "environment": environment.name,
        "agents": {name: {"package": name, "src": f"agents/{name}/src"} for name in _names(environment)},
    }
    yield Artifact("fleet.json", tools.json(document))
    yield from emit_tests(tools, environment)


def _names(environment: Environment) -> list[str]:
    """Every agent of the fleet, whichever were asked for: the list is the environment's."""
    return sorted(environment.known or environment.agents)


def _hidden_modules(environment: Environment) -> Iterator[Diagnostic]:
    names = frozenset(_names(environment))
    for name, agent in environment.agents.items():
        for method, binding in agent.values["integration"]["methods"].items():
            module = binding["implementation"].partition(":")[0]
            hider = module.partition(".")[0]
            if hider in names and hider != name:
                yield Diagnostic(
                    codes.SHADOWING_AGENT,
                    f"method {method} of agent {name} is implemented in {module}, "
                    f"which the package of agent {hider} hides",
                    agent.span("integration", "methods", method, "implementation"),
                    hint="rename the hand-written module: an agent's name belongs to what is emitted for it",
                )
