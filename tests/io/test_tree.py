"""What holds for every source tree, on disk and in git alike."""

from pathlib import Path

import pytest

from qpf.io import collect as collecting
from qpf.io.codes import CODES
from qpf.io.tree import LIMIT
from qpf.model.digest import digest
from tests.io.trees import Read, found, from_disk, from_git, paths, write

FLEET = {
    "qpf.yaml": "fleet: x\n",
    "glue.yaml": "packets: {}\n",
    "base/orchestrator.yaml": "name: orchestrator\n",
    "base/constraints/limits.cue": "x: 1\n",
    "sub/router.yaml": "name: router\n",
    "agents/b.yaml": "name: b\n",
    "agents/a.yaml": "name: a\n",
    "environments/dev/environment.yaml": "schema_version: 6.0.0\n",
    "templates/python_agent/config.py.jinja": "x\n",
    "templates/notes": "text\n",
    "logic/plastos/__init__.py": "",
    "logic/plastos/translate.py": "x = 1\n",
}

both = pytest.mark.parametrize("read", [from_disk, from_git])


@both
def test_every_input_is_read_once_sorted_by_path(tmp_path: Path, read: Read) -> None:
    outcome = read(write(tmp_path, FLEET))
    assert paths(outcome) == sorted(FLEET)
    assert not outcome.report.diagnostics
    for source in outcome.value:
        assert source.content == FLEET[source.path].encode()
        assert source.digest == digest(source.content)


@both
def test_what_is_no_input_is_passed_over(tmp_path: Path, read: Read) -> None:
    others = {
        "README.md": "",
        "agents/README.md": "",
        "agents/.a.yaml.swp": "",
        "agents/.hidden.yaml": "",
        "agents/a.yaml~": "",
        "agents/#a.yaml#": "",
        "base/constraints/data.yaml": "",
        "base/constraints/limits.cue~": "",
        "environments/dev/agents/a/x.yaml": "",
        "environments/dev/qpf.lock": "{}",
        "environments/README.md": "",
        "environments/generated_only/qpf.lock": "{}",
        "logic/plastos/__pycache__/translate.py": "",
        "logic/plastos/data.csv": "",
        "templates/.git_keep": "",
        "golden/dev/a.yaml": "",
        "docs/qpf.yml": "",
    }
    outcome = read(write(tmp_path, FLEET | others))
    assert (paths(outcome), found(outcome)) == (sorted(FLEET), [])


@both
@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("agents/c.yml", "c.yaml"),
        ("sub/C.YAML", "C.yaml"),
        ("glue.yml", "glue.yaml"),
        ("Agents/a.yaml", "agents"),
        ("environments/dev/environment.yml", "environment.yaml"),
    ],
)
def test_a_near_miss_is_a_finding_that_says_the_right_name(
    tmp_path: Path, read: Read, path: str, suggestion: str
) -> None:
    outcome = read(write(tmp_path, FLEET | {path: "x\n"}))
    (one,) = outcome.report.diagnostics
    assert one.code.name == "misnamed-source"
    assert one.hint == f"rename it to `{suggestion}`"
    assert paths(outcome) == sorted(FLEET)


@both
def test_a_schema_in_a_subfolder_is_a_warning(tmp_path: Path, read: Read) -> None:
    outcome = read(write(tmp_path, FLEET | {"agents/team/c.yaml": "x\n"}))
    assert found(outcome) == [("nested-source", "agents/team/c.yaml")]
    assert not outcome.report.failed


@both
def test_a_folder_without_a_fleet_says_how_to_get_one(tmp_path: Path, read: Read) -> None:
    outcome = read(write(tmp_path, {"agents/a.yml": "x\n"}))
    assert found(outcome) == [("no-fleet", "qpf.yaml")]
    assert "`qpf init`" in outcome.report.diagnostics[0].hint
    assert "-C" in outcome.report.diagnostics[0].hint


@both
def test_a_misspelt_fleet_file_is_named(tmp_path: Path, read: Read) -> None:
    outcome = read(write(tmp_path, {"qpf.yml": "x\n"}))
    assert found(outcome) == [("misnamed-source", "qpf.yml")]


@both
def test_a_link_inside_the_fleet_is_read_under_its_own_name(tmp_path: Path, read: Read) -> None:
    links = {
        "shared/common.yaml": "name: common\n",
        "sub/common.yaml": "-> ../shared/common.yaml",
        "sub/twice.yaml": "-> common.yaml",
        "more_templates/x.jinja": "x\n",
        "templates/linked": "-> ../more_templates",
    }
    outcome = read(write(tmp_path, FLEET | links))
    assert not outcome.report.diagnostics
    by_path = {source.path: source.content for source in outcome.value}
    assert by_path["sub/common.yaml"] == by_path["sub/twice.yaml"] == b"name: common\n"
    assert by_path["templates/linked/x.jinja"] == b"x\n"


@both
def test_a_linked_folder_of_schemas_is_read(tmp_path: Path, read: Read) -> None:
    files = {"qpf.yaml": "x\n", "schemas/agents/a.yaml": "a\n", "agents": "-> schemas/agents"}
    outcome = read(write(tmp_path, files))
    assert (paths(outcome), found(outcome)) == (["agents/a.yaml", "qpf.yaml"], [])


@both
@pytest.mark.parametrize(
    "links",
    [
        {"agents/c.yaml": "-> ../../outside.yaml"},
        {"agents/c.yaml": "-> ../agents/../../outside.yaml"},
        {"agents/c.yaml": "-> /etc/hostname"},
        {"agents/c.yaml": "-> nowhere.yaml"},
        {"agents/c.yaml": "-> a.yaml/../b.yaml"},
        {"agents/c.yaml": "-> c.yaml"},
        {"agents/c.yaml": "-> d.txt", "agents/d.txt": "-> c.yaml"},
        {"environments/test": "-> ../../elsewhere"},
        {"templates/loop": "-> loop"},
        {"templates/deep/again": "-> ..", "templates/in": "-> deep"},
    ],
)
def test_a_link_that_leads_nowhere_good_is_a_finding_and_never_read(
    tmp_path: Path, read: Read, links: dict[str, str]
) -> None:
    write(tmp_path, {"outside.yaml": "secret\n", "elsewhere/environment.yaml": "secret\n"})
    outcome = read(write(tmp_path / "fleet", FLEET | links))
    assert {name for name, _ in found(outcome)} == {"bad-symlink"}
    assert all(b"secret" not in source.content for source in outcome.value)
    assert all(one.hint for one in outcome.report.diagnostics)


@both
def test_names_that_other_systems_hold_for_one_are_findings(tmp_path: Path, read: Read) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    twins = {
        "agents/A.yaml": "x\n",
        f"templates/{composed}.txt": "x\n",
        f"templates/{decomposed}.txt": "x\n",
        "logic/Plastos/other.py": "x\n",
    }
    outcome = read(write(tmp_path, FLEET | twins))
    assert sorted(found(outcome)) == [
        ("name-collision", "agents/a.yaml"),
        ("name-collision", "logic/plastos"),
        ("name-collision", f"templates/{composed}.txt"),
    ]
    for one in outcome.report.diagnostics:
        assert one.notes[0].span is not None


@both
def test_a_name_that_is_no_text_is_a_finding(tmp_path: Path, read: Read) -> None:
    write(tmp_path, FLEET)
    for name in (b"agents/\xff.yaml", b"agents/a\nb.yaml", b"templates/\x1b[31m"):
        (tmp_path / name.decode(errors="surrogateescape")).write_text("x\n")
    outcome = read(tmp_path)
    assert {name for name, _ in found(outcome)} == {"bad-path"}
    assert len(outcome.report.diagnostics) == 3
    assert all(one.message.isprintable() for one in outcome.report.diagnostics)
    assert all(one.span and one.span.source.isprintable() for one in outcome.report.diagnostics)


@both
def test_a_folder_where_a_file_belongs_is_a_finding(tmp_path: Path, read: Read) -> None:
    outcome = read(write(tmp_path, FLEET | {"agents/c.yaml/inner.txt": "x\n", "sub/d": "x\n"}))
    assert found(outcome) == [("special-file", "agents/c.yaml")]


@both
def test_a_file_where_a_folder_belongs_is_a_finding(tmp_path: Path, read: Read) -> None:
    outcome = read(write(tmp_path, {"qpf.yaml": "x\n", "agents": "x\n"}))
    assert found(outcome) == [("special-file", "agents")]


@both
def test_a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path, read: Read) -> None:
    write(tmp_path, FLEET)
    (tmp_path / "agents/fits.yaml").write_bytes(b"#" * LIMIT)
    (tmp_path / "agents/large.yaml").write_bytes(b"#" * (LIMIT + 1))
    outcome = read(tmp_path)
    assert found(outcome) == [("oversized-source", "agents/large.yaml")]
    assert paths(outcome) == sorted([*FLEET, "agents/fits.yaml"])


@both
def test_all_problems_come_in_one_report(tmp_path: Path, read: Read) -> None:
    broken = {
        "agents/c.yml": "x\n",
        "agents/d.yaml": "-> nowhere",
        "agents/A.yaml": "x\n",
        "base/e.yaml/x": "x\n",
        "sub/team/f.yaml": "x\n",
    }
    outcome = read(write(tmp_path, FLEET | broken))
    assert {name for name, _ in found(outcome)} == {
        "misnamed-source", "bad-symlink", "name-collision", "special-file", "nested-source",
    }  # fmt: skip
    assert all(one.hint and one.span for one in outcome.report.diagnostics)


def test_disk_and_git_read_alike(tmp_path: Path) -> None:
    write(
        tmp_path,
        FLEET | {"agents/c.yml": "x\n", "sub/s.yaml": "-> ../../gone", "sub/r.yaml": "-> router.yaml"},
    )
    assert from_disk(tmp_path) == from_git(tmp_path)


def test_codes_are_unique_and_in_their_ranges() -> None:
    assert len({code.id for code in CODES}) == len({code.name for code in CODES}) == len(CODES)
    assert all(code.id.startswith(("QPF03", "QPF05")) and code.summary.endswith(".") for code in CODES)


def test_collecting_names_no_place() -> None:
    # The rules must hold for any place that answers `Files`.
    source = Path(str(collecting.__file__)).read_text(encoding="utf-8")
    assert not {"import os", "import stat", "import git"}.intersection(source.splitlines())
