"""Validating with memory finds what validating anew finds, whatever was changed since."""

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qpf.compilation.worker import Worker
from tests.command import run
from tests.compilation.chains import CHANGES, Change, make_fleet, swap

BYTES = b"abz019 :-#'\"{}[]\n"


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet, validated and remembered; nobody changes it."""
    root = make_fleet(tmp_path_factory.mktemp("chains") / "fleet")
    validate(root)
    return root


@pytest.fixture
def root(remembered: Path, tmp_path: Path) -> Path:
    """A copy."""
    return shutil.copytree(remembered, tmp_path / "fleet")


def validate(root: Path, *arguments: str) -> tuple[int, Any]:
    status, output = run(["validate", "-o", "json", *arguments], root)
    return status, json.loads(output)


def agree(root: Path) -> int:
    """Demand the same verdict and findings with memory and without."""
    found = validate(root)
    assert found == validate(root, "--no-cache")
    return found[0]


def looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Environments and agents that validating looks at."""
    seen = set()
    check = Worker.check

    def noted(self: Worker, environment: str, agent: str) -> Any:
        seen.add((environment, agent))
        return check(self, environment, agent)

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "check", noted)
        validate(root)
    return seen


def test_only_an_agent_that_changed_is_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_at(root, monkeypatch) == set()
    swap("agents/agent_00003.yaml", "Agent 3", "The third agent")(root)
    third = {(environment, "agent_00003") for environment in ("dev", "staging")}
    assert looked_at(root, monkeypatch) == third
    assert looked_at(root, monkeypatch) == set()


def test_an_agent_with_an_error_is_looked_at_until_it_has_none(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap("agents/agent_00003.yaml", "criticality: low", "criticality: none")(root)
    third = {(environment, "agent_00003") for environment in ("dev", "staging")}
    assert looked_at(root, monkeypatch) == third
    assert looked_at(root, monkeypatch) == third
    assert agree(root) == 1


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_is_judged_as_without_memory(root: Path, change: Change) -> None:
    change.make(root)
    agree(root)
    agree(root)


def test_agents_are_read_where_no_environment_can_be(root: Path) -> None:
    for name in ("dev", "staging"):
        path = root / "environments" / name / "environment.yaml"
        path.write_text(path.read_text() + "schema_version: 6.0.0\n")
    swap("agents/agent_00003.yaml", "criticality: low", "criticality: [low")(root)
    assert agree(root) == 1
    _, output = validate(root)
    assert "agents/agent_00003.yaml" in {found["file"] for found in output["findings"]}


def test_no_memory_is_made_where_none_is_wanted(root: Path) -> None:
    shutil.rmtree(root / ".qpf")
    validate(root, "--no-cache")
    assert not (root / ".qpf").exists()
    text = (root / "qpf.yaml").read_text()
    (root / "qpf.yaml").write_text(text + "extraction_engine:\n  cache: {enabled: false}\n")
    validate(root)
    assert not (root / ".qpf").exists()


def test_damaged_memory_is_no_memory(root: Path) -> None:
    for path in (root / ".qpf" / "checked").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    agree(root)


@pytest.mark.slow
def test_a_slip_in_any_byte_is_judged_as_without_memory(root: Path) -> None:
    chance = Random(11)  # noqa: S311  # seeded: the same slips in every run
    verdicts = set()
    for _ in range(40):
        files = sorted(path for name in ("agents", "base", "sub") for path in (root / name).rglob("*.yaml"))
        file = chance.choice([*files, root / "qpf.yaml", root / "glue.yaml"])
        content = file.read_bytes()
        at = chance.randrange(len(content))
        file.write_bytes(content[:at] + bytes([chance.choice(BYTES)]) + content[at + 1 :])
        verdicts.add(agree(root))
        if chance.random() < 0.5:
            file.write_bytes(content)
    assert verdicts == {0, 1}
