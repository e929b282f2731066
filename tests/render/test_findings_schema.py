"""What `-o json` prints is what its published schema says."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from msgspec.structs import replace

from qpf.model.diagnostic import Report
from qpf.render.findings_schema import findings_schema
from qpf.render.json import render_json
from tests.command import run
from tests.render.reports import REPORT
from tests.render.test_sarif import RICH

ROOT = Path(__file__).parent.parent.parent
SESSIONS = sorted((ROOT / "tests" / "cases").rglob("session.txt"))


def problems(document: Any) -> list[str]:
    return [error.message for error in jsonschema_rs.validator_for(findings_schema()).iter_errors(document)]


@pytest.mark.parametrize("report", [Report(), REPORT, RICH], ids=["empty", "plain", "rich"])
def test_a_report_is_valid(report: Report) -> None:
    assert problems(json.loads(render_json(report))) == []


def test_a_code_that_a_fleet_gives_out_itself_is_valid() -> None:
    (found, *_) = REPORT.diagnostics
    given = Report((replace(found, code=replace(found.code, id="L9-101")),))
    assert problems(json.loads(render_json(given))) == []


def test_every_key_of_a_finding_is_in_the_schema_and_required() -> None:
    (found, *_) = json.loads(render_json(RICH))["findings"]
    described = findings_schema()["$defs"]["finding"]
    assert [*found] == [*described["properties"]] == described["required"]


@pytest.mark.parametrize("change", [{"severity": "fatal"}, {"line": 0}, {"code": "no"}, {"notes": None}])
def test_what_is_no_finding_is_refused(change: dict[str, object]) -> None:
    document = json.loads(render_json(REPORT))
    document["findings"][0] |= change
    assert problems(document) != []


def test_documents_that_commands_print_in_cases_are_valid() -> None:
    decoder = json.JSONDecoder()
    seen = 0
    for session in SESSIONS:
        text = session.read_text(encoding="utf-8")
        position = text.find("\n{\n")
        while position >= 0:
            document, end = decoder.raw_decode(text, position + 1)
            assert problems(document) == [], session
            seen += 1
            position = text.find("\n{\n", end)
    assert seen > 5


def test_the_published_schema_is_the_one_that_is_printed(tmp_path: Path) -> None:
    status, output = run(["schema", "export", "--kind", "findings"], tmp_path)
    published = (ROOT / "docs" / "reference" / "findings.schema.json").read_text(encoding="utf-8")
    assert (status, output) == (0, published)


def test_replacing_a_severity_is_seen() -> None:
    (found, *_) = REPORT.diagnostics
    raised = Report((replace(found, level=REPORT.diagnostics[2].severity),))
    assert json.loads(render_json(raised))["findings"][0]["severity"] == "error"
