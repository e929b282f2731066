"""What `qpf validate --fix` does not move says why: something else would come of it."""

import json
from pathlib import Path

import pytest

from tests.command import run
from tests.evolution.fixing import LABEL, LABELS, fixed, label, second
from tests.evolution.fleets import AGENT, BASE, ENVIRONMENT, declare, replace
from tests.evolution.test_migrating import inodes

PROMISE = "by `qpf validate --fix`"


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


REFERENCES = {
    "templates/python_agent/extra.md.j2": ("{{ metadata.labels.squad }}\n", "speaks of it"),
    "templates/python_agent/each.md.j2": ("{{ metadata.labels[name] }}\n", "may speak of it"),
    "base/constraints/labels.cue": ('metadata: labels: squad?: =~"^[a-z]+$"\n', "speaks of it"),
}


@pytest.mark.parametrize(("path", "said"), REFERENCES.items(), ids=REFERENCES)
def test_a_field_that_a_template_or_a_constraint_speaks_of_is_left(tiny, path, said):
    label(tiny)
    (tiny / path).parent.mkdir(parents=True)
    (tiny / path).write_text(said[0])
    assert left(tiny) == [f"{path} {said[1]}"]


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
