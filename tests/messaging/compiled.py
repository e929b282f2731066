"""The reference fleet as it is compiled: its bus documents, and the configurations of its agents."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qpf_runtime.config import AgentConfig
from qpf_runtime.listing import read_listing
from qpf_runtime.packages import Packages

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "production")
SPECIFICATIONS = ROOT / ".tools" / "npm" / "node_modules"


def folder(environment: str) -> Path:
    """Where an environment is compiled to."""
    return ROOT / "environments" / environment


def bus_file(environment: str, name: str) -> str:
    """The text of one of its bus documents."""
    return (folder(environment) / "bus" / name).read_text(encoding="utf-8")


def bus_json(environment: str, name: str) -> Any:
    """What one of its bus documents says."""
    return json.loads(bus_file(environment, name))


@contextmanager
def modules(environment: str, module: str) -> Iterator[dict[str, Any]]:
    """By agent, one module of its emitted package."""
    packages = Packages()
    listing = read_listing(folder(environment))
    try:
        yield {
            name: packages.load(f"{each.package}.{module}", folder(environment) / each.src)
            for name, each in listing.agents.items()
        }
    finally:
        packages.unload()


def configs(environment: str) -> tuple[AgentConfig, ...]:
    """The emitted configurations."""
    with modules(environment, "config") as found:
        return tuple(module.CONFIG for module in found.values())


def specification(path: str) -> Any:
    """An official schema; a test that lacks it says how to get it."""
    file = SPECIFICATIONS / path
    assert file.exists(), f"{file} is not there; `make servers` fetches it"
    return json.loads(file.read_bytes())
