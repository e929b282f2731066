"""`qpf ci` with memory reports what it reports without, whatever was changed since."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from qpf import pipeline
from tests.command import run
from tests.compilation.chains import CHANGES, Change, append, make_fleet, swap

FLEETS = Path(__file__).parent.parent / "fleets"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CI around, whatever runs these tests."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet, compiled and remembered; no warning is found in it, and nobody changes it."""
    root = make_fleet(tmp_path_factory.mktemp("chains") / "fleet", "15 days")
    assert run(["compile"], root)[0] == 0
    return root


@pytest.fixture
def root(compiled: Path, tmp_path: Path) -> Path:
    """A copy."""
    return shutil.copytree(compiled, tmp_path / "fleet", symlinks=True)


def told(root: Path, *arguments: str) -> tuple[int, Any]:
    status, output = run(["ci", "-o", "json", *arguments], root)
    _, start, document = output.partition("{\n")  # what is said of damaged memory comes before it
    return status, json.loads(start + document)


def agree(root: Path, *arguments: str) -> int:
    """Demand the same exit code and the same report with memory and without."""
    found = told(root, *arguments)
    assert found == told(root, *arguments, "--no-cache")
    return found[0]


def looked(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often environments were looked at whole, by name."""
    times: dict[str, int] = {}
    check = pipeline.check

    def noted(workspace: Any, environment: str, agents: Any = ()) -> Any:
        times[environment] = times.get(environment, 0) + 1
        return check(workspace, environment, agents)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "check", noted)
        run(["ci"], root)
    return times


def test_where_nothing_is_to_be_told_memory_answers(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(root, monkeypatch) == {}
    shutil.rmtree(root / ".qpf")
    assert looked(root, monkeypatch) == {}
    assert (root / ".qpf" / "cache").is_dir()
    assert agree(root) == 0
    assert agree(root, "--env", "staging") == 0


def test_nothing_is_checked_twice(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swap("agents/agent_00003.yaml", "of the synthetic", "of the other")(root)
    assert looked(root, monkeypatch) == {"dev": 1, "staging": 1}


def test_nothing_but_memory_is_written(root: Path) -> None:
    shutil.rmtree(root / ".qpf")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path != root}
    told(root)
    after = {path: path.stat().st_mtime_ns for path in root.rglob("*") if ".qpf" not in path.parts}
    assert {path: when for path, when in after.items() if path != root} == before


def test_no_memory_is_made_where_none_is_wanted(root: Path) -> None:
    shutil.rmtree(root / ".qpf")
    told(root, "--no-cache")
    assert not (root / ".qpf").exists()
    append("qpf.yaml", "extraction_engine:\n  cache: {enabled: false}\n")(root)
    told(root)
    assert not (root / ".qpf").exists()


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_is_reported_as_without_memory(root: Path, change: Change) -> None:
    change.make(root)
    agree(root)
    run(["compile"], root)
    agree(root)


@pytest.mark.parametrize(
    "change",
    [
        swap("environments/dev/fleet.json", "agent_00003", "agent_00004"),
        lambda root: (root / "environments/dev/qpf.lock").unlink(),
        lambda root: (root / "environments/dev/stray.txt").write_text("x"),
        lambda root: (root / "environments/staging/fleet.json").chmod(0o755),
        lambda root: shutil.rmtree(root / "environments/dev/composed"),
        lambda root: (root / "golden").mkdir(),
        swap("agents/agent_00003.yaml", "criticality: low", "criticality: none"),
        swap("agents/agent_00003.yaml", "name: ", "name:  "),
        swap("qpf.yaml", "schema_version: ", "schema_version: 1"),
        append("environments/dev/environment.yaml", "schema_version: 6.0.0\n"),
        append("agents/agent_00003.yaml", "schema_version: 5.9.0\n"),
        lambda root: (root / "base" / "x.yml").write_text("a: 1\n"),
        lambda root: (root / "qpf.yaml").unlink(),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported_as_without_memory(root: Path, change: Any) -> None:
    change(root)
    agree(root)
    agree(root)


@pytest.mark.parametrize("name", ["broken", "flat", "mesh", "tiny", "v5.9.0"])
def test_every_fleet_is_reported_as_without_memory(name: str, tmp_path: Path) -> None:
    root = shutil.copytree(FLEETS / name, tmp_path / "fleet", symlinks=True)
    agree(root)
    run(["compile"], root)
    agree(root)
    for form in ("text", "sarif", "github", "gitlab"):
        assert run(["ci", "-o", form], root) == run(["ci", "-o", form, "--no-cache"], root)
    shutil.rmtree(root / "golden", ignore_errors=True)
    agree(root)
    agree(root)


def test_damaged_memory_is_no_memory(root: Path) -> None:
    for path in (root / ".qpf").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])
    assert agree(root) == 0
