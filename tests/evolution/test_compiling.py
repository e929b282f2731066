"""Fleets whose documents speak earlier versions compile as if they were rewritten."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import fleet as synthetic
from tests.command import run
from tests.compilation.memory import compile_fleet, emitted, line, stand
from tests.evolution.fleets import (
    AGENT,
    BASE,
    ENVIRONMENT,
    FLEETS,
    MOVE,
    RENAME,
    STEP,
    SUB,
    compiled,
    declare,
    grow_old,
    replace,
)


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


@pytest.mark.parametrize(
    "key", ["schema_evolution", r'"schema_ev\x6flution"', '? "schema_\\\n  evolution"\n']
)
def test_an_agent_may_hold_a_migration_however_the_key_is_spelt(tiny, key):
    with (tiny / AGENT).open("a") as file:
        file.write(f'{key}: {{migrations: {{"5.9.0 -> 6.0.0": [{{{DEFAULT}}}]}}}}\n')
    compiled(tiny)
    composed = (tiny / "environments/dev/composed/keeper.yaml").read_text()
    assert "\n  replicas: 7\n" in composed


def test_a_value_says_which_migration_it_went_through(tiny):
    grow_old(tiny)
    output = run(["explain", "keeper", "memorytopology.workingmemory.keyspace"], tiny)[1]
    line = f"migrated  from memorytopology.working.keyspace at {AGENT}:11:23 by 5.9.0 → 6.0.0  {STEP}:4:5"
    assert line in output
    document = json.loads(run(["explain", "keeper", "deployment.image", "-o", "json"], tiny)[1])
    (value,) = document["environments"]["dev"]
    assert value["layers"][0]["migrations"] == [
        {"step": "5.9.0 → 6.0.0", "before": "metadata.image", "file": STEP, "line": 5, "column": 5}
    ]


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


def test_a_warning_points_at_the_line_where_a_field_is_deprecated_now(tiny):
    block = "schema_evolution: {migrations: {5.9.0 -> 6.0.0: [{field_deprecated: metadata.description}]}}"
    other = tiny / "base/other.yaml"
    text = (tiny / BASE).read_text().replace("name: service", "name: other")
    for above in ("", "# one more line\n"):
        other.write_text(f"{text}{above}{block}\n")
        notes = [each["notes"][0] for each in compile_fleet(tiny).findings if each["code"] == "QPF813"]
        assert {(note["file"], note["line"]) for note in notes} == {("base/other.yaml", lines_of(other))}


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("number", [1, 5])
def test_a_line_of_a_migration_takes_no_other_document_away(tmp_path, number):
    root = shutil.copytree(FLEETS / "v5.9.0", tmp_path / "fleet")
    command = ["explain", "--source", f"migrations/5.9.0_to_6.0.0.yaml:{number}"]
    assert json.loads(run([*command, "-o", "json"], root)[1])["reaches"] == []
    assert "`qpf migrate --plan` names them" in run(command, root)[1]
