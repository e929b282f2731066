"""Fleets that are not the reference one compile the same way."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks import fleet as synthetic
from tests.command import CURRENT, run

FLEETS = Path(__file__).parent.parent / "fleets"
COMPILES = ("flat", "mesh", "tiny")


@pytest.mark.parametrize("name", COMPILES)
def test_composition_model_compiles_and_is_current(name: str, tmp_path: Path) -> None:
    root = tmp_path / name
    shutil.copytree(FLEETS / name, root)
    assert run(["compile"], root)[0] == 0
    status, output = run(["compile", "--check"], root)
    assert (status, output) == (0, CURRENT)


def test_two_hundred_agents_compile_whole(tmp_path: Path) -> None:
    root = synthetic.make(200, tmp_path / "fleet")
    status, output = run(["compile", "--progress", "none", "-o", "json"], root)
    assert status == 0, output
    (environment,) = json.loads(output)["environments"]
    assert len(environment["agents"]) == 200
    assert len({path.split("/")[1] for path in environment["written"] if path.startswith("agents/")}) == 200
    assert run(["compile", "--check"], root)[0] == 0


def test_one_value_of_two_hundred_agents_rewrites_one_agent(tmp_path: Path) -> None:
    root = synthetic.make(200, tmp_path / "fleet")
    run(["compile"], root)
    agent = sorted((root / "agents").glob("*.yaml"))[17]
    before = {path: path.stat().st_mtime_ns for path in (root / "environments").rglob("*") if path.is_file()}
    agent.write_text(agent.read_text() + "\n# A comment changes no value.\n")
    status, output = run(["compile", "--progress", "none", "-o", "json"], root)
    (environment,) = json.loads(output)["environments"]
    assert (status, environment["written"]) == (0, ["qpf.lock"])
    touched = {path for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert {path.name for path in touched} == {"qpf.lock"}
