"""The page that leads from the guide to the rules names codes and cases that exist and belong together."""

import re
from pathlib import Path

import pytest

from tools import installed

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "find-the-rule.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?P<says>.+?) \| (\d) \| (QPF\d{3}) \| `([\w/-]+)` \|$", PAGE, re.MULTILINE)
CODES = {code.id for declared in installed.codes().values() for _, code in declared}


def test_every_row_is_understood() -> None:
    written = [line for line in PAGE.splitlines() if line.startswith("| ") and "QPF" in line]
    assert len(ROWS) == len(written) > 30


@pytest.mark.parametrize(("says", "layer", "code", "case"), ROWS, ids=lambda part: part[:40])
def test_a_row_names_a_code_of_its_layer_and_a_case_that_shows_it(
    says: str, layer: str, code: str, case: str
) -> None:
    assert code in CODES, says
    assert code[3] == layer, says
    session = (ROOT / "tests" / "cases" / case / "session.txt").read_text(encoding="utf-8")
    assert f"[{code} " in session, says


def test_every_rule_with_a_case_of_its_name_is_on_the_page() -> None:
    folders = ("consistency", "performance")
    cases = {
        path.parent.name
        for folder in folders
        for path in (ROOT / "tests/cases" / folder).rglob("session.txt")
    }
    assert cases <= {case.partition("/")[2] for *_, case in ROWS}
