"""The templates of emitted files; a fleet replaces one by a file of its name in `templates/python_agent/`."""

from collections.abc import Mapping
from importlib.resources import files

NAMES = (
    "Dockerfile.jinja",
    "README.md.jinja",
    "agent.py.jinja",
    "component.py.jinja",
    "config.py.jinja",
    "conftest.py.jinja",
    "fleet_conftest.py.jinja",
    "fleet_pyproject.toml.jinja",
    "init.py.jinja",
    "main.py.jinja",
    "packets.py.jinja",
    "pyproject.toml.jinja",
    "test_agent.py.jinja",
    "test_contracts.py.jinja",
    "test_fleet.py.jinja",
    "test_component.py.jinja",
)


def read_templates() -> Mapping[str, str]:
    """The text of each template by name."""
    folder = files(__package__)
    return {name: folder.joinpath(name).read_text(encoding="utf-8") for name in NAMES}
