"""`--rev` reads the sources of any revision; the work tree has no say and is not touched."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.command import CURRENT, run
from tests.host.hostile import make_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    run(["compile"], root)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "First")
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


def test_a_revision_compiles_without_checkout(fleet: Path, tmp_path: Path) -> None:
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text("name: [")
    assert run(["validate"], fleet)[0] == 1
    assert run(["compile", "--rev", "HEAD", "--check"], fleet) == (0, CURRENT)
    assert run(["compile", "--rev", "HEAD", "--out", str(tmp_path / "out")], fleet)[0] == 0
    lock = (fleet / "environments" / "test" / "qpf.lock").read_bytes()
    assert (tmp_path / "out" / "test" / "qpf.lock").read_bytes() == lock
    assert agent.read_text() == "name: ["


def test_a_revision_that_is_not_there_is_a_finding(fleet: Path) -> None:
    status, output = run(["validate", "--rev", "v99", "-o", "json"], fleet)
    (found,) = json.loads(output)["findings"]
    assert "v99" in found["message"]
    assert status == 1


def test_findings_of_a_revision_show_its_lines(fleet: Path) -> None:
    (fleet / "agents" / "adder.yaml").write_text("name: [\n")
    git(fleet, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-am", "Second")
    git(fleet, "checkout", "--quiet", "HEAD~1")
    status, output = run(["validate", "--rev", "HEAD@{1}"], fleet)
    assert status == 1
    assert "name: [" in output
