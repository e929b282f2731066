"""Memory never lies: after any change tree, findings and what is written are those of a fresh compile."""

import shutil
from pathlib import Path
from random import Random

import pytest

from benchmarks.fleet_files import agent_name
from tests.compilation.chains import CHANGES, STAGING, THIRD, Change, make_fleet, swap
from tests.compilation.memory import Run, compile_fleet, emitted, line, put_back, sources, statuses

SECRETS = "replicas: 2\n        secrets: {ONE: {secret: a, key: x}, TWO: {secret: a, key: x}}"
PORT = "    extra: {packet: task_00, description: The task for nobody., reply: task_result}\n"
BYTES = b"abz019 :-#'\"{}[]\n"


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet, compiled and remembered; nobody changes it."""
    root = make_fleet(tmp_path_factory.mktemp("chains") / "fleet")
    assert compile_fleet(root).status == 0
    return root


@pytest.fixture
def root(remembered: Path, tmp_path: Path) -> Path:
    """A copy, with the status of its outputs remembered."""
    root = tmp_path / "fleet"
    shutil.copytree(remembered, root)
    assert compile_fleet(root).written() == {"dev": set(), "staging": set()}
    return root


def compile_and_compare(root: Path) -> Run:
    """Compile with memory, and demand all that a compile from nothing would give."""
    before, times = emitted(root), statuses(root)
    anew, run = line(root), compile_fleet(root)
    assert run.findings == anew.findings
    assert run.status == anew.status, run.errors
    after, now = emitted(root), statuses(root)
    assert after == (before if anew.status else anew.tree)
    differ = {path for path in after if before.get(path) != after[path]}
    assert _paths(run.written()) == differ
    assert _paths(run.removed()) == before.keys() - after.keys()
    assert [path for path in after if path not in differ and now[path] != times[path]] == []
    return run


def _paths(by_environment: dict[str, set[str]]) -> set[str]:
    return {f"{name}/{path}" for name, paths in by_environment.items() for path in paths}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_extracts_whom_it_concerns_and_taking_it_back_nobody(
    root: Path, tmp_path: Path, change: Change
) -> None:
    compiled, kept = emitted(root), sources(root, tmp_path / "kept")
    change.make(root)
    origins = compile_and_compare(root).origins()
    built = {
        name: {agent for agent, origin in agents.items() if origin == "built"}
        for name, agents in origins.items()
    }
    assert built == change.extracted()
    assert _origins(origins) <= {"kept", "built"}
    put_back(kept, root)
    run = compile_fleet(root)
    assert run.status == 0
    assert emitted(root) == compiled
    assert _origins(run.origins()) <= {"kept", "local"}


def _origins(by_environment: dict[str, dict[str, str]]) -> set[str]:
    return {origin for agents in by_environment.values() for origin in agents.values()}


def test_an_error_that_is_put_in_and_taken_out_leaves_everything_kept(root: Path) -> None:
    file = root / "agents" / "agent_00003.yaml"
    text = file.read_text()
    file.write_text(text.replace("criticality: low", "criticality: none"))
    failed = compile_and_compare(root)
    assert failed.status == 1
    file.write_text(text)
    run = compile_and_compare(root)
    assert _origins(run.origins()) == {"kept"}


def test_agents_are_read_even_if_the_fleet_cannot_be(root: Path) -> None:
    swap("qpf.yaml", "schema_version: 6.0.0", "schema_version: 6.0.0{")(root)
    swap("agents/agent_00003.yaml", "role:", "roles:")(root)
    assert compile_fleet(root).findings == line(root).findings


def walk(root: Path, steps: int, seed: int) -> None:
    """Change anything again and again, never back to where it began, and compare after every step."""
    chance = Random(seed)  # noqa: S311  # seeded: the same walk in every run
    for _ in range(steps):
        changes = list(CHANGES)
        chance.shuffle(changes)
        for change in changes:
            try:
                change.make(root)
            except (ValueError, OSError):
                continue
            break
        compile_and_compare(root)


def slip(root: Path, steps: int, seed: int) -> tuple[int, int]:
    """Change single bytes anywhere; returns how many steps compiled, and how many ended in findings."""
    chance = Random(seed)  # noqa: S311  # seeded: the same slips in every run
    good = bad = 0
    for _ in range(steps):
        files = sorted(
            path
            for name in ("qpf.yaml", "glue.yaml", "agents", "base", "sub", "templates", "environments")
            for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*"))
            if path.is_file() and ("environments" not in path.parts or path.name == "environment.yaml")
        )
        file = chance.choice(files)
        content = file.read_bytes()
        at = chance.randrange(len(content))
        changed = bytes([chance.choice(BYTES)])
        file.write_bytes(content[:at] + changed + content[at + chance.randrange(2) :])
        if compile_and_compare(root).status:
            bad += 1
            file.write_bytes(content)
        else:
            good += 1
    return good, bad


def test_the_order_in_which_an_environment_overrides_is_seen(root: Path) -> None:
    swap(STAGING, "replicas: 2", SECRETS)(root)
    compile_and_compare(root)
    swap(STAGING, "ONE: {secret: a, key: x}, TWO", "TWO: {secret: a, key: x}, ONE")(root)
    compile_and_compare(root)


def test_the_order_of_what_neighbours_are_shown_is_seen(root: Path) -> None:
    swap(THIRD, "  output:\n", f"  output:\n{PORT}")(root)
    compile_and_compare(root)
    swap(THIRD, PORT, "")(root)
    swap(THIRD, "deployment:\n", f"{PORT}deployment:\n")(root)
    origins = compile_and_compare(root).origins()["dev"]
    assert {agent for agent, origin in origins.items() if origin == "built"} == {*map(agent_name, (2, 3, 4))}


@pytest.mark.slow
def test_changes_upon_changes_never_make_memory_lie(root: Path) -> None:
    walk(root, steps=10, seed=5)


@pytest.mark.slow
def test_a_slip_in_any_byte_never_makes_memory_lie(root: Path) -> None:
    good, bad = slip(root, steps=16, seed=7)
    assert good
    assert bad


@pytest.mark.hunt
@pytest.mark.parametrize("seed", range(20))
def test_many_changes_never_make_memory_lie(root: Path, seed: int) -> None:
    walk(root, steps=60, seed=100 + seed)


@pytest.mark.hunt
@pytest.mark.parametrize("seed", range(20))
def test_slips_in_many_bytes_never_make_memory_lie(root: Path, seed: int) -> None:
    slip(root, steps=100, seed=1000 + seed)
