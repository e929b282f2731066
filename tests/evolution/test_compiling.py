"""Fleets whose documents speak earlier versions compile as if they were rewritten."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import fleet as synthetic
from tests.command import run
from tests.compilation.memory import Tree, compile_fleet, emitted, line, stand

FLEETS = Path(__file__).parent.parent / "fleets"
STEP = "migrations/step.yaml"
AGENT = "agents/keeper.yaml"
BASE = "base/service.yaml"
SUB = "sub/memory.yaml"
ENVIRONMENT = "environments/dev/environment.yaml"


def replace(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, (path, old)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def declare(root: Path, *operations: str, source: str = "5.9.0", more: str = "") -> None:
    (root / "migrations").mkdir(exist_ok=True)
    listed = "".join(f"  - {operation}\n" for operation in operations)
    text = f"from: {source}\nto: 6.0.0\n{more}" + (f"operations:\n{listed}" if listed else "")
    (root / STEP).write_text(text, encoding="utf-8")


RENAME = "field_rename: memorytopology.working -> memorytopology.workingmemory"
MOVE = "field_move: metadata.image -> deployment.image"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return shutil.copytree(FLEETS / "tiny", tmp_path / "tiny")


def grow_old(root: Path) -> None:
    """Let the agent speak 5.9.0."""
    declare(root, RENAME, MOVE)
    replace(
        root / AGENT,
        ("schema_version: 6.0.0", "schema_version: 5.9.0"),
        ("  workingmemory:", "  # its keys\n  working:"),
        ("metadata: {", 'metadata: {image: "registry.example/tiny/keeper:0.1.0", '),
        ('deployment: {image: "registry.example/tiny/keeper:0.1.0"}\n', ""),
    )


def without_locks(tree: Tree) -> Tree:
    """What is emitted, but for the digests of the sources."""
    return {path: each for path, each in tree.items() if not path.endswith("qpf.lock")}


def compiled(root: Path, *arguments: str) -> Tree:
    found = compile_fleet(root, *arguments)
    assert found.status == 0, found.document
    assert emitted(root) == line(root).tree
    return without_locks(emitted(root))


def inodes(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_ino for path in root.rglob("*") if path.is_file()}


def test_an_old_document_compiles_as_the_one_it_is_rewritten_to(tiny):
    never_old = compiled(tiny)
    grow_old(tiny)
    assert compiled(tiny) == never_old
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert compiled(tiny) == never_old
    assert "QPF814" not in run(["validate"], tiny)[1]


def test_the_lock_names_what_was_migrated_on_the_way(tiny):
    grow_old(tiny)
    compiled(tiny)
    lock = json.loads((tiny / "environments/dev/qpf.lock").read_text())
    assert lock["migrated"] == {AGENT: "5.9.0"}
    run(["migrate", "--write"], tiny)
    compiled(tiny)
    assert "migrated" not in (tiny / "environments/dev/qpf.lock").read_text()


def test_what_is_rewritten_once_is_not_rewritten_again(tiny):
    grow_old(tiny)
    run(["migrate", "--write"], tiny)
    before = inodes(tiny)
    assert run(["migrate", "--write"], tiny) == (0, "every document speaks 6.0.0\n")
    assert run(["migrate", "--check"], tiny)[0] == 0
    assert inodes(tiny) == before


def override(root: Path, overrides: str) -> None:
    replace(root / ENVIRONMENT, ("    deployment: {log_level: DEBUG}\n", overrides))


DEFAULT = "field_add: deployment.replicas with default 7"
WRITTEN: dict[str, tuple[Callable[[Path], None], int]] = {
    "nobody": (lambda root: None, 7),
    "the base": (lambda root: replace(root / BASE, ("deployment:\n", "deployment:\n  replicas: 1\n")), 1),
    "the sub": (
        lambda root: replace(root / SUB, ("adds:\n", "deployment: {replicas: 1}\nadds:\n")), 1,
    ),
    "the agent": (
        lambda root: replace(root / AGENT, ("deployment: {", "deployment: {replicas: 1, ")), 1,
    ),
    "the environment": (lambda root: override(root, "    deployment: {replicas: 1}\n"), 1),
}  # fmt: skip


@pytest.mark.parametrize("version", ["5.9.0", "6.0.0"])
@pytest.mark.parametrize(("write", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_a_default_beats_nothing_that_somebody_wrote(tiny, write, expected, version):
    declare(tiny, DEFAULT)
    write(tiny)
    replace(tiny / AGENT, ("schema_version: 6.0.0", f"schema_version: {version}"))
    compiled(tiny)
    composed = (tiny / "environments/dev/composed/keeper.yaml").read_text()
    assert f"\n  replicas: {expected}\n" in composed


def test_a_default_says_where_it_comes_from(tiny):
    declare(tiny, DEFAULT)
    output = run(["explain", "keeper", "deployment.replicas"], tiny)[1]
    assert f"migration 5.9.0 → 6.0.0  {STEP}:4:5  7" in output


def test_a_field_of_a_mapping_that_is_not_there_is_not_added(tiny):
    declare(tiny, "field_add: resilience.retry.limit with default 7")
    compiled(tiny)
    assert "resilience" not in (tiny / "environments/dev/composed/keeper.yaml").read_text()


def test_what_compiling_may_not_migrate_is_a_finding_and_rewritten_on_demand(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more="auto_migrate: false\n")
    status, output = run(["compile"], tiny)
    assert status == 1
    assert "QPF811" in output
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert run(["compile"], tiny)[0] == 0


def test_a_rename_that_is_about_nothing_is_a_finding(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, "field_rename: system.titel -> system.caption")
    for command in ("validate", "compile"):
        status, output = run([command], tiny)
        assert status == 1
        assert f"{STEP}:6:5: error[QPF810" in output


def test_a_rename_that_others_have_taken_is_about_something(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, "field_rename: system.name -> system.title")
    compiled(tiny)


def test_documents_of_all_kinds_are_lifted(tiny):
    never_old = compiled(tiny)
    declare(tiny, "field_rename: deployment.loglevel -> deployment.log_level")
    replace(tiny / SUB, ("schema_version: 6.0.0", "schema_version: 5.9.0"))
    replace(tiny / BASE, ("schema_version: 6.0.0", "schema_version: 5.9.0"))
    replace(tiny / "glue.yaml", ("schema_version: 6.0.0", "schema_version: 5.9.0"))
    replace(tiny / ENVIRONMENT, ("schema_version: 6.0.0", "schema_version: 5.9.0"))
    override(
        tiny, "    deployment: {loglevel: DEBUG}\n  agents:\n    keeper: {deployment: {loglevel: INFO}}\n"
    )
    lifted = compiled(tiny)
    assert lifted.keys() == never_old.keys()
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert (tiny / ENVIRONMENT).read_text().count("{log_level: ") == 2
    assert compiled(tiny) == lifted


def test_only_the_files_that_are_named_are_rewritten(tiny):
    grow_old(tiny)
    replace(tiny / SUB, ("schema_version: 6.0.0", "schema_version: 5.9.0"))
    before = (tiny / AGENT).read_bytes()
    assert run(["migrate", "--write", "sub"], tiny)[0] == 0
    assert (tiny / AGENT).read_bytes() == before
    assert "6.0.0" in (tiny / SUB).read_text()
    assert run(["migrate", "--check"], tiny) == (
        1, f"{AGENT}: 5.9.0 → 6.0.0\n1 file to rewrite; `qpf migrate --write` does it\n"
    )  # fmt: skip
    assert run(["migrate", "nowhere"], tiny)[0] == 2


def test_a_fleet_goes_to_a_later_version(tiny):
    never_old = compiled(tiny)
    (tiny / "migrations").mkdir()
    (tiny / "migrations/next.yaml").write_text("from: 6.0.0\nto: 6.1.0\n")
    assert "every document speaks 6.0.0" in run(["migrate"], tiny)[1]
    assert run(["migrate", "--to", "6.1.0", "--write"], tiny)[0] == 0
    assert "schema_version: 6.1.0" in (tiny / "qpf.yaml").read_text()
    assert compiled(tiny).keys() == never_old.keys()
    assert run(["migrate", "--to", "6.1"], tiny)[0] == 2


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_forty_old_agents_compile_as_the_line_compiles_them(tmp_path, jobs):
    root = synthetic.make(40, tmp_path / "forty")
    never_old = compiled(root, jobs)
    declare(root, "field_rename: system.name -> system.title")
    for path in (root / "agents").iterdir():
        replace(path, ("schema_version: 6.0.0", "schema_version: 5.9.0"), ("  title:", "  name:"))
    assert compiled(root, jobs) == never_old


@pytest.mark.slow
def test_a_changed_migration_extracts_whom_it_concerns(tmp_path):
    root = shutil.copytree(FLEETS / "mesh", tmp_path / "mesh")
    declare(root, "field_rename: system.name -> system.title")
    old = root / "agents/alpha.yaml"
    replace(old, ("schema_version: 6.0.0", "schema_version: 5.9.0"), ("{title: Alpha}", "{name: Alpha}"))
    compile_fleet(root)
    replace(root / STEP, ("operations:", "# why\noperations:"))
    assert set(compile_fleet(root).origins()["dev"].values()) == {"kept"}
    replace(root / STEP, ("system.title", "system.owner"))
    replace(old, ("system: {", "system: {title: Alpha, "))
    origins = compile_fleet(root).origins()["dev"]
    assert {name for name, origin in origins.items() if origin == "built"} == {"alpha"}
    assert emitted(root) == line(root).tree
    replace(
        root / STEP, ("operations:\n", "operations:\n  - field_add: deployment.replicas with default 1\n")
    )
    assert set(compile_fleet(root).origins()["dev"].values()) == {"built"}


def test_a_fleet_of_old_documents_is_never_taken_for_unchanged_too_early(tiny):
    grow_old(tiny)
    compile_fleet(tiny)
    found = compile_fleet(tiny)
    assert [each["code"] for each in found.findings] == ["QPF814"]
    run(["migrate", "--write"], tiny)
    stand(tiny)


BREAKS = "require_manual_review: true\nbreaking_changes: [Keyspaces have another prefix.]\n"


def approve(root: Path, fingerprint: str, expires: str = "2030-01-31") -> None:
    text = (
        f"migration: 5.9.0 -> 6.0.0\nfingerprint: {fingerprint}\n"
        f"reviewer: jane\nreason: Stores were renamed.\nexpires: {expires}\n"
    )
    (root / "approvals").mkdir(exist_ok=True)
    (root / "approvals/keyspaces.yaml").write_text(text, encoding="utf-8")


def wanted_fingerprint(root: Path) -> str:
    output = run(["validate"], root)[1]
    found = re.search(r"fingerprint: (sha256:[0-9a-f]{64})", output)
    assert found is not None, output
    return found[1]


def test_a_breaking_step_waits_for_a_person_and_for_this_very_step(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    assert compile_fleet(tiny).status == 1
    approve(tiny, wanted_fingerprint(tiny))
    compiled(tiny)
    declare(tiny, RENAME, MOVE, DEFAULT, more=BREAKS)
    status, output = run(["compile"], tiny)
    assert status == 1
    assert "QPF812" in output
    assert "this approval is of another step" in output


@pytest.mark.parametrize(("day", "status"), [(1_900_000_000, 1), (1_800_000_000, 0)])
def test_an_approval_expires(tiny, monkeypatch, day, status):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    approve(tiny, wanted_fingerprint(tiny))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(day))
    for command in ("validate", "compile"):
        found, output = run([command], tiny)
        assert found == status
        assert ("QPF816" in output) == ("expired" in output) == bool(status)


def test_what_is_rewritten_needs_no_approval(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    assert run(["migrate", "--write"], tiny)[0] == 0
    compiled(tiny)
