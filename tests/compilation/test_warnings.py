"""What is no error is said every time, whoever found it, and whether or not anything is compiled again."""

import shutil
from pathlib import Path

import pytest

from tests.compilation.chains import make_fleet, swap
from tests.compilation.memory import MESH, compile_fleet, line
from tests.host.hostile import installed
from tests.host.installing import register

CAREFUL = """
from qpf.api import Artifact, Code, Diagnostic, EmitError, Emitter, Severity, hookimpl

CODE = Code("CAR001", "careful", Severity.WARNING, "An agent is emitted with care.")


def emit(tools, agent, environment):
    if agent.name == "alpha":
        raise EmitError(Diagnostic(CODE, "alpha takes care"))
    return [Artifact(f"careful/{agent.name}.txt", b"x")]


@hookimpl
def qpf_emitters():
    return [Emitter("careful", (CODE,), emit, lambda tools, environment: [])]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fleet in which two agents look back further than they remember."""
    return make_fleet(tmp_path / "fleet")


def test_a_warning_is_repeated_while_anything_else_changes(root: Path) -> None:
    wanted = line(root).findings
    assert len(wanted) == 2
    assert compile_fleet(root).findings == wanted
    swap("agents/agent_00003.yaml", "Agent 3", "The third agent")(root)
    assert compile_fleet(root).findings == wanted
    swap("base/orchestrator.yaml", "Weigh the", "Weigh all")(root)
    assert compile_fleet(root).findings == wanted
    shutil.rmtree(root / ".qpf" / "state")
    assert compile_fleet(root).findings == wanted


@pytest.mark.parametrize(
    "path", ["qpf.yaml", "environments/staging/environment.yaml", "agents/agent_00011.yaml"]
)
def test_a_warning_points_at_its_line_wherever_that_moved(root: Path, path: str) -> None:
    before = compile_fleet(root).findings
    file = root / path
    file.write_text("# one\n# more\n" + file.read_text())
    after = compile_fleet(root).findings
    assert after == line(root).findings
    assert (after != before) == (path != "qpf.yaml")
    file.write_text(file.read_text().removeprefix("# one\n# more\n"))
    assert compile_fleet(root).findings == before


def test_a_warning_that_is_gone_is_not_said_again_and_comes_back_with_its_cause(root: Path) -> None:
    both = compile_fleet(root).findings
    swap("agents/agent_00011.yaml", "365 days", "30 days")(root)
    one = compile_fleet(root).findings
    assert [each["agent"] for each in one] == ["agent_00001"]
    swap("agents/agent_00011.yaml", "30 days", "365 days")(root)
    assert compile_fleet(root).findings == both


def test_a_warning_is_said_beside_an_error_and_after_it(root: Path) -> None:
    both = compile_fleet(root).findings
    swap("agents/agent_00003.yaml", "criticality: low", "criticality: none")(root)
    failed = compile_fleet(root)
    assert failed.status == 1
    assert failed.findings == line(root).findings
    assert [each for each in failed.findings if each["severity"] == "warning"] == both
    swap("agents/agent_00003.yaml", "criticality: none", "criticality: low")(root)
    assert compile_fleet(root).findings == both


def test_a_warning_of_an_emitter_is_said_every_time(tmp_path: Path) -> None:
    root, site = tmp_path / "fleet", tmp_path / "site"
    shutil.copytree(MESH, root)
    swap("qpf.yaml", "[python_agent, kubernetes]", "[careful]")(root)
    (root / "environments" / "dev" / "environment.yaml").write_text("schema_version: 6.0.0\n")
    register(site, "careful", "0.1.0", {"careful": "careful"})
    (site / "careful.py").write_text(CAREFUL)
    with installed(site):
        said = [compile_fleet(root).findings for _ in range(4)]
        shutil.rmtree(root / ".qpf" / "state")
        said.append(compile_fleet(root).findings)
        assert [each["message"] for each in said[0]] == ["alpha takes care"]
        assert said == [line(root).findings] * 5
