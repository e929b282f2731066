"""Whole fleets in git: what differs between two revisions, or a revision and the work tree."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.command import run
from tests.evolution.fleets import FLEETS, replace

BASE = "base/service.yaml"
GOVERNED = "governance: {mode: autonomous, humanoverride: false}"
STEP = "from: 5.9.0\nto: 6.0.0\noperations:\n  - field_rename: {}\n"
PROD = "schema_version: 6.0.0\noverrides:\n  all:\n    governance: {mode: supervised}\n"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    shutil.copytree(FLEETS / "tiny", root)
    git(root, "init", "--quiet")
    replace(root / BASE, (GOVERNED, "governance: {mode: hybrid, humanoverride: true}"))
    write(root / "migrations" / "step.yaml", STEP.format("deployment.timeout -> deployment.timeout_ms"))
    write(root / "environments" / "prod" / "environment.yaml", PROD)
    commit(root)
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


def commit(root: Path) -> None:
    git(root, "add", ".")
    git(root, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "Change")


def changes(root: Path, *sides: str, status: int | None = None) -> dict[str, dict[str, Any]]:
    """Every change by code and place."""
    found, output = run(["schema", "diff", *sides, "-o", "json"], root)
    assert status is None or found == status, output
    listed = json.loads(output)["changes"]
    return {f"{each['code']} {each['schema']} {each['path']}".strip(): each for each in listed}


def test_a_revision_is_like_itself(fleet: Path) -> None:
    assert changes(fleet, "HEAD", status=0) == {}
    assert changes(fleet, "HEAD", "HEAD", status=0) == {}


def test_a_base_that_is_loosened_is_critical_though_documents_stay_valid(fleet: Path) -> None:
    replace(fleet / BASE, ("mode: hybrid", "mode: autonomous"))
    commit(fleet)
    found = changes(fleet, "HEAD~1", "HEAD", status=1)
    (change,) = found.values()
    assert (change["schema"], change["path"]) == ("base/service", "governance.mode")
    assert (change["policy"], change["policy_code"], change["severity"]) == ("loosens", "P001", "critical")
    assert change["before"]["file"] == f"HEAD~1:{BASE}"
    assert change["after"]["file"] == BASE
    assert [each["file"] for each in change["affected"]] == ["agents/keeper.yaml"]


def test_the_work_tree_is_the_later_side_unless_one_is_named(fleet: Path) -> None:
    replace(fleet / BASE, ("mode: hybrid", "mode: supervised"))
    (change,) = changes(fleet, "HEAD").values()
    assert (change["policy"], change["after"]["file"]) == ("tightens", BASE)


def test_a_sub_that_is_gone_is_missed_by_who_composes_it(fleet: Path) -> None:
    (fleet / "sub" / "memory.yaml").unlink()
    commit(fleet)
    change = changes(fleet, "HEAD~1", "HEAD", status=1)["X010 sub/memory"]
    assert "agents/keeper" in change["message"]
    assert (change["severity"], change["backward"]) == ("breaking", "no")
    replace(fleet / "agents" / "keeper.yaml", ("subs: [memory]", "subs: []"))
    commit(fleet)
    found = changes(fleet, "HEAD~2", "HEAD")
    assert found["X010 sub/memory"]["severity"] == "dangerous"
    assert "X001 agents/keeper composition.subs" in found


def test_a_released_migration_that_is_edited_is_seen(fleet: Path) -> None:
    write(fleet / "migrations" / "step.yaml", STEP.format("deployment.timeout -> deployment.deadline_ms"))
    commit(fleet)
    change = changes(fleet, "HEAD~1", "HEAD")["L014"]
    assert "deployment.deadline_ms" in change["message"]
    assert change["after"]["file"] == "migrations/step.yaml"


def test_an_edit_of_formatting_is_none(fleet: Path) -> None:
    path = fleet / "migrations" / "step.yaml"
    path.write_text("# the way from 5.9.0\n" + path.read_text())
    path = fleet / BASE
    path.write_text(path.read_text().replace(", humanoverride: true}", ",\n  humanoverride: true}"))
    assert changes(fleet, "HEAD", status=0) == {}


def test_a_field_that_packets_lose_is_seen(fleet: Path) -> None:
    replace(fleet / "glue.yaml", ("      text: {type: string, description: What to remember.}\n", ""))
    commit(fleet)
    (change,) = [each for each in changes(fleet, "HEAD~1", "HEAD").values() if each["path"] == "text"]
    assert (change["schema"], change["severity"]) == ("packet/note", "breaking")
    assert "another name" in change["hint"], "no migration reaches a packet on its way"
    assert not [key for key in changes(fleet, "HEAD~1", "HEAD") if key.startswith("L")]
    _, skeleton = run(["schema", "diff", "HEAD~1", "HEAD", "--generate-migration"], fleet)
    assert "operations: []" in skeleton


def test_an_override_that_is_loosened_or_dropped_is_critical(fleet: Path) -> None:
    path = fleet / "environments" / "prod" / "environment.yaml"
    write(path, PROD.replace("supervised", "hybrid"))
    (change,) = changes(fleet, "HEAD", status=1).values()
    assert change["schema"] == "environments/prod/all"
    assert change["policy"] == "loosens"
    write(path, "schema_version: 6.0.0\n")
    change = changes(fleet, "HEAD", status=1)["X010 environments/prod/all"]
    assert (change["policy_code"], change["backward"]) == ("P004", "yes")
    path.unlink()
    change = changes(fleet, "HEAD", status=0)["X010 environments/prod/all"]
    assert change["policy"] == "neutral", "where there is no environment, nothing is governed less"


def test_an_environment_that_is_new_loosens_nothing(fleet: Path) -> None:
    text = "schema_version: 6.0.0\noverrides:\n  all:\n    integration: {services: [redis]}\n"
    write(fleet / "environments" / "test" / "environment.yaml", text)
    (change,) = changes(fleet, "HEAD", status=0).values()
    assert (change["code"], change["policy"]) == ("X011", "neutral")


def test_an_override_that_is_new_in_an_environment_that_was_there_may(fleet: Path) -> None:
    more = "  agents:\n    keeper:\n      integration: {services: [redis]}\n"
    write(fleet / "environments" / "prod" / "environment.yaml", PROD + more)
    (change,) = changes(fleet, "HEAD", status=1).values()
    assert (change["code"], change["policy_code"]) == ("X011", "P012")


def test_migrations_of_sections_say_nothing_of_packets(fleet: Path) -> None:
    for path in fleet.rglob("*.yaml"):
        path.write_text(path.read_text().replace("schema_version: 6.0.0", "schema_version: 7.0.0"))
    step = "from: 6.0.0\nto: 7.0.0\noperations:\n  - field_add: {path: deployment.text, default: x}\n"
    write(fleet / "migrations" / "next.yaml", step)
    assert changes(fleet, "HEAD", status=0) == {}


def test_a_migration_does_not_excuse_what_loosens(fleet: Path) -> None:
    for path in (*fleet.rglob("*.yaml"),):
        text = path.read_text()
        if "schema_version" in text:
            path.write_text(text.replace("schema_version: 6.0.0", "schema_version: 7.0.0"))
    replace(fleet / BASE, ("humanoverride: true", ""), ("mode: hybrid, ", "mode: hybrid"))
    removal = "field_remove: {path: governance.humanoverride, lossy: true}"
    write(fleet / "migrations" / "next.yaml", f"from: 6.0.0\nto: 7.0.0\noperations:\n  - {removal}\n")
    commit(fleet)
    (change,) = [
        each
        for each in changes(fleet, "HEAD~1", "HEAD", status=1).values()
        if each["path"] == "governance.humanoverride"
    ]
    assert change["declared_by"]["step"] == "6.0.0 → 7.0.0"
    assert (change["policy"], change["severity"]) == ("loosens", "critical")


def test_a_version_that_rises_without_a_step_leaves_documents_behind(fleet: Path) -> None:
    replace(fleet / "qpf.yaml", ("schema_version: 6.0.0", "schema_version: 6.1.0"))
    commit(fleet)
    change = changes(fleet, "HEAD~1", "HEAD", status=1)["L015"]
    assert "documents still speak 6.0.0" in change["message"]


def test_a_fleet_may_lie_in_a_folder_of_the_repository(fleet: Path, tmp_path: Path) -> None:
    root = tmp_path / "mono"
    shutil.copytree(fleet, root / "fleets" / "tiny", ignore=shutil.ignore_patterns(".git"))
    git(tmp_path, "init", "--quiet", "mono")
    commit(root)
    inside = root / "fleets" / "tiny"
    replace(inside / BASE, ("mode: hybrid", "mode: autonomous"))
    (change,) = changes(inside, "HEAD", status=1).values()
    assert change["before"]["file"] == f"HEAD:{BASE}"


def test_single_files_of_revisions_are_compared(fleet: Path) -> None:
    replace(fleet / BASE, ("mode: hybrid", "mode: autonomous"))
    commit(fleet)
    (change,) = changes(fleet, f"HEAD~1:{BASE}", BASE, status=1).values()
    assert (change["schema"], change["path"], change["policy"]) == ("", "governance.mode", "loosens")
    assert change["before"]["file"] == f"HEAD~1:{BASE}"
    (change,) = changes(fleet, f"HEAD~1:{BASE}", BASE).values()
    assert change["after"]["file"] == BASE


@pytest.mark.parametrize(
    "side",
    ["v99", "HEAD~40", "v99:base/service.yaml", "HEAD:base/nothing.yaml", "--upload-pack=x:y", ":/words"],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_revision_that_cannot_be_read_is_said_and_never_a_traceback(
    fleet: Path, side: str, form: str
) -> None:
    status, output = run(["schema", "diff", "-o", form, "--", side, "HEAD"], fleet)
    assert status in {1, 2}
    assert "Traceback" not in output
    if form == "json" and status == 1:
        (found,) = json.loads(output)["findings"]
        assert found["severity"] == "error"


def test_a_revision_that_does_not_parse_is_a_finding(fleet: Path) -> None:
    write(fleet / BASE, "name: [\n")
    commit(fleet)
    status, output = run(["schema", "diff", "HEAD~1", "HEAD"], fleet)
    assert status == 1
    assert "base/service.yaml" in output
    assert "Traceback" not in output
