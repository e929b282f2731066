"""A fleet with all kinds of defects says the same in every form, each valid by its schema."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft7Validator

from qpf.render.findings_schema import findings_schema
from tests.command import run
from tests.render.sarif_schema import official
from tests.test_cases import FLEETS

PLACE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): \w+\[(?P<code>QPF\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(FLEETS / "broken", tmp_path_factory.mktemp("broken") / "fleet"))


@pytest.fixture(scope="module")
def findings(broken: Path) -> list[dict[str, Any]]:
    document = json.loads(run(["validate", "-o", "json"], broken)[1])
    assert jsonschema_rs.validator_for(findings_schema()).is_valid(document)
    found: list[dict[str, Any]] = document["findings"]
    return found


def test_there_are_more_than_forty_kinds_of_places(findings: list[dict[str, Any]]) -> None:
    assert len({(each["code"], each["file"], each["line"]) for each in findings}) >= 40


def test_text_shows_each_at_its_place(broken: Path, findings: list[dict[str, Any]]) -> None:
    shown = [(*found.groups(),) for found in PLACE.finditer(run(["validate"], broken)[1])]
    assert shown == [
        (each["file"], str(each["line"]), str(each["column"]), each["code"])
        for each in findings
        if each["file"]
    ]


def test_sarif_is_valid_and_has_each_at_its_place(broken: Path, findings: list[dict[str, Any]]) -> None:
    document = json.loads(run(["validate", "-o", "sarif"], broken)[1])
    assert [error.message for error in Draft7Validator(official()).iter_errors(document)] == []
    results = document["runs"][0]["results"]
    prints = [result["partialFingerprints"]["qpfFinding/v1"] for result in results]
    assert len(prints) == len(set(prints))
    told = [
        (result["ruleId"], result["locations"][0]["physicalLocation"].get("region", {}).get("startLine"))
        for result in results
    ]
    assert told == [(each["code"], each["line"]) for each in findings]


def test_github_shows_the_first_ten_errors_and_counts_the_others(
    broken: Path, findings: list[dict[str, Any]]
) -> None:
    lines = run(["validate", "-o", "github"], broken)[1].splitlines()
    errors = [each for each in findings if each["severity"] == "error"]
    shown = [line for line in lines if line.startswith("::error ")]
    assert len(shown) == 10
    for line, each in zip(shown, errors, strict=False):
        assert f"title={each['code']} {each['name']}::" in line
        assert f"file={each['file']},line={each['line']}," in line
    assert f"{len(errors) - 10} more errors" in lines[-1]
