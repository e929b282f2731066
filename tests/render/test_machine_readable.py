"""Findings for programs: JSON, SARIF, GitHub commands."""

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.span import Span
from qpf.render.github import render_github
from qpf.render.json import findings, render_json
from qpf.render.sarif import Telling, render_sarif
from tests.render.reports import CONFLICT, ERROR, NOTE, REPORT, WARNING, one

KEYS = {
    "code", "name", "severity", "message", "file", "line", "column", "end_line", "end_column",
    "path", "agent", "environment", "notes", "hint", "fix", "applicability", "edits", "plugin",
}  # fmt: skip


def sarif(report: Report, **options: Any) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(render_sarif(report, None, Telling(**options)))["runs"][0]
    return run


def test_json_is_versioned_and_every_key_is_always_there() -> None:
    document = json.loads(render_json(REPORT))
    assert document == {"version": 1, "findings": findings(REPORT)}
    assert all(set(found) == KEYS for found in document["findings"])


def test_json_says_all_that_a_finding_says() -> None:
    assert findings(Report((CONFLICT,))) == [
        {
            "code": "QPF220",
            "name": "merge-conflict",
            "severity": "error",
            "message": "`replicas` is 3 here and 1 there",
            "file": "agents/a.yaml",
            "line": 3,
            "column": 3,
            "end_line": 3,
            "end_column": 14,
            "path": "deployment.replicas",
            "agent": "a",
            "environment": "dev",
            "notes": [
                {"message": "the base says 1", "file": "base/b.yaml", "line": 2, "column": 14},
                {"message": "and nobody may override it", "file": None, "line": None, "column": None},
            ],
            "hint": "remove one of them",
            "fix": None,
            "applicability": None,
            "edits": [],
            "plugin": "acme",
        }
    ]


def test_sarif_names_rules_places_and_levels() -> None:
    run = sarif(REPORT, version="0.1.0", codes=[replace(ERROR, id="QPF001", name="other")])
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["QPF001", "QPF220", "QPF604", "QPF801"]
    assert run["tool"]["driver"]["version"] == "0.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    conflict = run["results"][2]
    location = conflict["locations"][0]["physicalLocation"]
    assert conflict["level"] == "error"
    assert location["artifactLocation"] == {"uri": "agents/a.yaml", "uriBaseId": "%SRCROOT%"}
    assert location["region"] == {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 14}
    assert [related["message"]["text"] for related in conflict["relatedLocations"]] == ["the base says 1"]


def test_sarif_places_a_finding_about_no_line_on_the_fleets_own_file() -> None:
    assert sarif(one())["results"][0]["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "qpf.yaml", "uriBaseId": "%SRCROOT%"}}}
    ]


def test_sarif_uris_are_relative_and_escaped() -> None:
    run = sarif(one(span=Span("a b/ä:#.yaml", 1, 1, 1, 1)), folder="fleets/one")
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "fleets/one/a%20b/%C3%A4%3A%23.yaml"


def fingerprint(found: Diagnostic) -> str:
    prints: dict[str, str] = sarif(Report((found,)))["results"][0]["partialFingerprints"]
    return prints["qpfFinding/v1"]


def test_a_sarif_fingerprint_outlives_rewording_and_moved_lines() -> None:
    moved = replace(CONFLICT, message="reworded", span=Span("agents/a.yaml", 9, 1, 9, 2), notes=(), hint="")
    assert fingerprint(moved) == fingerprint(CONFLICT)
    for other in (
        replace(CONFLICT, code=WARNING),
        replace(CONFLICT, path=("deployment",)),
        replace(CONFLICT, span=Span("agents/b.yaml", 3, 3, 3, 14)),
    ):
        assert fingerprint(other) != fingerprint(CONFLICT)


def test_sarif_tells_equal_findings_in_one_file_apart() -> None:
    second = replace(CONFLICT, span=Span("agents/a.yaml", 4, 1, 4, 2))
    prints = {
        result["partialFingerprints"]["qpfFinding/v1"]
        for result in sarif(Report.of([CONFLICT, second]))["results"]
    }
    assert len(prints) == 2


def test_github_commands_carry_place_title_notes_and_hint() -> None:
    assert render_github(Report((CONFLICT,))) == (
        "::error file=agents/a.yaml,line=3,endLine=3,col=3,endColumn=14,title=QPF220 merge-conflict"
        "::`replicas` is 3 here and 1 there%0Abase/b.yaml:2:14: the base says 1"
        "%0Aand nobody may override it%0Ahint: remove one of them\n"
    )


def test_github_errors_come_first() -> None:
    lines = render_github(REPORT).splitlines()
    assert [line.split()[0] for line in lines] == ["::error", "::warning", "::notice"]


def test_github_text_cannot_become_a_command() -> None:
    hostile = "50%\r\n::error::x"
    text = render_github(one(hostile, Span("a,b:c%\n.yaml", 1, 1, 2, 1)))
    assert text.count("\n") == 1
    assert "file=a%2Cb%3Ac%25%0A.yaml,line=1,endLine=2,title" in text
    assert text.endswith("::50%25\\r%0A::error::x\n")


def test_github_text_spells_control_characters_out() -> None:
    found = replace(CONFLICT, message="a\x1b[2Jb\nc", notes=(Note("\x07bell"),), hint="\u202etfel")
    text = render_github(Report((found,)))
    assert text.endswith("::a\\x1b[2Jb%0Ac%0A\\x07bell%0Ahint: \\u202etfel\n")


def test_github_shows_ten_of_a_severity_and_counts_the_rest() -> None:
    many = [
        Diagnostic(code, f"{number}")
        for code in (ERROR, WARNING, NOTE)
        for number in range(9 + code.severity)
    ]
    lines = render_github(Report.of(many)).splitlines()
    assert len(lines) == 31
    assert lines[-1] == "Not shown as annotations: 2 more errors, 1 more warning."


def test_github_paths_start_at_the_repository() -> None:
    assert "file=fleets/one/x," in render_github(one(span=Span("x", 1, 1, 1, 1)), folder="fleets/one")


@pytest.mark.parametrize("render", [render_json, render_sarif, render_github])
def test_secrets_are_masked(render: Any) -> None:
    secret = "hunter2secret"  # noqa: S105 - a made-up one
    found = replace(
        CONFLICT,
        message=f"password: {secret}",
        hint=f"token={secret}",
        notes=(replace(CONFLICT.notes[0], message=f"api_key: {secret}"),),
    )
    text = render(Report((found,)))
    assert secret not in text
    assert text.count("***") == 3


@pytest.mark.parametrize("render", [render_json, render_sarif, render_github])
def test_an_empty_report_is_a_whole_document(render: Any) -> None:
    text = render(Report())
    assert re.fullmatch(r"(?s)(\{.*\}\n)?", text)
    assert "QPF" not in text
