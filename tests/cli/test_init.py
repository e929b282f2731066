"""`qpf init` leaves a fleet that compiles clean, or nothing."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from qpf.model.node import to_data
from qpf.syntax.reader import read_yaml
from tests.command import CURRENT, run
from tests.host.hostile import run_with
from tests.io.folders import child, outcome_of


def test_a_new_fleet_compiles_clean_at_once(tmp_path: Path) -> None:
    status, output = run(["init"], tmp_path)
    assert status == 0
    assert "qpf.yaml" in output
    assert run(["compile", "-o", "json"], tmp_path)[0] == 0
    assert run(["compile", "--check"], tmp_path) == (0, CURRENT)
    assert run(["validate"], tmp_path) == (0, "no findings: 1 agent, 1 environment\n")


def test_a_folder_may_be_named_and_is_made(tmp_path: Path) -> None:
    status, output = run(["init", "shop/fleet", "-o", "json"], tmp_path)
    assert status == 0
    written = json.loads(output)["written"]
    root = tmp_path / "shop" / "fleet"
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()) == written


def test_what_is_generated_is_marked_for_git(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    run(["compile"], tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    asked = ["environments/dev/qpf.lock", "environments/dev/environment.yaml", "golden/dev/keeper.yaml"]
    done = subprocess.run(
        ["git", "check-attr", "eol", "linguist-generated", "--", *asked],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "environments/dev/qpf.lock: eol: lf",
        "environments/dev/qpf.lock: linguist-generated: set",
        "environments/dev/environment.yaml: eol: lf",
        "environments/dev/environment.yaml: linguist-generated: unset",
        "golden/dev/keeper.yaml: eol: lf",
        "golden/dev/keeper.yaml: linguist-generated: set",
    ]


@pytest.mark.parametrize("name", ["qpf.yaml", "agents", ".gitignore"])
def test_nothing_is_overwritten(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    status, output = run(["init"], tmp_path)
    assert (status, output) == (2, f"qpf: `{name}` is already there; nothing was written\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_broken_link_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / "base").symlink_to(tmp_path / "nowhere")
    assert run(["init"], tmp_path)[0] == 2


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    assert run(["init"], tmp_path)[0] == 0
    assert (tmp_path / "README.md").read_text() == "mine"


@pytest.mark.parametrize("moment", [0, 3, 7])
def test_a_failure_midway_leaves_nothing(
    moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, calls = Path.rename, []

    def failing(source: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > moment:
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", failing)
    status, output = run(["init", "new"], tmp_path)
    assert (status, output) == (2, "qpf: cannot write to new: No space left on device; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", [0, 4, 9])
def test_ctrl_c_leaves_nothing(moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, calls = Path.rename, []

    def interrupted(source: Path, target: Path) -> Path:
        calls.append(target)
        moved = rename(source, target)
        if len(calls) > moment:
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    assert run(["init", "new"], tmp_path) == (130, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["mkdir", "rmdir"])
def test_a_failure_at_either_end_leaves_nothing(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = getattr(os, step)
    failed: list[str] = []

    def failing(path: str, *given: object, **named: object) -> None:
        if not failed and Path(path).name.startswith(".qpf-init-"):
            failed.append(path)
            raise OSError(5, "Input/output error")
        call(path, *given, **named)

    monkeypatch.setattr(os, step, failing)
    status, output = run(["init", "new"], tmp_path)
    assert (status, output) == (2, "qpf: cannot write to new: Input/output error; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", range(0, 9, 2))
def test_what_a_killed_one_left_is_completed_by_the_next(
    moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, calls = Path.rename, []

    def deadly(source: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(source, target)

    def victim() -> None:
        monkeypatch.setattr(Path, "rename", deadly)
        run(["init", "new"], tmp_path)

    assert outcome_of(child(victim)) == -signal.SIGKILL
    assert run(["init", "whole"], tmp_path)[0] == 0
    status, output = run(["init", "new"], tmp_path)
    assert status == 0, output
    assert files_of(tmp_path / "new") == files_of(tmp_path / "whole")
    assert run(["init", "new"], tmp_path)[0] == 2


def files_of(root: Path) -> dict[str, bytes]:
    """Every file, by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_editors_are_told_which_schema_each_file_has(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    schemas = json.loads((tmp_path / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    for schema, pattern in schemas.items():
        described = json.loads((tmp_path / schema).read_text())
        Draft202012Validator.check_schema(described)
        for path in tmp_path.glob(pattern):
            node = read_yaml(path.name, path.read_bytes()).value
            assert node is not None
            assert list(Draft202012Validator(described).iter_errors(to_data(node))) == []
    matched = {path for pattern in schemas.values() for path in tmp_path.glob(pattern)}
    assert matched == set(tmp_path.rglob("*.yaml"))


def test_settings_of_an_editor_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text("{}")
    status, output = run(["init"], tmp_path)
    assert status == 0
    assert "qpf: `.vscode` is already there; its settings are left alone\n" in output
    assert "schema export" not in output, "the schemas are written"
    assert (tmp_path / ".vscode" / "settings.json").read_text() == "{}"
    assert (tmp_path / ".qpf" / "schemas" / "agent.schema.json").exists()


def test_schemas_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / ".qpf").mkdir()
    status, output = run(["init"], tmp_path)
    assert status == 0
    told = "qpf: `.qpf` is already there; `qpf schema export --out .qpf/schemas` writes the schemas\n"
    assert told in output
    assert "settings" not in output.replace(".vscode/settings.json", "")
    assert list((tmp_path / ".qpf").iterdir()) == []
    assert (tmp_path / ".vscode" / "settings.json").exists()


def test_nothing_is_written_where_a_plugin_cannot_be_loaded(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    status, document = run_with("raises_at_import", tmp_path, "init", root=root)
    assert [found["code"] for found in document["findings"]] == ["QPF001"]
    assert status == 2
    assert list(root.iterdir()) == []


def test_what_init_writes_for_editors_is_what_export_writes(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / ".qpf" / "schemas").iterdir()}
    run(["schema", "export", "--out", ".qpf/schemas"], tmp_path)
    assert {path: path.read_bytes() for path in (tmp_path / ".qpf" / "schemas").iterdir()} == before
