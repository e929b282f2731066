"""What `qpf validate --fix` mends is gone afterwards, and nothing that it makes is new."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command import run

TINY = Path(__file__).parent.parent / "fleets" / "tiny"
AGENT = "agents/keeper.yaml"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "fleet"))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_value_that_layers_share_is_quoted_where_it_is_written(tiny: Path) -> None:
    replace(tiny / "base/service.yaml", "owner: my-team", "owner: 0x1F")
    status, output = run(["validate", "--fix"], tiny)
    assert status == 0, output
    assert 'system: {owner: "0x1F", criticality: low}' in (tiny / "base/service.yaml").read_text()
    composed = json.loads(run(["explain", "keeper", "system.owner", "-o", "json"], tiny)[1])
    assert composed["environments"]["dev"][0]["value"] == "0x1F"


def test_guesses_are_left_unless_they_are_asked_for(tiny: Path) -> None:
    replace(tiny / AGENT, "title: Keeper", "titel: Keeper")
    before = (tiny / AGENT).read_text()
    status, output = run(["validate", "--fix"], tiny)
    assert (status, (tiny / AGENT).read_text()) == (1, before)
    assert "fix: write `title` instead of `titel`, by `qpf validate --fix --unsafe-fixes`" in output
    assert run(["validate", "--fix", "--unsafe-fixes"], tiny)[0] == 0
    assert (tiny / AGENT).read_text() == before.replace("titel", "title")


def test_what_two_words_are_like_is_no_guess(tiny: Path) -> None:
    replace(tiny / AGENT, "title: Keeper", "title: Keeper, owners: x, tag: y")
    fixes = {each["message"]: each["fix"] for each in findings(tiny)}
    assert fixes["unknown key `owners` in `system`"] == "write `owner` instead of `owners`"


def findings(root: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(["validate", "-o", "json"], root)[1])["findings"]
    return found


def test_a_file_that_goes_by_two_names_is_left(tiny: Path) -> None:
    replace(tiny / "base/service.yaml", "owner: my-team", "owner: 1")
    (tiny / "base/other.yaml").symlink_to("service.yaml")
    before = (tiny / "base/service.yaml").read_text()
    _, output = run(["validate", "--fix"], tiny)
    assert "leaves it: its file goes by another name too" in output
    assert (tiny / "base/service.yaml").read_text() == before


def test_what_a_diff_shows_is_what_is_written(tiny: Path) -> None:
    replace(tiny / AGENT, "title: Keeper", "titel: 1")
    replace(tiny / AGENT, "role: Keeps notes.", "role: 2 # a number")
    copy = Path(shutil.copytree(tiny, tiny.parent / "copy"))
    arguments = ["validate", "--fix", "--unsafe-fixes", "--diff", "-o", "json"]
    document = json.loads(run(arguments, copy)[1])
    assert (copy / AGENT).read_bytes() == (tiny / AGENT).read_bytes()
    subprocess.run(["git", "apply", "-"], input=document["diff"].encode(), cwd=copy, check=True)
    run(["validate", "--fix", "--unsafe-fixes"], tiny)
    assert (copy / AGENT).read_bytes() == (tiny / AGENT).read_bytes()


@pytest.mark.parametrize("arguments", [["--unsafe-fixes"], ["--diff"], ["--fix", "--diff", "-o", "sarif"]])
def test_ways_to_fix_that_fix_nothing_are_wrong_usage(tiny: Path, arguments: list[str]) -> None:
    assert run(["validate", *arguments], tiny)[0] == 2


def test_only_what_is_of_the_chosen_layers_is_mended(tiny: Path) -> None:
    replace(tiny / AGENT, "title: Keeper", "titel: Keeper")
    replace(tiny / AGENT, "role: Keeps notes.", "role: 2 # a number")
    run(["validate", "--fix", "--unsafe-fixes", "--layer", "types"], tiny)
    text = (tiny / AGENT).read_text()
    assert ('role: "2" # a number' in text, "titel" in text) == (True, True)


def test_a_second_run_does_nothing(tiny: Path) -> None:
    replace(tiny / AGENT, "title: Keeper", "titel: Keeper")
    replace(tiny / AGENT, "role: Keeps notes.", "role: 2 # a number")
    run(["validate", "--fix", "--unsafe-fixes"], tiny)
    stamp = (tiny / AGENT).stat().st_mtime_ns
    assert run(["validate", "--fix", "--unsafe-fixes"], tiny) == (0, "no findings: 1 agent, 1 environment\n")
    assert (tiny / AGENT).stat().st_mtime_ns == stamp


def test_a_fix_that_is_left_says_its_own_reason(tiny: Path) -> None:
    replace(tiny / AGENT, "title: Keeper", "titel: Keeper, ownner: 1")
    (tiny / AGENT).write_text((tiny / AGENT).read_text() + "memorytopolgy: {}\n")
    notes = {each["message"]: json.dumps(each["notes"]) for each in findings(tiny)}
    assert "would be found" not in notes["unknown key `titel` in `system`"]
    assert "QPF301 would be found: `owner`" in notes["unknown key `ownner` in `system`"]
    assert "QPF107 would be found" in notes["memorytopolgy is neither a section nor part of the header"]
