"""`qpf migrate` rewrites what people wrote, whole, once, and no more than it was asked for."""

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.command import run
from tests.compilation.memory import tree_of
from tests.evolution.fleets import (
    AGENT,
    ENVIRONMENT,
    FLEETS,
    MOVE,
    RENAME,
    SUB,
    compiled,
    declare,
    grow_old,
    replace,
    without_locks,
)
from tests.io.folders import child, outcome_of


def inodes(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_ino for path in root.rglob("*") if path.is_file()}


def test_what_is_rewritten_once_is_not_rewritten_again(tiny):
    grow_old(tiny)
    run(["migrate", "--write"], tiny)
    before = inodes(tiny)
    assert run(["migrate", "--write"], tiny) == (0, "every document speaks 6.0.0\n")
    assert run(["migrate", "--check"], tiny)[0] == 0
    assert inodes(tiny) == before


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


def test_a_byte_order_mark_and_line_ends_are_kept(tiny):
    grow_old(tiny)
    path = tiny / AGENT
    lines = path.read_text().splitlines()
    path.write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n").encode())
    assert run(["migrate", "--write"], tiny)[0] == 0
    content = path.read_bytes()
    assert content.startswith("\ufeff#".encode())
    assert content.count(b"\r\n") == content.count(b"\n") == len(lines) + 2
    assert b"schema_version: 6.0.0\r\n" in content


def test_no_document_is_taken_past_its_fleet(tiny):
    (tiny / "migrations").mkdir()
    (tiny / "migrations/next.yaml").write_text("from: 6.0.0\nto: 6.1.0\n")
    status, output = run(["migrate", "--to", "6.1.0", "agents"], tiny)
    assert status == 2
    assert "name qpf.yaml too" in output
    assert run(["migrate", "--to", "6.1.0", "--write", "qpf.yaml", "agents"], tiny)[0] == 0
    assert run(["compile"], tiny)[0] == 0


def test_a_fleet_is_never_taken_back(tiny):
    grow_old(tiny)
    before = (tiny / "qpf.yaml").read_bytes()
    assert run(["migrate", "--to", "5.9.0", "--write", AGENT], tiny)[0] == 1
    assert run(["migrate", "--to", "5.9.0", "--write"], tiny)[0] == 1
    assert (tiny / "qpf.yaml").read_bytes() == before


def test_what_a_block_says_of_its_version_is_raised_too(tiny):
    (tiny / "migrations").mkdir()
    (tiny / "migrations/next.yaml").write_text("from: 6.0.0\nto: 6.1.0\n")
    for path in ("qpf.yaml", AGENT):
        with (tiny / path).open("a") as file:
            file.write("schema_evolution:\n  version: '6.0.0' # as above\n")
    assert run(["migrate", "--to", "6.1.0", "--write"], tiny)[0] == 0
    for path in ("qpf.yaml", AGENT):
        text = (tiny / path).read_text()
        assert "schema_version: 6.1.0\n" in text
        assert "  version: '6.1.0' # as above\n" in text
    assert run(["validate"], tiny)[0] == 0


def test_versions_that_are_one_by_an_alias_stay_one(tiny):
    (tiny / "migrations").mkdir()
    (tiny / "migrations/next.yaml").write_text("from: 6.0.0\nto: 6.1.0\n")
    replace(tiny / AGENT, ("schema_version: 6.0.0", "schema_version: &spoken 6.0.0"))
    with (tiny / AGENT).open("a") as file:
        file.write("schema_evolution: {version: *spoken}\n")
    assert run(["migrate", "--to", "6.1.0", "--write"], tiny)[0] == 0
    text = (tiny / AGENT).read_text()
    assert "schema_version: &spoken 6.1.0\n" in text
    assert "{version: *spoken}" in text


def test_the_changelog_tells_what_a_step_is_for(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more="description: |\n  Stores have names.\n")
    assert run(["migrate", "--write"], tiny)[0] == 0
    text = (tiny / "CHANGELOG.md").read_text()
    assert "## Schema 5.9.0 → 6.0.0\n\nStores have names.\n\n- `memorytopology.working` is renamed" in text


def test_a_plan_names_places_as_their_documents_have_them(tiny):
    declare(
        tiny,
        "field_remove: {path: deployment.level, lossy: true}",
        "field_rename: system.name -> system.title",
    )
    replace(
        tiny / ENVIRONMENT,
        ("schema_version: 6.0.0", "schema_version: 5.9.0"),
        ("{log_level: DEBUG}", "{log_level: DEBUG, level: 1}\n  agents: {keeper: {system: {name: K}}}"),
    )
    output = run(["migrate", "--plan"], tiny)[1]
    assert ": overrides.all.deployment.level is removed\n" in output
    assert ": overrides.agents.keeper.system.name → overrides.agents.keeper.system.title\n" in output


def test_a_link_stays_a_link_and_what_it_leads_to_is_rewritten(tiny):
    grow_old(tiny)
    (tiny / "shared").mkdir()
    (tiny / AGENT).rename(tiny / "shared/keeper.yaml")
    (tiny / AGENT).symlink_to("../shared/keeper.yaml")
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert (tiny / AGENT).readlink() == Path("../shared/keeper.yaml")
    assert "schema_version: 6.0.0" in (tiny / "shared/keeper.yaml").read_text()


def test_permissions_are_kept(tiny):
    grow_old(tiny)
    (tiny / AGENT).chmod(0o640)
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert (tiny / AGENT).stat().st_mode & 0o777 == 0o640


def comments(root: Path) -> list[str]:
    lines = (line for path in sorted(root.rglob("*.yaml")) for line in path.read_text().splitlines())
    return [line.partition("#")[2] for line in lines if "#" in line]


@pytest.mark.slow
def test_the_fleet_as_it_was_in_its_fifth_version_compiles_as_the_migrated_one(tmp_path):
    root = shutil.copytree(FLEETS / "v5.9.0", tmp_path / "fleet")
    written = comments(root)
    run(["compile", "--out", str(tmp_path / "old")], root)
    assert run(["migrate", "--write"], root)[0] == 0
    assert comments(root) == written
    run(["compile", "--out", str(tmp_path / "new")], root)
    old, new = tree_of(tmp_path / "old"), tree_of(tmp_path / "new")
    assert len(old) > 300
    assert without_locks(old) == without_locks(new)
    assert run(["migrate", "--check"], root)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("killed", range(0, 60, 6))
def test_a_killed_rewriting_is_finished_by_the_next_and_compiles_at_any_moment(tmp_path, killed):
    root = shutil.copytree(FLEETS / "v5.9.0", tmp_path / "fleet")
    replace(root / "qpf.yaml", ("schema_version: 6.1.0", "schema_version: 5.9.0"))
    arguments = ["migrate", "--to", "6.1.0", "--write"]
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}

    def die() -> None:
        left = killed

        def hook(event: str, details: tuple[object, ...]) -> None:
            nonlocal left
            if event in {"os.rename", "os.chmod"} and str(root) in str(details[0]):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        run(arguments, root)

    outcome_of(child(die))
    assert run(["validate"], root)[0] == 0 or {path: path.read_bytes() for path in before} == before
    assert run(arguments, root)[0] == 0
    assert run(["migrate", "--check"], root)[0] == 0
    assert not re.findall(r"5\.9\.0", "".join(p.read_text() for p in (root / "agents").glob("*.yaml")))
