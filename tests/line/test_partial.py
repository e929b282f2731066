"""What takes several agents to see is found among the sound ones; who is missing counts against nobody."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpf.api import Code, Diagnostic, Environment, Pass, Severity
from qpf.host.plugin import Registered
from qpf.host.registry import Registry
from qpf.host.workspace import Workspace
from qpf.io.worktree import WorkTree
from qpf.pipeline import check, load
from tests.command import run

MESH = Path(__file__).parent.parent / "fleets" / "mesh"
SEEN = Code("ACM401", "seen", Severity.NOTE, "Seen.")


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MESH, tmp_path / "fleet"))


def edit(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


def found(root: Path, *command: str) -> list[tuple[str, str]]:
    findings = json.loads(run([*(command or ["validate"]), "-o", "json"], root)[1])["findings"]
    return [(each["code"], f"{each['file']}:{each['line']}") for each in findings]


def test_a_broken_agent_does_not_hide_what_is_wrong_between_others(fleet: Path) -> None:
    edit(fleet, "agents/gamma.yaml", "metadata:", "metdata:")
    edit(fleet, "glue.yaml", "to: beta.alert", "to: beta.alrt")
    edit(fleet, "agents/delta.yaml", "agent_v6:delta:*", "agent_v6:beta:*")
    codes = [code for code, _ in found(fleet)]
    assert {"QPF204", "QPF412", "QPF602"} <= set(codes)
    assert len(codes) == len(found(fleet))


@pytest.mark.parametrize("command", [["validate"], ["compile"], ["compile", "-j2"]])
def test_what_is_wrong_between_agents_with_errors_is_found(fleet: Path, command: list[str]) -> None:
    for name in ("beta", "delta"):
        edit(fleet, f"agents/{name}.yaml", "{description: ", "{labels: 7, description: ")
    edit(fleet, "agents/beta.yaml", "metadata:", "integration: {connectto: [delta]}\nmetadata:")
    edit(fleet, "agents/delta.yaml", "metadata:", "integration: {connectto: [beta, ghost]}\nmetadata:")
    edit(fleet, "agents/delta.yaml", "agent_v6:delta:*", "agent_v6:beta:*")
    seen = found(fleet, *command)
    assert {"QPF301", "QPF401", "QPF402", "QPF602"} <= {code for code, _ in seen}
    assert seen == found(fleet)


def test_circles_that_share_no_agent_are_found_in_one_run(fleet: Path) -> None:
    for name, other in (("beta", "alpha"), ("gamma", "delta"), ("delta", "gamma")):
        edit(fleet, f"agents/{name}.yaml", "metadata:", f"integration: {{connectto: [{other}]}}\nmetadata:")
    circles = [place.partition(":")[0] for code, place in found(fleet) if code == "QPF402"]
    assert circles == ["agents/alpha.yaml", "agents/delta.yaml"]


@pytest.mark.parametrize("broken", ["alpha", "beta", "gamma", "delta"])
@pytest.mark.parametrize(("old", "new"), [("peers: [", "peers: [7, "), ("name:", "open: [1\nname:")])
def test_nothing_is_made_up_of_an_agent_that_is_broken(fleet: Path, broken: str, old: str, new: str) -> None:
    edit(fleet, f"agents/{broken}.yaml", old, new)
    assert {place.partition(":")[0] for _, place in found(fleet)} == {f"agents/{broken}.yaml"}


@pytest.mark.parametrize(
    "bad", ["packets: [", "packets: 7\nmeshes: 7\nconnections: 7", "schema_version: six"]
)
def test_nothing_is_missing_where_glue_cannot_be_read(fleet: Path, bad: str) -> None:
    (fleet / "glue.yaml").write_text(bad + "\n")
    assert {place.partition(":")[0] for _, place in found(fleet)} == {"glue.yaml"}


def workspace(root: Path, *, partial: bool, key: str = "owner") -> Workspace:
    """The fleet with one rule, which tells of the agents whose metadata has a key."""

    def tell(environment: Environment) -> Iterator[Diagnostic]:
        having = [name for name, agent in environment.agents.items() if key in agent.values["metadata"]]
        yield Diagnostic(SEEN, ", ".join(having), environment.span)

    outcome = load(WorkTree(root)).value
    assert outcome is not None
    rule = Pass("tell", 4, (SEEN,), tell, scope="environment", partial=partial)
    registry = Registry(sections=outcome.registry.sections, passes=(Registered("acme", rule),))
    return Workspace(
        registry, outcome.sources, outcome.documents, outcome.history, outcome.schema,
        outcome.configuration, outcome.assemblies, {},
    )  # fmt: skip


def told(where: Workspace, *agents: str) -> list[str]:
    return [each.message for each in check(where, "dev", agents).report.diagnostics if each.code == SEEN]


def test_a_pass_waits_for_all_agents_unless_it_bears_that_some_are_missing(fleet: Path) -> None:
    assert told(workspace(fleet, partial=False)) == ["alpha, beta, delta, gamma"]
    edit(fleet, "agents/gamma.yaml", "{description: Member gamma of the mesh.}", "{description: 7}")
    assert told(workspace(fleet, partial=False)) == []
    assert told(workspace(fleet, partial=True)) == ["alpha, beta, delta, gamma"]
    assert told(workspace(fleet, partial=True, key="description")) == ["alpha, beta, delta"]


def test_of_agents_that_were_picked_out_nothing_is_said_about_the_environment(fleet: Path) -> None:
    assert told(workspace(fleet, partial=True), "alpha") == []


def test_compiling_waits_with_the_same_passes_as_validating(fleet: Path) -> None:
    """An unknown key where all others are written puts nothing in doubt, and is an error all the same."""
    edit(fleet, "agents/gamma.yaml", "{title: Gamma}", "{title: Gamma, titel: Gamma}")
    assert found(fleet, "compile") == found(fleet)
    assert told(workspace(fleet, partial=False)) == []
