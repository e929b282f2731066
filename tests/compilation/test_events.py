"""What is told of a run: every extraction that is made begins and ends, once, and nobody else's does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import fleet as synthetic
from qpf.compilation.fleet import Compilation, Options
from qpf.model.event import Event, ExtractionFinished
from tests.compilation.compiling import front_of
from tests.compilation.memory import compile_fleet
from tests.host.hostile import installed, make_fleet
from tests.host.installing import register

TWO_FINDINGS = """\
from qpf.api import Code, Diagnostic, EmitError, Emitter, Severity, hookimpl

ODD = Code("EVL001", "odd", Severity.WARNING, "Odd.")
WRONG = Code("EVL002", "wrong", Severity.ERROR, "Wrong.")


def emit(tools, agent, environment):
    at = agent.span("name")
    raise EmitError(Diagnostic(WRONG, "it cannot be", at), Diagnostic(ODD, "it is odd", at))


@hookimpl
def qpf_emitters():
    return [Emitter("evil", (ODD, WRONG), emit, lambda tools, environment: ())]
"""


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_every_extraction_begins_before_it_ends_and_what_is_kept_does_neither(
    tmp_path: Path, jobs: str
) -> None:
    root = synthetic.make(40, tmp_path / "fleet")
    agents = {path.stem for path in (root / "agents").iterdir()}
    assert begun_and_ended(root, jobs) == (agents, agents)
    changed = sorted((root / "agents").iterdir())[3]
    changed.write_text(changed.read_text().replace("title: Agent", "title: The agent"))
    assert begun_and_ended(root, jobs) == ({changed.stem}, {changed.stem})


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_every_agent_that_is_validated_is_told_at_once(tmp_path: Path, jobs: str) -> None:
    root = synthetic.make(40, tmp_path / "fleet")
    agents = sorted(path.stem for path in (root / "agents").iterdir())
    told = checked(root, jobs)
    assert sorted(each["agent"] for each in told) == agents
    assert [(each["done"], each["total"]) for each in told] == [(number + 1, 40) for number in range(40)]
    changed = root / "agents" / f"{agents[3]}.yaml"
    changed.write_text(changed.read_text().replace("title: Agent", "title: The agent"))
    assert [(each["agent"], each["total"]) for each in checked(root, jobs)] == [(agents[3], 1)]


def checked(root: Path, jobs: str) -> list[Mapping[str, Any]]:
    """What is told of agents that are validated."""
    return [event for event in compile_fleet(root, jobs).events if event["event"] == "agent_checked"]


def begun_and_ended(root: Path, jobs: str) -> tuple[set[str], set[str]]:
    """Whose extraction began, and whose was built, each of them after it began."""
    begun: set[str] = set()
    ended: set[str] = set()
    for event in compile_fleet(root, jobs).events:
        if event["event"] == "extraction_started":
            assert event["agent"] not in begun
            begun.add(event["agent"])
        if event["event"] == "extraction_finished" and event["origin"] == "built":
            assert event["agent"] in begun - ended
            ended.add(event["agent"])
    return begun, ended


def test_a_failed_extraction_tells_its_error_and_no_warning_beside_it(tmp_path: Path) -> None:
    root, site, seen = make_fleet(tmp_path / "fleet", "evil"), tmp_path / "site", list[Event]()
    site.mkdir()
    (site / "evil_plugin.py").write_text(TWO_FINDINGS)
    register(site, "evil", "1.0", {"evil": "evil_plugin"})
    with installed(site):
        compilation = Compilation(front_of(root), root, Options(), seen.append)
        with compilation.tiers() as tiers:
            compilation.build(["test"], tiers)
    errors = {each.agent: each.error for each in seen if isinstance(each, ExtractionFinished)}
    assert errors == {"adder": "it cannot be", "archivist": "it cannot be"}
