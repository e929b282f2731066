"""SARIF is what its schema says, and what code scanning makes of it: findings that are followed by."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from msgspec.structs import replace

from qpf.model.diagnostic import (
    Applicability,
    Diagnostic,
    Fix,
    Report,
    Severity,
    Suppressed,
    Suppression,
    TextEdit,
)
from qpf.model.span import Span
from qpf.render.sarif import Telling, render_failure, render_sarif
from tests.render.reports import CONFLICT, NOTE, NOWHERE, REPORT, SOURCES, UNUSED
from tests.render.sarif_schema import official

SAFE = Fix("write it", (TextEdit(Span("agents/a.yaml", 3, 3, 3, 3), '"'),), Applicability.SAFE)
REMOVAL = Fix("remove it", (TextEdit(Span("agents/a.yaml", 3, 1, 4, 1), ""),))
COMMENT = Suppression(Span("agents/a.yaml", 1, 9, 1, 60), 1, ("QPF604",), "known: 50 %", "2027-01-31")
RICH = Report.of(
    [NOWHERE, replace(CONFLICT, fix=SAFE), replace(CONFLICT, message="2", fix=REMOVAL)],
    [Suppressed(UNUSED, COMMENT)],
)
NO_VERDICT = Telling("0.1.0", "fleets/ä b", "https://docs.example/codes/", 2)


def checker() -> Draft7Validator:
    return Draft7Validator(official(), format_checker=FormatChecker())


def run_of(report: Report, telling: Telling | None = None) -> dict[str, Any]:
    document = json.loads(render_sarif(report, SOURCES, telling))
    problems = [error.message for error in checker().iter_errors(document)]
    assert problems == []
    run: dict[str, Any] = document["runs"][0]
    return run


@pytest.mark.parametrize("report", [Report(), REPORT, RICH], ids=["empty", "plain", "rich"])
@pytest.mark.parametrize("telling", [None, Telling(exit_code=1), NO_VERDICT], ids=["bare", "found", "none"])
def test_it_is_valid_by_the_official_schema(report: Report, telling: Telling | None) -> None:
    run_of(report, telling)


def test_the_schema_refuses_what_is_no_sarif() -> None:
    document = json.loads(render_sarif(REPORT))
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not checker().is_valid(document)


def test_uris_are_relative_to_the_top_of_the_repository() -> None:
    for result in run_of(RICH, NO_VERDICT)["results"]:
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            artifact = location["physicalLocation"]["artifactLocation"]
            assert artifact["uri"].startswith("fleets/%C3%A4%20b/")
            assert artifact["uriBaseId"] == "%SRCROOT%"


def test_safe_fixes_are_changes_of_the_artifact_and_guesses_are_not() -> None:
    guess = replace(CONFLICT, fix=replace(SAFE, applicability=Applicability.UNSAFE))
    assert "fixes" not in run_of(Report((guess,)))["results"][0]
    (fix,) = run_of(Report((replace(CONFLICT, fix=SAFE),)))["results"][0]["fixes"]
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": {"uri": "agents/a.yaml", "uriBaseId": "%SRCROOT%"},
            "replacements": [
                {
                    "deletedRegion": {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 3},
                    "insertedContent": {"text": '"'},
                }
            ],
        }
    ]


def test_a_fix_that_would_show_a_secret_is_not_shown() -> None:
    secret = Fix("write it", (TextEdit(Span("agents/a.yaml", 3, 3, 3, 3), "password: hunter2"),))
    text = render_sarif(Report((replace(CONFLICT, fix=secret),)))
    assert "hunter2" not in text
    assert '"fixes"' not in text


def test_what_is_accepted_is_there_with_who_accepts_it() -> None:
    suppressed = [result for result in run_of(RICH)["results"] if "suppressions" in result]
    assert [result["ruleId"] for result in suppressed] == ["QPF604"]
    (suppression,) = suppressed[0]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("inSource", "accepted")
    assert suppression["justification"] == "known: 50 % (until 2027-01-31)"
    assert suppression["location"]["physicalLocation"]["region"]["startColumn"] == 9


def test_a_run_without_a_verdict_says_why() -> None:
    assert run_of(REPORT, Telling(exit_code=1))["invocations"] == [
        {"executionSuccessful": True, "exitCode": 1}
    ]
    (invocation,) = run_of(REPORT, Telling(exit_code=2))["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolConfigurationNotifications"]
    assert notification["associatedRule"]["id"] == "QPF220"
    assert notification["message"]["text"].startswith("`replicas` is 3 here")


def test_a_run_that_came_to_no_end_is_a_whole_document_too() -> None:
    document = json.loads(render_failure("internal error: KeyError: password: hunter2"))
    assert checker().is_valid(document)
    (invocation,) = document["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == (
        "internal error: KeyError: password: ***"
    )


def test_the_level_is_what_the_fleet_says_and_the_rules_what_its_code_does() -> None:
    run = run_of(Report((replace(NOWHERE, level=Severity.ERROR),)))
    assert run["results"][0]["level"] == "error"
    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"] == {"level": "note"}


def test_pages_of_the_core_are_linked_where_they_are_published() -> None:
    def links(telling: Telling) -> list[str | None]:
        other = replace(NOWHERE, code=replace(NOTE, id="ACM001"))
        rules = run_of(Report.of([NOWHERE, other]), telling)["tool"]["driver"]["rules"]
        return [rule.get("helpUri") for rule in rules]

    assert links(NO_VERDICT) == [None, "https://docs.example/codes/QPF801.html"]
    assert links(Telling()) == [None, None]


def fingerprints(found: list[Diagnostic], sources: dict[str, bytes]) -> list[str]:
    document = json.loads(render_sarif(Report.of(found), sources))
    return [each["partialFingerprints"]["qpfFinding/v1"] for each in document["runs"][0]["results"]]


def test_without_a_path_what_the_line_says_tells_findings_apart_wherever_it_moves() -> None:
    def at(line: int, message: str = "lost") -> Diagnostic:
        return Diagnostic(NOTE, message, Span("glue.yaml", line, 3, line, 8))

    one, other = fingerprints([at(1), at(2)], {"glue.yaml": b"- one.a\n- two.b\n"})
    assert one != other
    moved = {"glue.yaml": b"# new\n- two.b\n- one.a\n"}
    assert fingerprints([at(2, "gone"), at(3, "gone")], moved) == [other, one]


def test_fingerprints_hold_no_secret() -> None:
    def of(secret: bytes) -> list[str]:
        found = Diagnostic(NOTE, "x", Span("a.yaml", 1, 1, 1, 40))
        return fingerprints([found], {"a.yaml": b"password: " + secret})

    assert of(b"hunter2") == of(b"swordfish")
