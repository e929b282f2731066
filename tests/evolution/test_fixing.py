"""`qpf validate --fix` moves deprecated fields where nothing else comes of it, and says why not elsewhere."""

import json
import shutil
from pathlib import Path

import pytest

from tests.command import run
from tests.evolution.fleets import AGENT, BASE, ENVIRONMENT, SUB, declare, replace
from tests.evolution.test_migrating import inodes

LABEL = "field_deprecated: {path: metadata.labels.squad, removed_in: 7.0.0, use: metadata.labels.team}"
LABELS = "metadata: {labels: {squad: one}, "
PROMISE = "`qpf validate --fix` does it"


def label(root: Path) -> None:
    """Let the agent use a label that is deprecated."""
    declare(root, LABEL)
    replace(root / AGENT, ("metadata: {", LABELS))


def fixed(root: Path, *arguments: str) -> list[tuple[str, int, int, str, str]]:
    """What a run says that it fixed."""
    status, output = run(["validate", "--fix", "-o", "json", *arguments], root)
    assert status == 0, output
    document = json.loads(output[output.index("{\n") :])
    return [tuple(each.values()) for each in document["fixed"]]


def left(root: Path) -> list[str]:
    """Why a run leaves fields where they are, having written nothing."""
    before = inodes(root)
    assert fixed(root) == []
    assert inodes(root) == before
    findings = json.loads(run(["validate", "-o", "json"], root)[1])["findings"]
    used = [each for each in findings if each["code"] == "QPF813"]
    assert [each["fix"] for each in used] == [None] * len(used)
    assert PROMISE not in str(used)
    notes = [note["message"] for each in used for note in each["notes"]]
    return [text.partition("leaves it: ")[2] for text in notes if "leaves it" in text]


def test_a_field_goes_where_it_belongs_in_every_layer(tiny):
    label(tiny)
    replace(tiny / BASE, ("metadata: {owner", "metadata: {labels: {squad: base, other: x}, owner"))
    replace(tiny / SUB, ("role:", "metadata:\n  labels:\n    # of memory\n    kept: y\nrole:"))
    overrides = (
        "\n    metadata: {labels: {squad: all}}\n  agents:\n    keeper: {metadata: {labels: {squad: z}}}"
    )
    replace(tiny / ENVIRONMENT, ("{log_level: DEBUG}", "{log_level: DEBUG}" + overrides))
    before = {path: (tiny / path).read_text() for path in (AGENT, BASE, SUB, ENVIRONMENT)}
    assert PROMISE in run(["validate"], tiny)[1]
    assert [(file, line) for file, line, *_ in fixed(tiny)] == [
        (AGENT, 19), (BASE, 27), (ENVIRONMENT, 10), (ENVIRONMENT, 12),
    ]  # fmt: skip
    assert {path: (tiny / path).read_text() for path in before} == {
        path: text.replace("squad", "team") for path, text in before.items()
    }
    assert run(["validate"], tiny)[1].startswith("no findings")


def test_what_is_fixed_is_said_with_its_place_and_nothing_is_left_for_the_next_run(tiny):
    label(tiny)
    status, output = run(["validate", "--fix"], tiny)
    what = "metadata.labels.squad → metadata.labels.team"
    assert (status, output.splitlines()[0]) == (0, f"{AGENT}:19:21: fixed[QPF813 deprecated-field]: {what}")
    before = {path: (each.st_ino, each.st_mtime_ns) for path in tiny.rglob("*") for each in [path.stat()]}
    assert run(["validate", "--fix"], tiny) == (0, "no findings: 1 agent, 1 environment\n")
    assert {path: (each.st_ino, each.st_mtime_ns) for path in before for each in [path.stat()]} == before


def test_programs_are_told_what_was_fixed(tiny):
    label(tiny)
    assert json.loads(run(["validate", "-o", "json"], tiny)[1])["fixed"] == []
    assert fixed(tiny) == [(AGENT, 19, 21, "QPF813", "metadata.labels.squad → metadata.labels.team")]
    assert fixed(tiny) == []


def test_errors_that_are_left_fail_the_run(tiny):
    label(tiny)
    replace(tiny / AGENT, ("role: Keeps notes.", "role: 3"), ("system: {", "sistem: {"))
    assert run(["validate", "--fix"], tiny)[0] == 1


def test_an_error_of_something_else_stands_in_no_ones_way(tiny):
    label(tiny)
    replace(tiny / BASE, ("criticality: low", "criticality: unheard-of"))
    status, output = run(["validate", "--fix"], tiny)
    assert (status, "fixed[QPF813" in output) == (1, True)


def test_a_revision_cannot_be_fixed(tiny):
    label(tiny)
    status, output = run(["validate", "--fix", "--rev", "HEAD"], tiny)
    assert (status, "--fix edits the work tree" in output) == (2, True)


def test_marks_line_ends_permissions_and_links_are_kept(tiny):
    label(tiny)
    (tiny / "shared").mkdir()
    path = tiny / "shared/keeper.yaml"
    (tiny / AGENT).rename(path)
    (tiny / AGENT).symlink_to("../shared/keeper.yaml")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    before = path.read_bytes()
    assert len(fixed(tiny)) == 1
    assert path.read_bytes() == before.replace(b"squad", b"team")
    assert (tiny / AGENT).is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640


def second(root: Path) -> None:
    """Let the fleet have another agent, and another environment."""
    text = (root / AGENT).read_text().replace("name: keeper", "name: other").replace(":keeper:*", ":other:*")
    (root / "agents/other.yaml").write_text(text)
    shutil.copytree(root / "environments/dev", root / "environments/late")
    replace(root / "qpf.yaml", ("dev: {branch: dev}", "dev: {branch: dev}\n  late: {branch: late}"))
    for name in ("dev", "late"):
        override = "{log_level: DEBUG, replicas: 1}\n    metadata: {labels: {squad: all}}"
        replace(root / f"environments/{name}/environment.yaml", ("{log_level: DEBUG}", override))


def test_only_what_was_asked_for_is_fixed(tiny):
    label(tiny)
    second(tiny)
    replace(tiny / AGENT, (LABELS, "metadata: {"))
    for name in ("dev", "late"):
        path = tiny / f"environments/{name}/environment.yaml"
        replace(
            path,
            (
                "\n    metadata: {labels: {squad: all}}",
                "\n  agents: {keeper: {metadata: {labels: {squad: z}}}}",
            ),
        )
    assert [file for file, *_ in fixed(tiny, "--agent", "keeper", "--env", "late")] == [
        "environments/late/environment.yaml"
    ]
    assert [file for file, *_ in fixed(tiny, "--agent", "keeper")] == [ENVIRONMENT]
    assert [file for file, *_ in fixed(tiny)] == ["agents/other.yaml"]


def test_a_layer_that_others_share_is_not_fixed_for_one_of_them(tiny):
    label(tiny)
    second(tiny)
    before = inodes(tiny)
    assert fixed(tiny, "--agent", "keeper") == []
    assert inodes(tiny) == before
    assert len(fixed(tiny)) == 4


def test_a_file_that_goes_by_two_names_is_left(tiny):
    label(tiny)
    second(tiny)
    (tiny / "environments/late/environment.yaml").unlink()
    (tiny / "environments/late/environment.yaml").symlink_to("../dev/environment.yaml")
    reasons = left(tiny)
    assert sum("another name" in why for why in reasons) == 2
    assert sum("would differ in metadata.labels" in why for why in reasons) == 2


def test_a_default_does_not_stand_where_a_field_belongs(tiny):
    declare(tiny, LABEL, 'field_add: metadata.labels.team with default "none"')
    replace(tiny / AGENT, ("metadata: {", LABELS))
    assert len(fixed(tiny)) == 1
    assert "{labels: {team: one}" in (tiny / AGENT).read_text()


def test_what_one_deprecation_cannot_do_stops_no_other(tiny):
    declare(tiny, LABEL, "field_deprecated: {path: metadata.description, use: system.version}")
    replace(tiny / AGENT, ("metadata: {", LABELS), ("Keeps notes.}", '"1.0.0"}'))
    assert [what for *_, what in fixed(tiny)] == ["metadata.labels.squad → metadata.labels.team"]
    assert left(tiny) == ["QPF203 would be found: the key `description` is missing in `metadata`"]
    assert run(["validate"], tiny)[0] == 0


REASONS = {
    "nothing takes its place": ("{path: metadata.labels.squad}", LABELS, "nothing takes its place"),
    "a sentence takes its place": (
        "{path: metadata.labels.squad, use: See the manual.}",
        LABELS,
        "`See the manual.` is no field of a section",
    ),
    "its place is taken": (
        "{path: metadata.labels.squad, use: metadata.labels.team}",
        "metadata: {labels: {squad: one, team: two}, ",
        "metadata.labels.team is there already",
    ),
    "its place is inside of it": (
        "{path: metadata.labels, use: metadata.labels.all}", LABELS, "metadata.labels would go inside itself",
    ),
    "its value is of another type": (
        "{path: metadata.labels.squad, use: deployment.replicas}",
        LABELS,
        'QPF301 would be found: `replicas`: expected an integer, got string "one"',
    ),
    "there is no such field": (
        "{path: metadata.labels.squad, use: metadata.team}",
        LABELS,
        "QPF201 would be found: unknown key `team` in `metadata`",
    ),
    "what takes its place is above it": (
        "{path: metadata.labels.squad, use: metadata.labels}",
        LABELS,
        "metadata.labels.squad is inside of metadata.labels",
    ),
    "a mapping would be gone": (
        "{path: metadata.labels.squad, use: system.version}",
        'metadata: {labels: {squad: "1.0.0"}, ',
        "keeper in dev would differ in metadata.labels",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("deprecation", "metadata", "why"), REASONS.values(), ids=REASONS)
def test_what_is_not_safe_is_left_and_says_why(tiny, deprecation, metadata, why):
    declare(tiny, f"field_deprecated: {deprecation}")
    replace(tiny / AGENT, ("metadata: {", metadata))
    assert left(tiny) == [why]


def test_a_field_in_a_file_of_an_earlier_version_is_left_to_the_migration(tiny):
    label(tiny)
    replace(tiny / AGENT, ("schema_version: 6.0.0", "schema_version: 5.9.0"))
    assert left(tiny) == ["it is in a file that speaks 5.9.0; rewrite that first, by `qpf migrate`"]
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert len(fixed(tiny)) == 1


def test_nothing_moves_while_an_agent_cannot_be_composed(tiny):
    label(tiny)
    (tiny / "agents/broken.yaml").write_text("name: [\n")
    before = inodes(tiny)
    status, output = run(["validate", "--fix"], tiny)
    assert (status, "agent broken cannot be composed, and may need" in output) == (1, True)
    assert inodes(tiny) == before


def test_nothing_moves_while_a_file_cannot_be_read(tiny):
    label(tiny)
    (tiny / "agents/lost.yaml").symlink_to("nowhere.yaml")
    before = (tiny / AGENT).read_bytes()
    assert "agents/lost.yaml cannot be read, and may need" in run(["validate", "--fix"], tiny)[1]
    assert (tiny / AGENT).read_bytes() == before


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_services_are_told_what_is_left_and_people_what_was_fixed(tiny, form):
    label(tiny)
    assert "does it" in run(["validate", "-o", form], tiny)[1]
    status, output = run(["validate", "--fix", "-o", form], tiny)
    assert status == 0
    assert output.startswith(f"{AGENT}:19:21: fixed[QPF813 deprecated-field]")
    assert "does it" not in output


def test_a_field_that_layers_say_together_moves_in_all_of_them_or_in_none(tiny):
    label(tiny)
    replace(tiny / BASE, ("metadata: {", "metadata: {labels: {squad: base, team: base}, "))
    assert sorted(left(tiny)) == [
        "keeper in dev would differ in metadata.labels.squad", "metadata.labels.team is there already",
    ]  # fmt: skip


def test_what_would_bring_another_deprecated_field_is_left(tiny):
    inner = "field_deprecated: {path: metadata.labels.team, use: metadata.labels.crew}"
    declare(tiny, "field_deprecated: {path: metadata.marks, use: metadata.labels}", inner)
    replace(tiny / AGENT, ("metadata: {", "metadata: {marks: {team: one}, "))
    assert run(["validate", "--fix"], tiny)[0] == 1  # the model knows no marks
    assert "QPF813 would be found: metadata.labels.team will be removed" in run(["validate"], tiny)[1]


def test_what_is_shared_by_an_anchor_is_left(tiny):
    label(tiny)
    replace(tiny / AGENT, (LABELS, "metadata: {"))
    shared = "all: &both\n    metadata: {labels: {squad: all}}\n  agents: {keeper: *both}\n  # "
    replace(tiny / ENVIRONMENT, ("all:", shared), ("    deployment: {log", "  # deployment: {log"))
    assert left(tiny) == ["what it says elsewhere would change too, by an anchor or an alias"]


def test_a_file_that_cannot_be_written_is_no_bug(tiny, monkeypatch):
    def refuse(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied")

    label(tiny)
    monkeypatch.setattr("qpf.cli.validate.replace_source", refuse)
    status, output = run(["validate", "--fix"], tiny)
    assert status == 2
    assert f"cannot write {AGENT}: Permission denied" in output
