"""The emitter: `compose.yaml` and `Procfile`, one of each an environment."""

from collections.abc import Iterator

from qpf.api import Agent, Artifact, Environment, Tools
from qpf_plugins.compose.containers import composition
from qpf_plugins.compose.options import NAME, options_of
from qpf_plugins.compose.processes import procfile

__all__ = ["NAME", "emit_agent", "emit_environment"]


def emit_agent(_tools: Tools, _agent: Agent, _environment: Environment) -> Iterator[Artifact]:
    """Nothing: agents are started together."""
    yield from ()


def emit_environment(tools: Tools, environment: Environment) -> Iterator[Artifact]:
    """Both ways to start an environment on one machine."""
    yield Artifact("compose.yaml", tools.yaml(composition(environment, options_of(environment))))
    yield Artifact("Procfile", procfile(environment).encode())
