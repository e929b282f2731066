"""A plugin that ends its process is one finding with its name; one that forks gets back into one process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.host.hostile import make_fleet
from tests.host.installing import register

PLUGIN = """\
import os, sys
from pydantic import BaseModel, field_validator
from qpf.api import Artifact, Emitter, Pass, Section, hookimpl


def at(place):
    if place == "{place}":
        {deed}


class Costs(BaseModel, extra="forbid"):
    budget: int = 0

    @field_validator("budget")
    @classmethod
    def check(cls, budget: int) -> int:
        at("model")
        return budget


def over(place):
    return lambda *given: at(place) or []


def emit(tools, agent, environment):
    at("agent")
    return [Artifact("evil/" + agent.name + ".txt", b"fine")]


@hookimpl
def qpf_sections():
    at("hook")
    return [Section(name="costs", model=Costs, required=False)]


@hookimpl
def qpf_emitters():
    return [Emitter(name="evil", codes=(), emit_agent=emit, emit_environment=over("emitter"))]


@hookimpl
def qpf_passes():
    at("generator")
    for scope in ("source", "fleet", "agent", "environment"):
        yield Pass(name=scope, layer=5, codes=(), check=over(scope), scope=scope)


at("import")
"""

PLACES = {
    "import": "plugin `evil` (hostile 1.0) cannot be loaded: SystemExit: 0",
    "hook": "hook `qpf_sections` of plugin `evil` failed: SystemExit: 0",
    "generator": "hook `qpf_passes` of plugin `evil` failed: SystemExit: 0",
    "source": "pass `source` of plugin `evil` crashed: SystemExit: 0",
    "fleet": "pass `fleet` of plugin `evil` crashed: SystemExit: 0",
    "environment": "pass `environment` of plugin `evil` crashed: SystemExit: 0",
    "emitter": "emitter `evil` of plugin `evil` crashed: SystemExit: 0",
}


def told(folder: Path, place: str, deed: str, *arguments: str) -> tuple[int, str, str]:
    """What a command gives and says where a plugin does something in a place."""
    root, site = make_fleet(folder / "fleet", "evil"), folder / "site"
    agent = root / "agents" / "adder.yaml"
    agent.write_text(agent.read_text() + "\ncosts: {budget: 1}\n")
    site.mkdir()
    (site / "evil_plugin.py").write_text(PLUGIN.format(place=place, deed=deed))
    register(site, "hostile", "1.0", {"evil": "evil_plugin"})
    path = os.pathsep.join([str(site), *filter(None, sys.path)])
    command = [sys.executable, "-m", "qpf", "-C", str(root), *arguments]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_a_plugin_cannot_end_a_compile(tmp_path: Path, place: str) -> None:
    status, _, said = told(tmp_path, place, "os._exit(0)", "compile", "-j1")
    assert (status, PLACES[place] in said) == (2, True), said


@pytest.mark.parametrize("deed", ["os._exit(0)", "sys.exit(0)"])
def test_a_model_cannot_end_a_command(tmp_path: Path, deed: str) -> None:
    status, _, said = told(tmp_path, "model", deed, "explain", "adder")
    assert (status, said.splitlines()[0]) == (2, "qpf: error in plugin `evil`: SystemExit: 0"), said


def test_a_plugin_that_leaves_keeps_no_finding_of_others_back(tmp_path: Path) -> None:
    status, printed, _ = told(tmp_path, "environment", "os._exit(0)", "validate", "-o", "json")
    (found,) = json.loads(printed)["findings"]
    assert (status, found["code"], found["plugin"]) == (2, "QPF012", "evil")
    assert "raised at evil_plugin.py:8 in at" in [note["message"] for note in found["notes"]]


def test_what_a_plugin_starts_ends_as_it_likes(tmp_path: Path) -> None:
    deed = "os._exit(3) if os.fork() == 0 else print('ended', os.waitstatus_to_exitcode(os.wait()[1]))"
    status, _, said = told(tmp_path, "environment", deed, "validate")
    assert (status, said.split()[:2]) == (0, ["ended", "3"])


@pytest.mark.parametrize(
    "place", ["import", "hook", "generator", "source", "agent", "environment", "emitter"]
)
def test_a_process_that_a_plugin_forks_does_not_compile_too(tmp_path: Path, place: str) -> None:
    status, printed, said = told(tmp_path, place, "os.fork()", "compile", "-o", "json", "--progress", "none")
    (done,) = json.loads(printed)["environments"]
    assert (status, len(done["written"]), said) == (0, 5, "")


APART = 'type("Lock", (), {{"__del__": lambda self: exec({0!r})}})()'


@pytest.mark.parametrize(
    ("place", "raised", "is_told"),
    [
        ("import", "raise SystemExit", False),
        ("import", "1 / 0", True),
        ("agent", "raise SystemExit", False),
        ("agent", "raise KeyboardInterrupt", False),
        ("agent", "1 / 0", True),
    ],
)
def test_of_what_is_raised_when_an_object_is_taken_apart_only_mistakes_are_told(
    tmp_path: Path, place: str, raised: str, *, is_told: bool
) -> None:
    status, _, said = told(tmp_path, place, APART.format(raised), "compile", "-j1", "--progress", "none")
    assert (status, "ZeroDivisionError" in said, "Exception ignored" in said) == (0, is_told, is_told), said
