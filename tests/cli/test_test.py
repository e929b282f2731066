"""`qpf test` judges a copy of what is compiled, and a missed threshold fails it."""

import json
from pathlib import Path

import pytest

from qpf.io.runs import History
from tests.command import run
from tests.host.hostile import installed, make_fleet
from tests.host.installing import register

GATES = """\
from pathlib import Path

from qpf.api import Artifact, Emitter, Gate, Measurement, hookimpl


def emit(tools, agent, environment):
    pages = agent.values["deployment"]["replicas"]
    return [Artifact(f"papers/{agent.name}.txt", b"x\\n" * (pages - 1) + f"page {pages}".encode())]


def weigh(root, folder, artifacts):
    print("weighing")
    for artifact in artifacts:
        size = len((Path(folder) / artifact.path).read_bytes().splitlines())
        detail = f"{folder}/{artifact.path}:{size}:1: is heavy"
        yield Measurement(artifact.subject, "weight", str(size), "at most 1", size <= 1, detail)


def crash(root, folder, artifacts):
    raise OSError("scales are broken")


def mumble(root, folder, artifacts):
    return ["heavy"]


@hookimpl
def qpf_emitters():
    return [Emitter("papers", (), emit, lambda tools, environment: [])]


@hookimpl
def qpf_gates():
    return [Gate("weight", (), "papers", weigh), Gate("elsewhere", (), "python_agent", crash)%s]
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path / "fleet", "papers")


def judged(fleet: Path, *arguments: str, more: str = "") -> tuple[int, str]:
    site = fleet.parent / "site"
    site.mkdir()
    (site / "papers.py").write_text(GATES % more)
    register(site, "papers", "1.0", {"papers": "papers"})
    with installed(site):
        return run(["test", *arguments], fleet)


def test_gates_of_the_targets_measure(fleet: Path) -> None:
    status, output = judged(fleet)
    rows = [line.split() for line in output.splitlines() if line.startswith("test  ")]
    clean = ["2", "of", "2", "files", "free", "of", "secrets", "all", "ok"]
    assert rows == [
        ["test", "secrets", "adder", "secrets", *clean],
        ["test", "secrets", "archivist", "secrets", *clean],
        ["test", "weight", "adder", "weight", "1", "at", "most", "1", "ok"],
        ["test", "weight", "archivist", "weight", "1", "at", "most", "1", "ok"],
    ]
    assert status == 0


def test_gates_are_traced_where_the_fleet_wants_traces(fleet: Path) -> None:
    with (fleet / "qpf.yaml").open("a") as file:
        file.write(
            "extraction_observability: {tracing: {enabled: true, endpoint: 'otlp+file:trace.jsonl'}}\n"
        )
    assert judged(fleet)[0] == 0
    text = (fleet / "trace.jsonl").read_text()
    assert text.count('"quality_gates_validation_started"') == 1
    assert text.count('"quality_gates_validation_completed"') == 1


def test_a_missed_threshold_is_1_and_says_why(fleet: Path) -> None:
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text(agent.read_text().replace("deployment: {", "deployment: {replicas: 2, "))
    status, output = judged(fleet)
    assert status == 1, output
    assert "MISSED" in output
    assert "papers/adder.txt:2:1: is heavy" in output
    assert "note: papers/adder.txt:2 comes from deployment.replicas, agents/adder.yaml:" in output


def test_only_the_chosen_agents_are_judged(fleet: Path) -> None:
    _, output = judged(fleet, "--agent", "archivist")
    assert "archivist" in output
    assert "adder" not in output


def test_nothing_of_the_fleet_is_touched(fleet: Path) -> None:
    before = sorted(fleet.rglob("*"))
    judged(fleet)
    assert [path for path in sorted(fleet.rglob("*")) if ".qpf" not in path.parts] == before


def test_what_was_measured_is_recorded(fleet: Path) -> None:
    judged(fleet)
    assert {(each.gate, each.name, each.unit) for each in History.of(fleet).read().judged} == {
        ("secrets", "secrets", ""),
        ("weight", "weight", ""),
    }


def test_a_gate_that_crashes_is_a_finding_and_the_others_measure(fleet: Path) -> None:
    status, output = judged(
        fleet, more=', Gate("crash", (), "papers", crash), Gate("mumble", (), "papers", mumble)'
    )
    assert status == 2
    assert "gate `crash` of plugin `papers` crashed: OSError: scales are broken" in output
    assert "gate `mumble` of plugin `papers` handed over a str, not a Measurement" in output
    assert "at most 1" in output


def test_json_lists_measurements(fleet: Path) -> None:
    _, output = judged(fleet, "-o", "json")
    document = json.loads(output[output.index("{") :])
    assert [(each["gate"], each["agent"], each["passed"]) for each in document["measurements"]] == [
        ("secrets", "adder", True),
        ("secrets", "archivist", True),
        ("weight", "adder", True),
        ("weight", "archivist", True),
    ]


def test_a_gate_that_needs_the_whole_environment_gets_it(fleet: Path) -> None:
    wide = ', Gate("wide", (), "papers", weigh, scope="environment")'
    _, output = judged(fleet, "--agent", "archivist", more=wide)
    rows = [line.split()[1:3] for line in output.splitlines() if line.startswith("test  ")]
    assert rows == [
        ["secrets", "archivist"],
        ["weight", "archivist"],
        ["wide", "adder"],
        ["wide", "archivist"],
    ]
