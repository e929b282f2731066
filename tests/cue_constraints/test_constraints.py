"""Constraints in a fleet: one helper, findings in spite of a hang, no verdict without an engine."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import cuelang
from cuelang import Finding, Limits, version
from cuelang.process import Process
from qpf.compilation.remote import Remote
from qpf_plugins.cue_constraints import engine
from tests.command import run
from tests.compilation.compiling import Here, compiled, front_of
from tests.host.hostile import installed
from tests.host.installing import register

ROOT = Path(__file__).parent.parent.parent
TINY = ROOT / "tests" / "fleets" / "tiny"
EXPLODES = "_a0: [0,0,0,0,0,0,0,0,0,0]\n" + "\n".join(
    f"_a{index + 1}: [for x in _a{index} for y in _a{index} {{x}}]" for index in range(8)
)
ACME = """\
from qpf.api import Code, Pass, Severity, hookimpl

CODE = Code("ACM701", "dear", Severity.ERROR, "It costs too much.")


@hookimpl
def qpf_passes():
    return [Pass("dear", 7, (CODE,), lambda agent, environment: ())]
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Pids of the helpers that are started."""
    pids: list[int] = []

    def starting(limits: Limits) -> Process:
        process = Process(limits)
        pids.append(process.pid)
        return process

    engine._HELD.close()
    monkeypatch.setattr("cuelang.constraints.Process", starting)
    yield pids
    engine._HELD.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A second for each agent."""
    engine._HELD.close()
    init = cuelang.Constraints.__init__
    monkeypatch.setattr(
        cuelang.Constraints, "__init__", lambda self, files: init(self, files, Limits(document_seconds=1.0))
    )
    yield
    engine._HELD.close()


def fleet(tmp_path: Path, **constraints: str) -> Path:
    root = tmp_path / "fleet"
    shutil.copytree(TINY, root)
    for name, text in constraints.items():
        file = root / "base" / "constraints" / f"{name}.cue"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return root


def findings(root: Path, *command: str) -> tuple[int, list[dict[str, object]]]:
    status, output = run([*(command or ("validate",)), "-o", "json"], root)
    return status, json.loads(output)["findings"]


def test_policies_of_this_fleet_keep_to_their_examples() -> None:
    status, output = run(["test", "constraints", "-o", "json"], ROOT)
    told = json.loads(output)
    assert (status, told["findings"], told["uncovered"]) == (0, [], [])
    assert [each["file"] for each in told["examples"] if not each["passed"]] == []
    tried = {each["constraint"] for each in told["examples"]}
    assert tried == {path.relative_to(ROOT).as_posix() for path in (ROOT / "base/constraints").glob("*.cue")}


def test_every_policy_says_what_it_is_about() -> None:
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "base" / "constraints").glob("*.cue")
    }
    said = [rule.says for rule in engine.rules(texts)]
    assert len(said) >= 20
    assert [says for says in said if not {"code", "name", "layer", "message", "hint"} <= says.keys()] == []


def test_agents_and_environments_of_a_fleet_share_one_helper(started: list[int], tmp_path: Path) -> None:
    root = tmp_path / "fleet"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".*", "tests", "docs", "bindings", "runtime"))
    assert findings(root) == (0, [])
    assert len(started) == 1


def test_a_fleet_without_constraints_starts_no_helper(started: list[int], tmp_path: Path) -> None:
    assert findings(fleet(tmp_path)) == (0, [])
    assert started == []


def test_constraints_without_an_engine_are_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cuelang", None)
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    for command in ("validate", "compile"):
        status, found = findings(root, command)
        assert (status, [each["code"] for each in found]) == (2, ["QPF029"])
    assert not (root / "environments" / "dev" / "qpf.lock").exists()
    status, found = findings(root, "test", "constraints")
    assert (status, found[0]["code"]) == (2, "QPF029")


def test_no_constraints_need_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cuelang", None)
    assert findings(fleet(tmp_path)) == (0, [])


def test_constraints_that_hang_are_a_finding_and_everything_else_is_found(
    tmp_path: Path, hurried: None
) -> None:
    hangs_on = f'name: string\nif name == "keeper" {{\n{EXPLODES}\n}}'
    root = fleet(tmp_path, hang=EXPLODES, later=hangs_on, sound="deployment: replicas: >=2")
    (root / "base" / "service.yaml").write_text(
        (root / "base" / "service.yaml").read_text().replace("humanoverride: false", "humanoverride: true")
    )
    status, found = findings(root)
    assert status == 1
    assert {(each["code"], each["file"]) for each in found} == {
        ("QPF393", "base/constraints/hang.cue"),
        ("QPF393", "base/constraints/later.cue"),
        ("QPF390", "environments/dev/environment.yaml"),
        ("QPF511", "base/service.yaml"),
    }


def test_the_lock_names_the_engine(tmp_path: Path) -> None:
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    assert run(["compile"], root)[0] == 0
    lock = json.loads((root / "environments" / "dev" / "qpf.lock").read_text())
    assert lock["engines"] == {"cue": version().engine, "cuelang-py": f"0.1.0+{version().helper[:12]}"}


def test_memory_never_hides_what_a_changed_constraint_forbids(tmp_path: Path) -> None:
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    file = root / "base" / "constraints" / "a.cue"
    assert run(["compile"], root)[0] == 0
    for text, expected in (
        ("deployment: replicas: >=2", 1),
        ("deployment: replicas: >=1", 0),
        ('deployment: replicas: >=2 @qpf(code="L9-1", severity=warning)', 0),
        ("deployment: replicas: ", 1),
    ):
        file.write_text(text)
        for _ in range(2):
            assert run(["compile"], root)[0] == expected, text
    file.write_text('deployment: replicas: >=2 @qpf(code="L9-1", severity=warning)')
    assert [findings(root, "compile")[1][0]["code"] for _ in range(2)] == ["L9-1"] * 2


def test_a_changed_constraint_makes_no_agent_anew(tmp_path: Path) -> None:
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    assert run(["compile"], root)[0] == 0
    (root / "base" / "constraints" / "a.cue").write_text("deployment: replicas: >=0")
    (environment,) = json.loads(run(["plan", "-o", "json"], root)[1])["environments"]
    assert [each["origin"] for each in environment["extractions"]] == ["kept"]


def test_another_engine_asks_every_agent_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    asked: list[str] = []
    vet = engine.vet

    def noted(texts: Mapping[str, str], name: str, *document: Any) -> tuple[Finding, ...]:
        asked.append(name)
        return vet(texts, name, *document)

    monkeypatch.setattr(engine, "vet", noted)
    assert run(["compile"], root)[0] == 0
    assert asked == ["keeper"]
    (root / ".qpf" / "standstill").unlink(missing_ok=True)
    assert run(["compile"], root)[0] == 0
    assert asked == ["keeper"]
    monkeypatch.setattr("cuelang.version", lambda: version()._replace(engine="9.9.9"))
    (root / ".qpf" / "standstill").unlink(missing_ok=True)
    assert run(["compile"], root)[0] == 0
    assert asked == ["keeper", "keeper"]


def test_an_agent_is_what_constraints_see(tmp_path: Path) -> None:
    text = """\
name: "keeper"
role: "Keeps notes."
environment: "dev"
governance: escalationpolicy?: {...}
deployment: {port: 8080, replicas: 1}
"""
    assert findings(fleet(tmp_path, a=text)) == (0, [])


def test_workers_elsewhere_must_have_the_same_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    alone, report = compiled(front_of(root), root)
    assert alone
    assert report.diagnostics == ()
    here = front_of(root)
    assert compiled(here, root, lambda front, store: Remote(front, Here(), store)) == (alone, report)
    monkeypatch.setitem(here.workspace.__dict__, "engines", {"cue": "9.9.9"})
    _, refused = compiled(here, root, lambda front, store: Remote(front, Here(), store))
    assert [found.code.name for found in refused.diagnostics] == ["unlike-worker"]
    assert f"cue: {version().engine} there, 9.9.9 here" in refused.diagnostics[0].message


def test_a_code_of_a_plugin_is_refused_once_and_its_constraint_is_held_to(tmp_path: Path) -> None:
    root = fleet(tmp_path, a='deployment: replicas: >=2 @qpf(code="ACM-702", layer=7)')
    site = tmp_path / "site"
    site.mkdir()
    (site / "acme.py").write_text(ACME)
    register(site, "acme", "1.0", {"acme": "acme"})
    with installed(site):
        status, found = findings(root)
    assert status == 1
    told = [(each["code"], each["file"], each["message"]) for each in found]
    assert told == [
        ("QPF392", "base/constraints/a.cue", "code ACM-702 has the prefix of a plugin"),
        (
            "QPF790",
            "environments/dev/environment.yaml",
            "deployment.replicas is not what a constraint allows",
        ),
    ]
