"""Gates measure what they say, blame the right agent, quote the tool, and never skip."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent import gates
from qpf_plugins.python_agent.gates import bench
from qpf_plugins.python_agent.gates.import_cycles import find_cycle
from tests.python_agent.bench import emit
from tests.python_agent.watch_fleet import fleet

GATES = {gate.name: gate for gate in gates.GATES}
LOGIC = Path(__file__).parent / "logic"
EMITTED = emit(fleet())
TYPES = pytest.mark.xdist_group("python_agent_types")  # one worker reads the libraries, once
PACKAGE = "agents/heat_watcher/src/heat_watcher"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet's root with its hand-written logic; shared, so that mypy reads libraries once."""
    folder = tmp_path_factory.mktemp("fleet")
    shutil.copytree(LOGIC, folder / "logic", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def measure(name: str, root: Path, artifacts: tuple[Artifact, ...] = EMITTED) -> list[Measurement]:
    """The rows of one gate."""
    return list(GATES[name].check(str(root), str(root / "environments/dev"), artifacts))


def changed(path: str, old: str, new: str) -> tuple[Artifact, ...]:
    """The emitted files with one of them edited."""
    found = {artifact.path: artifact for artifact in EMITTED}
    text = found[path].content.decode()
    assert old in text
    found[path] = replace(found[path], content=text.replace(old, new).encode())
    return tuple(found.values())


def failing(rows: list[Measurement]) -> list[tuple[str, str, str]]:
    """Agent, measure and value of each row that does not pass; those that pass say nothing."""
    assert all(row.detail for row in rows if not row.passed)
    assert not any(row.detail for row in rows if row.passed)
    return [(row.subject, row.name, row.value) for row in rows if not row.passed]


@pytest.mark.slow
@TYPES
def test_emitted_code_passes_and_nothing_is_written_into_the_fleet(root: Path) -> None:
    environment = root / "environments/dev"
    environment.mkdir(parents=True)
    rows = [row for name in GATES for row in measure(name, root)]
    assert failing(rows) == []
    assert {row.name: row.threshold for row in rows} == {
        "docstrings": "90 %",
        "failed tests": "0",
        "import cycles": "0",
        "line and branch coverage": "80 %",
        "mypy --strict errors": "0",
        "ruff findings": "0",
        "type hints": "95 %",
    }
    assert sorted({row.subject for row in rows}) == ["", "bell", "heat_watcher"]
    assert list(environment.iterdir()) == []
    assert {path.name for path in root.iterdir()} == {"environments", "logic", ".qpf"}
    assert not list((root / "logic").rglob("*.pyc"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from heat_watcher import packets", "import json\nfrom heat_watcher import packets", "F401"),
        (
            "agent = Agent(CONFIG, runtime)",
            "agent = Agent( CONFIG, runtime)",
            "unformatted: File would be reformatted",
        ),
        ("def build(", "def build((", "agent.py:"),
    ],
)
def test_style_gate_quotes_ruff(old: str, new: str, said: str, root: Path) -> None:
    rows = measure("code-style", root, changed(f"{PACKAGE}/agent.py", old, new))
    assert {row[:2] for row in failing(rows)} == {("heat_watcher", "ruff findings")}
    assert said in next(row.detail for row in rows if row.detail)


def test_tool_that_breaks_down_proves_nothing(root: Path) -> None:
    project = "agents/heat_watcher/pyproject.toml"
    rows = measure("code-style", root, changed(project, 'target-version = "py311"', "target-version = 11"))
    assert failing(rows) == [("", "ruff check", "failed"), ("", "ruff format", "failed")]


@pytest.mark.slow
@TYPES
def test_types_gate_quotes_mypy(root: Path) -> None:
    rows = measure("types", root, changed(f"{PACKAGE}/config.py", "port=8080", 'port="8080"'))
    assert failing(rows) == [("heat_watcher", "mypy --strict errors", "1")]
    assert rows[1].detail.startswith(f"{PACKAGE}/config.py:")


@pytest.mark.slow
@TYPES
def test_types_gate_sees_an_edit_of_the_same_length(root: Path) -> None:
    old = "version: ClassVar[int] = 1"
    assert failing(measure("types", root)) == []
    rows = measure("types", root, changed(f"{PACKAGE}/packets.py", old, "version: ClassVar[str] = 1"))
    assert failing(rows) == [("heat_watcher", "mypy --strict errors", "2")]


@pytest.mark.slow
@TYPES
@pytest.mark.parametrize("what", ["damaged", "a file", "a loop of links"])
def test_types_gate_needs_nothing_of_what_mypy_kept(what: str, tmp_path: Path) -> None:
    shutil.copytree(LOGIC, tmp_path / "logic", ignore=shutil.ignore_patterns("__pycache__"))
    kept = tmp_path / ".qpf/mypy"
    kept.parent.mkdir()
    if what == "damaged":
        assert failing(measure("types", tmp_path)) == []
        for path in kept.rglob("*.db"):
            path.write_bytes(path.read_bytes()[:1000])
    elif what == "a file":
        kept.touch()
    else:
        kept.symlink_to(kept)
    assert failing(measure("types", tmp_path)) == []


def test_docstring_gate_names_what_lacks_one(root: Path) -> None:
    rows = measure("docstrings", root, changed(f"{PACKAGE}/checker.py", '"""', "# "))
    assert failing(rows) == [("heat_watcher", "docstrings", "78 %")]
    assert f"{PACKAGE}/checker.py:1: no docstring: the module" in rows[1].detail


def test_hint_gate_names_what_lacks_one(root: Path) -> None:
    artifacts = changed(f"{PACKAGE}/checker.py", "turn: Turn) -> None", "turn)")
    rows = measure("type-hints", root, artifacts)
    assert [row[:2] for row in failing(rows)] == [("heat_watcher", "type hints")]
    assert "no type: route_packet, its result" in rows[1].detail


def test_cycle_gate_shows_the_circle(root: Path) -> None:
    artifacts = changed(f"{PACKAGE}/config.py", "from typing import Final", "from heat_watcher import agent")
    rows = measure("import-cycles", root, artifacts)
    assert failing(rows) == [("heat_watcher", "import cycles", "1 or more")]
    assert rows[1].detail in (
        "heat_watcher.agent → heat_watcher.config → heat_watcher.agent",
        "heat_watcher.config → heat_watcher.agent → heat_watcher.config",
    )


def test_cycle_is_shown_the_way_imports_go() -> None:
    assert find_cycle({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a")}) in (
        ("a", "b", "c", "a"),
        ("b", "c", "a", "b"),
        ("c", "a", "b", "c"),
    )
    assert find_cycle({"a": frozenset("b"), "b": frozenset()}) == ()


@pytest.mark.parametrize("name", ["docstrings", "type-hints", "import-cycles"])
def test_file_that_is_not_python_fails(name: str, root: Path) -> None:
    rows = measure(name, root, changed(f"{PACKAGE}/agent.py", "def build(", "def build(("))
    assert [(row[0], row[2]) for row in failing(rows)] == [("heat_watcher", "not measured")]


def mutant(path: str, old: str, new: str) -> tuple[Artifact, ...]:
    """One agent, with a fault in its package."""
    return tuple(each for each in changed(f"{PACKAGE}/{path}", old, new) if "/heat_watcher/" in each.path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (
            "agent.py",
            "checker.validate_packet, checker.route_packet",
            "checker.route_packet, checker.validate_packet",
        ),
        (
            "checker.py",
            "await routing.route_packet(self.agent, turn)",
            "await routing.validate_packet(self.agent, turn)",
        ),
        ("config.py", "timeout_ms=2000", "timeout_ms=2001"),
    ],
)
def test_emitted_tests_fail_when_the_code_is_wrong(path: str, old: str, new: str, root: Path) -> None:
    rows = measure("tests", root, mutant(path, old, new))
    assert ("heat_watcher", "failed tests") in [row[:2] for row in failing(rows)]


@pytest.mark.hunt
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("agent.py", ", judge.judge, core.sound)", ", core.sound)"),
        ("agent.py", 'agent.sends("alarm", packets.Verdict)', "pass"),
        ("checker.py", "await routing.route_packet(self.agent, turn)", "pass"),
        (
            "checker.py",
            "routing.route_packet(self.agent, turn)",
            "routing.route_packet(self.agent, replace(turn))",
        ),
        ("checker.py", 'name: ClassVar[str] = "checker"', 'name: ClassVar[str] = "check"'),
        ("packets.py", "class Verdict(Packet)", 'class Verdict(Packet, extra="ignore")'),
        ("config.py", 'thresholds={"confidence": 0.6}', "thresholds={}"),
        ("__main__.py", "serve(build, CONFIG)", "serve(build, None)"),
    ],
)
def test_emitted_tests_fail_at_every_fault(path: str, old: str, new: str, root: Path) -> None:
    rows = measure("tests", root, mutant(path, old, new))
    assert ("heat_watcher", "failed tests") in [row[:2] for row in failing(rows)]


def test_tests_gate_wants_coverage(root: Path) -> None:
    artifacts = tuple(
        each for each in EMITTED if "/heat_watcher/" in each.path and not each.path.endswith("/test_agent.py")
    )
    rows = measure("tests", root, artifacts)
    ((agent, name, value),) = failing(rows)
    assert (agent, name) == ("heat_watcher", "line and branch coverage")
    assert int(value.removesuffix(" %")) < 80
    assert "never ran" in next(row.detail for row in rows if row.detail)


def test_tests_gate_wants_tests(root: Path) -> None:
    artifacts = tuple(each for each in EMITTED if "/bell/" in each.path and "/tests/" not in each.path)
    assert ("bell", "failed tests", "not run") in failing(measure("tests", root, artifacts))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no tool is installed."""
    monkeypatch.setattr(bench, "find_spec", lambda _name: None)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("name", ["code-style", "types", "tests"])
def test_missing_tool_fails_and_says_what_to_install(name: str, root: Path) -> None:
    rows = measure(name, root)
    assert rows
    assert not any(row.passed for row in rows)
    assert all("install the extra `qpf[test]`" in row.detail for row in rows)


def test_gates_of_nothing_measure_nothing(root: Path) -> None:
    assert [row for name in GATES for row in measure(name, root, ())] == []
