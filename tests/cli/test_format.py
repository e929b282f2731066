"""`qpf format`: which files, what is written, and how it ends."""

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qpf import pipeline
from qpf.formatting.fleet import layout_of, misformed
from qpf.formatting.flow import Order
from qpf.host.registry import load_registry
from qpf.io.worktree import WorkTree
from qpf.model.node import to_data
from qpf.syntax.reader import read_yaml
from qpf.syntax.writer import write_yaml
from tests.command import run
from tests.fuzz.inputs import InMemory

ROOT = Path(__file__).parent.parent.parent
FLEETS = ROOT / "tests" / "fleets"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    assert run(["init", "fleet"], tmp_path)[0] == 0
    return tmp_path / "fleet"


def uneven(file: Path) -> bytes:
    """Make a file uneven; what it was before."""
    before = file.read_bytes()
    file.write_bytes(before.replace(b"name: ", b"name:    ", 1))
    return before


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*.yaml")
        if ".qpf" not in path.parts
    }


def test_this_fleet_and_a_new_one_are_in_their_form(fleet: Path) -> None:
    assert run(["format", "--check"], ROOT) == (0, "every file is in its form\n")
    assert run(["format", "--check"], fleet) == (0, "every file is in its form\n")


def test_a_file_is_written_once_and_others_are_not_touched(fleet: Path) -> None:
    file = fleet / "agents" / "keeper.yaml"
    before = uneven(file)
    file.chmod(0o640)
    others = {path: what for path, what in state(fleet).items() if path != str(file)}
    assert run(["format"], fleet) == (0, "agents/keeper.yaml\n1 file written\n")
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o777 == 0o640
    after = state(fleet)
    assert {path: after[path] for path in others} == others
    assert run(["format"], fleet) == (0, "every file is in its form\n")
    assert state(fleet) == after


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_looking_writes_nothing_and_exits_with_1(mode: str, fleet: Path) -> None:
    uneven(fleet / "agents" / "keeper.yaml")
    before = state(fleet)
    status, output = run(["format", mode], fleet)
    assert status == 1
    assert "1 file to format" in output
    assert ("-name:    keeper\n+name: keeper\n" in output) is (mode == "--diff")
    assert state(fleet) == before


def test_only_files_that_are_named_are_formatted(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("agents/keeper.yaml", "base/service.yaml", "sub/memory.yaml"):
        uneven(fleet / name)
    monkeypatch.chdir(fleet / "agents")
    status, output = run(["format", "keeper.yaml", "base/service.yaml", "keeper.yaml"], fleet)
    assert (status, output) == (0, "agents/keeper.yaml\nbase/service.yaml\n2 files written\n")
    assert run(["format", "--check"], fleet)[0] == 1


def test_what_is_no_schema_file_or_is_gone_is_passed_over(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("a:   1\n")
    (fleet / "templates").symlink_to(tmp_path)
    uneven(fleet / "sub" / "memory.yaml")
    given = [
        "README.md",
        "agents/gone.yaml",
        "environments/dev/manifests/x.yaml",
        "templates/outside.yaml",
        str(tmp_path / "outside.yaml"),
        "agents/../../outside.yaml",
    ]
    status, output = run(["format", *given], fleet)
    assert status == 0
    assert output.count("passed over: ") == len(given)
    assert "passed over: agents/gone.yaml is not there" in output
    assert (tmp_path / "outside.yaml").read_text() == "a:   1\n"
    assert b"name:    memory" in (fleet / "sub" / "memory.yaml").read_bytes()


@pytest.mark.parametrize(
    "name",
    ["agents/.hidden.yaml", "environments/.hidden/environment.yaml", "environments/a/b/environment.yaml"],
)
def test_what_is_not_looked_at_is_not_said_to_be_in_its_form(name: str, fleet: Path) -> None:
    (fleet / name).parent.mkdir(parents=True, exist_ok=True)
    (fleet / name).write_text("name:    hidden\n")
    said = f"passed over: {name} is no schema file of this fleet\n"
    assert run(["format", "--check", name], fleet) == (0, said)
    status, output = run(["format", "--check", name, "agents/keeper.yaml"], fleet)
    assert (status, output) == (0, f"{said}every file is in its form\n")


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_a_difference_is_not_asked_for_in_a_form_without_one(form: str, fleet: Path) -> None:
    uneven(fleet / "agents" / "keeper.yaml")
    status, output = run(["format", "--diff", "-o", form], fleet)
    assert status == 2
    assert f"--diff prints a difference, which is no {form}" in output


def test_a_file_that_cannot_be_read_is_left_and_the_others_are_formatted(fleet: Path) -> None:
    broken = fleet / "agents" / "broken.yaml"
    broken.write_text("name: [\n")
    uneven(fleet / "agents" / "keeper.yaml")
    status, output = run(["format"], fleet)
    assert status == 1
    assert "QPF101" in output
    assert "agents/keeper.yaml\n1 file written" in output
    assert broken.read_text() == "name: [\n"
    assert run(["format", "agents/keeper.yaml"], fleet) == (0, "every file is in its form\n")


def test_a_link_stays_one(fleet: Path) -> None:
    file = fleet / "agents" / "keeper.yaml"
    uneven(file)
    (fleet / "shared").mkdir()
    shutil.move(file, fleet / "shared" / "keeper.yaml")
    file.symlink_to("../shared/keeper.yaml")
    assert run(["format", "agents/keeper.yaml"], fleet)[0] == 0
    assert file.is_symlink()
    assert b"name: keeper" in (fleet / "shared" / "keeper.yaml").read_bytes()


def test_machines_are_told_where(fleet: Path) -> None:
    uneven(fleet / "agents" / "keeper.yaml")
    status, output = run(["format", "--check", "-o", "github"], fleet)
    assert status == 1
    assert output.startswith("::error file=agents/keeper.yaml,line=")
    status, output = run(["format", "--diff", "-o", "json"], fleet)
    document = json.loads(output)
    assert (status, document["files"], document["written"]) == (1, ["agents/keeper.yaml"], False)
    assert "+name: keeper" in document["diff"]
    status, output = run(["format", "--check", "-o", "sarif"], fleet)
    assert json.loads(output)["runs"][0]["results"][0]["ruleId"] == "QPF130"


def test_a_folder_that_is_no_fleet_gives_no_verdict(tmp_path: Path) -> None:
    status, output = run(["format"], tmp_path)
    assert status == 2
    assert "QPF030" in output


def shuffled(value: Any, order: Order, chance: Random, at: tuple[str | int, ...] = ()) -> Any:
    """The same data; fields of models in any order, names that people chose in theirs."""
    if isinstance(value, dict):
        keys = list(value)
        if order(at):
            chance.shuffle(keys)
        return {key: shuffled(value[key], order, chance, (*at, key)) for key in keys}
    if isinstance(value, list):
        return [shuffled(each, order, chance, (*at, index)) for index, each in enumerate(value)]
    return value


@pytest.mark.parametrize("name", ["flat", "mesh", "reference"])
def test_whatever_order_fields_stand_in_formatted_or_not_the_same_is_compiled(name: str) -> None:
    layout = layout_of(load_registry().value)
    files = {each.path: each.content for each in WorkTree(fleet_named(name)).sources().value}
    chance = Random(name)  # noqa: S311  # not for secrets
    mixed = dict(files)
    for path, content in files.items():
        order = layout.order_of(path)
        body = read_yaml(path, content).value
        if order is not None and body is not None:
            mixed[path] = write_yaml(shuffled(to_data(body), order, chance), sort=False)
    formed = misformed(InMemory(mixed).sources().value, layout)
    assert not formed.report.diagnostics
    assert len(formed.value) > 3
    wanted = artifacts(files)
    assert artifacts(mixed | {each.path: each.after for each in formed.value}) == wanted
    assert artifacts(mixed) == wanted


def fleet_named(name: str) -> Path:
    return ROOT if name == "reference" else FLEETS / name


def artifacts(files: dict[str, bytes]) -> dict[str, bytes]:
    loaded = pipeline.load(InMemory(files)).value
    assert loaded is not None
    compiled = pipeline.compile_fleet(loaded)
    assert not compiled.report.failed
    return {
        f"{each.environment.name}/{artifact.path}": artifact.content
        for each in compiled.value
        for artifact in each.artifacts
    }
