"""How an agent is installed and shipped: its project file and its image."""

from qpf_plugins.python_agent.anatomy import Anatomy
from qpf_plugins.python_agent.naming import distribution
from qpf_plugins.python_agent.prose import sentence, toml_string

RUNTIME = "0.1"
"""The compatible release of `qpf-runtime` that emitted code is written for."""

PYTHON = "3.11.14"
"""The Python of the image; a patch release, so that an image does not change by itself."""

USER = 10001
"""Numeric user and group of the image: a cluster can see that it is not root."""

_LOGIC = "../../../../logic"
"""The fleet's hand-written modules, as seen from `environments/ENV/agents/AGENT`."""

DEPENDENCIES = {"qpf-runtime": f"~={RUNTIME}"}
"""What an emitted package needs, with its version."""


def project_values(anatomy: Anatomy) -> dict[str, str]:
    """What the template of `pyproject.toml` is given."""
    places = ["src", _LOGIC] if anatomy.own_logic else ["src"]
    return {
        "distribution": distribution(anatomy.name),
        "version": anatomy.agent.values["system"]["version"],
        "description": toml_string(sentence(anatomy.agent.role) or f"The agent {anatomy.name}."),
        "dependencies": "".join([f'  "{name}{version}",\n' for name, version in DEPENDENCIES.items()]),
        "places": ", ".join(map(toml_string, places)),
        "mypy_path": toml_string(":".join(places)),
    }


def docker_values(anatomy: Anatomy) -> dict[str, object]:
    """What the template of `Dockerfile` is given."""
    deployment = anatomy.agent.values["deployment"]
    return {
        "environment": anatomy.environment.name,
        "python": PYTHON,
        "user": USER,
        "port": deployment["port"],
        "liveness": deployment["health_monitoring"]["liveness_probe"]["endpoint"],
        "interval": deployment["health_monitoring"]["interval_seconds"],
        "logic": anatomy.own_logic,
    }
