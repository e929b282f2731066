"""`qpf compile` writes what the sources say, whole or not at all, and says what it did."""

import json
from pathlib import Path

import pytest

from tests.command import CURRENT, run
from tests.host.hostile import make_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path / "fleet", "python_agent")


def folder(fleet: Path) -> Path:
    return fleet / "environments" / "test"


def files(root: Path) -> dict[str, bytes]:
    """Everything but what the compiler remembers."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".qpf" not in path.relative_to(root).parts
    }


def test_a_second_compile_changes_nothing(fleet: Path) -> None:
    assert run(["compile"], fleet)[0] == 0
    before = files(fleet)
    status, output = run(["compile", "-o", "json"], fleet)
    (environment,) = json.loads(output)["environments"]
    assert (status, environment["written"], environment["removed"]) == (0, [], [])
    assert environment["unchanged"] == len(files(folder(fleet))) - 1
    assert files(fleet) == before


def test_the_table_counts_files(fleet: Path) -> None:
    _, output = run(["compile"], fleet)
    head, row = (line.split() for line in output.splitlines())
    assert head == ["environment", "agents", "written", "unchanged", "removed"]
    assert row == ["test", "2", str(len(files(folder(fleet))) - 1), "0", "0"]


def test_what_is_no_longer_produced_is_removed(fleet: Path) -> None:
    run(["compile"], fleet)
    (fleet / "agents" / "archivist.yaml").unlink()
    _, output = run(["compile", "-o", "json"], fleet)
    (environment,) = json.loads(output)["environments"]
    assert "composed/archivist.yaml" in environment["removed"]
    assert not (folder(fleet) / "agents" / "archivist").exists()


def test_a_failing_compile_touches_nothing(fleet: Path) -> None:
    run(["compile"], fleet)
    before = files(folder(fleet))
    for agent in (fleet / "agents").iterdir():
        agent.write_text("name: [")
    assert run(["compile"], fleet)[0] == 1
    assert files(folder(fleet)) == before


def test_a_change_made_by_hand_is_replaced_and_said(fleet: Path) -> None:
    run(["compile"], fleet)
    (folder(fleet) / "composed" / "adder.yaml").write_text("mine")
    _, output = run(["compile"], fleet)
    assert "replaced a change made by hand: environments/test/composed/adder.yaml" in output


def test_a_persons_file_in_the_way_is_a_finding_and_stays(fleet: Path) -> None:
    (folder(fleet) / "composed").mkdir()
    mine = folder(fleet) / "composed" / "adder.yaml"
    mine.write_text("mine")
    status, output = run(["compile"], fleet)
    assert status == 1
    assert "environments/test/composed/adder.yaml" in output
    assert mine.read_text() == "mine"
    assert not (folder(fleet) / "qpf.lock").exists()


def test_a_damaged_lock_is_a_warning_and_written_anew(fleet: Path) -> None:
    run(["compile"], fleet)
    lock = folder(fleet) / "qpf.lock"
    whole = lock.read_bytes()
    lock.write_bytes(b"<<<<<<< ours\n" + whole)
    status, output = run(["compile"], fleet)
    assert status == 0
    assert "warning[QPF050 damaged-lock]" in output
    assert lock.read_bytes() == whole


def test_check_says_why_and_writes_nothing(fleet: Path) -> None:
    run(["compile"], fleet)
    before = files(fleet)
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text(agent.read_text().replace("title: Adder", "title: Summer"))
    status, output = run(["compile", "--check"], fleet)
    assert status == 1
    assert "environments/test/composed/adder.yaml: stale: agents/adder.yaml:" in output
    assert {**files(fleet), "agents/adder.yaml": b""} == {**before, "agents/adder.yaml": b""}


def test_diff_shows_the_lines(fleet: Path) -> None:
    run(["compile"], fleet)
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text(agent.read_text().replace("title: Adder", "title: Summer"))
    status, output = run(["compile", "--diff", "--agent", "adder"], fleet)
    assert status == 1
    assert "\n-  title: Adder\n+  title: Summer\n" in output
    assert run(["compile", "--diff", "--agent", "archivist"], fleet) == (0, CURRENT)


def test_check_as_findings_fails_like_check(fleet: Path) -> None:
    status, output = run(["compile", "--check", "-o", "github"], fleet)
    assert status == 1
    assert output.startswith("::error ")


def test_out_writes_elsewhere_and_the_same(fleet: Path, tmp_path: Path) -> None:
    run(["compile"], fleet)
    there = tmp_path / "there"
    assert run(["compile", "--out", str(there)], fleet)[0] == 0
    expected = files(folder(fleet))
    expected.pop("environment.yaml")
    assert files(there / "test") == expected


def test_only_the_chosen_environment_is_written(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path / "fleet", "python_agent")
    other = fleet / "environments" / "other"
    other.mkdir()
    (other / "environment.yaml").write_text("schema_version: 6.0.0\n")
    fleet_file = fleet / "qpf.yaml"
    fleet_file.write_text(fleet_file.read_text().replace("targets", "  other: {branch: other}\ntargets"))
    assert run(["compile", "--env", "other"], fleet)[0] == 0
    assert (other / "qpf.lock").exists()
    assert not (folder(fleet) / "qpf.lock").exists()


@pytest.mark.parametrize(
    ("settings", "order"),
    [
        ("strategy: pool", ["adder", "archivist"]),
        ("dependency_graph: explicit", ["archivist", "adder"]),
    ],
)
def test_the_fleet_says_in_which_order_agents_are_begun(fleet: Path, settings: str, order: list[str]) -> None:
    with (fleet / "qpf.yaml").open("a") as file:
        file.write(f"agents: [archivist, adder]\nextraction_engine: {{parallelization: {{{settings}}}}}\n")
    status, output = run(["compile", "-j1", "--progress", "json"], fleet)
    said = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert status == 0, output
    assert [each["agent"] for each in said if each["event"] == "extraction_finished"] == order
