"""One broken fleet: whatever is wrong in it is said in one run, at its place, in every form of output.

What must be said stands in the fleet's own files, written beside each defect by a person: see its qpf.yaml.
"""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.command import run

FLEET = Path(__file__).parent.parent / "fleets" / "broken"
MARKER = re.compile(r"# expect: (?P<expected>.*?)(?: #\})?$")
Found = tuple[str, str, int, int]
"""Code, file, line, column."""


def expected() -> Counter[Found]:
    """What the markers say."""
    return Counter(
        each
        for path in sorted(FLEET.rglob("*"))
        if path.is_file() and ".qpf" not in path.parts
        for each in markers(path.relative_to(FLEET).as_posix(), path.read_text(errors="replace"))
    )


def markers(file: str, text: str) -> list[Found]:
    """What the markers of one file say."""
    found: list[Found] = []
    number, content = 1, ""
    for position, line in enumerate(text.splitlines(), 1):
        marker = MARKER.search(line)
        before = line[: marker.start()] if marker else line
        if before.strip(" {"):
            number, content = position, before
        if marker is not None:
            for each in marker["expected"].split("; "):
                code, _, words = each.partition(" ")
                assert words in content, f"{file}:{position}: {words!r} is not in {content!r}"
                found.append((code, file, number, content.index(words) + 1))
    return found


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy outside of any repository, so that paths are those of the fleet."""
    return Path(shutil.copytree(FLEET, tmp_path_factory.mktemp("broken") / "fleet"))


def validate(fleet: Path, form: str) -> str:
    status, output = run(["validate", "-o", form], fleet)
    assert status == 2, "names of plugins that are missing are a fault of configuration"
    return output


@pytest.fixture(scope="module")
def listed(fleet: Path) -> Counter[Found]:
    findings = json.loads(validate(fleet, "json"))["findings"]
    return Counter((each["code"], each["file"], each["line"], each["column"]) for each in findings)


def test_every_defect_is_found_where_it_is_and_nothing_else_is(listed: Counter[Found]) -> None:
    wanted = expected()
    assert sorted((wanted - listed).elements()) == []
    assert sorted((listed - wanted).elements()) == []


def test_the_defects_are_many_and_of_all_layers(listed: Counter[Found]) -> None:
    codes = {code for code, *_ in listed}
    assert len(codes) >= 70
    assert {code[3] for code in codes} >= set("1234567")


def test_sarif_says_the_same(fleet: Path, listed: Counter[Found]) -> None:
    results = json.loads(validate(fleet, "sarif"))["runs"][0]["results"]
    places = [(each["ruleId"], each["locations"][0]["physicalLocation"]) for each in results]
    found = Counter(
        (code, place["artifactLocation"]["uri"], place["region"]["startLine"], place["region"]["startColumn"])
        for code, place in places
    )
    assert found == listed


def test_github_says_the_same_and_counts_what_it_does_not_show(fleet: Path, listed: Counter[Found]) -> None:
    output = validate(fleet, "github")
    shown = re.findall(
        r"^::\w+ file=([^,]+),line=(\d+),endLine=\d+,(?:col=(\d+),)?.*?title=(QPF\d+)", output, re.MULTILINE
    )
    # GitHub refuses columns of what goes over several lines.
    places = {(code, file, int(line), int(column) if column else None) for file, line, column, code in shown}
    assert places <= {*listed, *((code, file, line, None) for code, file, line, _ in listed)}
    rest = re.search(r"^Not shown as annotations: (.*)$", output, re.MULTILINE)
    assert rest is not None
    assert len(shown) + sum(map(int, re.findall(r"\d+", rest[1]))) == listed.total()


def test_text_says_the_same(fleet: Path, listed: Counter[Found]) -> None:
    shown = re.findall(r"^([^\s:]+):(\d+):(\d+): \w+\[(QPF\d+) ", validate(fleet, "text"), re.MULTILINE)
    assert Counter((code, file, int(line), int(column)) for file, line, column, code in shown) == listed
