"""`qpf validate --fix` moves deprecated fields to what takes their place, in every layer, once."""

import json

import pytest

from tests.command import run
from tests.evolution.fixing import LABEL, LABELS, fixed, label, second
from tests.evolution.fleets import AGENT, BASE, ENVIRONMENT, SUB, declare, replace

PROMISE = "by `qpf validate --fix`"


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
    assert "fixed" not in json.loads(run(["validate", "-o", "json"], tiny)[1])
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


def test_a_default_does_not_stand_where_a_field_belongs(tiny):
    declare(tiny, LABEL, 'field_add: metadata.labels.team with default "none"')
    replace(tiny / AGENT, ("metadata: {", LABELS))
    assert len(fixed(tiny)) == 1
    assert "{labels: {team: one}" in (tiny / AGENT).read_text()


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_services_are_told_what_is_left_and_people_what_was_fixed(tiny, form):
    label(tiny)
    told = {"sarif": '"fixes": [', "github": "fix: metadata.labels.squad → metadata.labels.team"}[form]
    assert told in run(["validate", "-o", form], tiny)[1]
    status, output = run(["validate", "--fix", "-o", form], tiny)
    assert status == 0
    assert output.startswith(f"{AGENT}:19:21: fixed[QPF813 deprecated-field]")
    assert told not in output
