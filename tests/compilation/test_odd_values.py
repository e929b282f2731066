"""Values that are not plain JSON in a section's model look alike to whoever emits them, remembered or not."""

import shutil
from pathlib import Path

import pytest

from tests.compilation.chains import swap
from tests.compilation.memory import MESH, compile_fleet, emitted, line
from tests.host.hostile import installed
from tests.host.installing import register

ODD = """
from datetime import date
from enum import Enum

from pydantic import BaseModel, ConfigDict

from qpf.api import Artifact, Code, Diagnostic, Emitter, Pass, Section, Severity, hookimpl

LOOKED_AT = Code("ODD001", "looked-at", Severity.NOTE, "Values are looked at.")


class Colour(str, Enum):
    RED = "red"


class Odd(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: Colour = Colour.RED
    by_number: dict[int, str] = {1: "one"}
    pair: tuple[int, ...] = (1, 2)
    day: date = date(2026, 1, 2)
    ratio: float = 1.0
    large: int = 2**70
    text: str = "\\u2028 \\u00e9"


def said(agent):
    return repr(agent.values["odd"])


def emit_agent(tools, agent, environment):
    return [Artifact(f"odd/{agent.name}.txt", said(agent).encode())]


def emit_environment(tools, environment):
    return [Artifact("odd/all.txt", "\\n".join(map(said, environment.agents.values())).encode())]


def looked_at(environment):
    for agent in environment.agents.values():
        for each in (agent.values, agent.values["odd"]):
            ways = [each, each.copy(), each | {"a": 1}, {"a": 1} | each, each | each, [*reversed(each)]]
            yield Diagnostic(LOOKED_AT, f"{agent.name}: {ways}")


@hookimpl
def qpf_passes():
    return [Pass("looked-at", 7, (LOOKED_AT,), looked_at, scope="environment", partial=True)]


@hookimpl
def qpf_sections():
    return [Section("odd", Odd, required=False)]


@hookimpl
def qpf_emitters():
    return [Emitter("oddity", (), emit_agent, emit_environment)]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fleet whose agents have odd values."""
    root = tmp_path / "fleet"
    shutil.copytree(MESH, root)
    swap("qpf.yaml", "[python_agent, kubernetes]", "[oddity]")(root)
    (root / "environments" / "dev" / "environment.yaml").write_text("schema_version: 6.0.0\n")
    for agent in (root / "agents").iterdir():
        agent.write_text(agent.read_text() + "odd: {ratio: 2}\n")
    register(tmp_path / "site", "odd", "0.1.0", {"odd": "odd_values"})
    (tmp_path / "site" / "odd_values.py").write_text(ODD)
    return root


def test_emitters_see_the_same_values_whether_or_not_they_are_remembered(root: Path, tmp_path: Path) -> None:
    with installed(tmp_path / "site"):
        anew = line(root)
        wanted = anew.tree
        assert {found["code"] for found in anew.findings} == {"ODD001"}
        for _ in range(2):
            run = compile_fleet(root)
            assert run.status == 0, (run.document, run.errors)
            assert run.findings == anew.findings
            assert emitted(root) == wanted
            (root / "environments" / "dev" / "odd" / "all.txt").unlink()
    one = wanted["dev/odd/alpha.txt"][1]
    assert wanted["dev/odd/all.txt"][1].split(b"\n") == [one] * 4
