"""`qpf explain QPF412` prints a code's page, for people and for programs, without a fleet."""

import json
from pathlib import Path

import pytest

from tests.command import run


@pytest.mark.parametrize("word", ["QPF412", "unknown-input-port"])
def test_a_rule_is_explained_by_the_page_in_its_docstring(word: str, tmp_path: Path) -> None:
    status, output = run(["explain", word], tmp_path)
    assert status == 0
    assert output.startswith("QPF412 unknown-input-port\nerror in layer dependencies, found by agent_schema")
    assert "**Use instead**\n\n```yaml\nconnections:\n  - {from: main_agent.score_request" in output


def test_a_code_of_the_core_is_explained_by_its_page(tmp_path: Path) -> None:
    _, output = run(["explain", "QPF107"], tmp_path)
    assert "YAML readers take the first or the last of the two" in output


def test_a_code_whose_summary_says_it_all_has_no_more(tmp_path: Path) -> None:
    _, output = run(["explain", "QPF053"], tmp_path)
    assert output.rstrip().count("\n\n") == 1


def test_programs_read_the_same(tmp_path: Path) -> None:
    document = json.loads(run(["explain", "QPF417", "-o", "json"], tmp_path)[1])
    code = document.pop("code")
    assert document == {"version": 1, "findings": []}
    assert {**code, "page": code["page"][:18]} == {
        "id": "QPF417",
        "name": "unconnected-output",
        "severity": "warning",
        "firm": False,
        "summary": "An output port has no connection: what it sends is lost.",
        "layer": "dependencies",
        "owner": "agent_schema",
        "page": "**What it does**\n\n",
        "url": None,
    }


@pytest.mark.parametrize(
    ("word", "hint"),
    [("QPF421x", ""), ("QPF471", "`QPF417`"), ("unknown-input-prot", "`unknown-input-port`"), ("ABC999", "")],
)
def test_an_unknown_code_is_wrong_usage_and_the_nearest_is_named(
    word: str, hint: str, tmp_path: Path
) -> None:
    status, output = run(["explain", word], tmp_path)
    assert status == 2
    assert (f"did you mean {hint}" in output) if hint else ("did you mean" not in output)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("QPF107", "found by qpf, which nothing lowers or accepts\n"),
        ("QPF520", "found by secrets, which nothing lowers\n"),
        ("QPF417", "found by agent_schema\n"),
    ],
)
def test_a_page_says_whether_its_code_can_be_lowered_or_accepted(
    tmp_path: Path, code: str, said: str
) -> None:
    assert said in run(["explain", code], tmp_path)[1]
