"""What all agents of an environment share: the list of their packages, and the tests of all together."""

from collections.abc import Iterator

from qpf.api import Artifact, Environment, Tools
from qpf_plugins.python_agent.fleet_proof import emit_tests


def emit_environment(tools: Tools, environment: Environment) -> Iterator[Artifact]:
    """Emit the list of agents that `qpf run` starts, and the tests of all of them together."""
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
