"""What a fleet says about findings counts for every command, and nothing that is kept depends on it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.command import run

TINY = Path(__file__).parent.parent / "fleets" / "tiny"
AGENT = "agents/keeper.yaml"
DAY = 24 * 60 * 60
LAST = 1_900_000_000  # 2030-03-17, UTC
COMMENT = '# qpf: ignore[QPF417] reason="nobody listens yet" until=2030-03-17'


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A fleet whose agent has an output that is connected to nothing."""
    root = Path(shutil.copytree(TINY, tmp_path / "fleet"))
    add(root, "")
    return root


def add(root: Path, comment: str) -> None:
    path = root / AGENT
    output = f"  output:\n    told: {{packet: note, description: Tells.}} {comment}\n"
    path.write_text((TINY / AGENT).read_text().replace("  input:", f"{output}  input:"))


def judge(root: Path, **levels: str) -> None:
    text = (TINY / "qpf.yaml").read_text()
    (root / "qpf.yaml").write_text(f"{text}validation: {{severity: {json.dumps(levels)}}}\n")


@pytest.mark.parametrize("command", [["validate"], ["compile"], ["compile", "--check"], ["plan"], ["test"]])
def test_a_warning_that_is_raised_fails_every_command(told: Path, command: list[str]) -> None:
    judge(told, QPF417="error")
    status, output = run(command, told)
    assert (status, "error[QPF417 unconnected-output]" in output) == (1, True)


def test_nothing_is_written_where_a_raised_warning_fails(told: Path) -> None:
    judge(told, QPF417="error")
    assert run(["compile"], told)[0] == 1
    assert [path.name for path in (told / "environments" / "dev").iterdir()] == ["environment.yaml"]


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_every_form_says_how_bad_a_finding_is_by_the_fleet(told: Path, form: str) -> None:
    judge(told, QPF417="note")
    document = json.loads(run(["validate", "-o", form], told)[1])
    found = document["findings"] if form == "json" else document["runs"][0]["results"]
    assert [each.get("severity", each.get("level")) for each in found] == ["note"]


def test_other_severities_extract_nothing_anew(told: Path) -> None:
    assert run(["compile"], told)[0] == 0
    judge(told, QPF417="note")
    plan = json.loads(run(["plan", "-o", "json"], told)[1])
    origins = [each["origin"] for environment in plan["environments"] for each in environment["extractions"]]
    assert origins == ["kept"]


def test_what_is_accepted_is_told_on_the_day_after_the_last(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(told, COMMENT)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(LAST))
    for _ in range(2):
        status, output = run(["compile"], told)
        assert (status, "1 suppressed" in output, "warning" in output) == (0, True, False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(LAST + DAY))
    for command in (["compile"], ["validate"], ["compile", "--check"]):
        _, output = run(command, told)
        assert "warning[QPF417" in output
        assert "warning[QPF044 expired-suppression]" in output
        assert "suppressed\n" not in output


@pytest.mark.parametrize(
    "command", [["validate"], ["compile", "--check"], ["compile", "--diff"], ["compile"]]
)
def test_a_comment_that_accepts_nothing_is_told_of_by_all_who_look_at_all(
    told: Path, command: list[str]
) -> None:
    add(told, COMMENT.replace("QPF417", "QPF601"))
    assert "QPF045 unused-suppression" in run(command, told)[1]


def test_programs_are_told_what_is_accepted(told: Path) -> None:
    add(told, COMMENT)
    document = json.loads(run(["validate", "-o", "json"], told)[1])
    (accepted,) = document["suppressed"]
    assert (document["findings"], accepted["code"]) == ([], "QPF417")
    assert accepted["suppression"] == {
        "file": AGENT, "line": accepted["line"], "reason": "nobody listens yet", "until": "2030-03-17",
    }  # fmt: skip


@pytest.mark.parametrize("more", [["--agent", "keeper"], ["--env", "dev"]])
def test_a_comment_is_unused_only_where_all_was_looked_at(told: Path, more: list[str]) -> None:
    replace = (
        (told / "qpf.yaml").read_text().replace("dev: {branch: dev}", "dev: {branch: dev}\n  b: {branch: b}")
    )
    (told / "qpf.yaml").write_text(replace)
    shutil.copytree(told / "environments/dev", told / "environments/b")
    path = told / "base/service.yaml"
    path.write_text(f"{path.read_text()}\n{COMMENT.replace('QPF417', 'QPF701')}\n".replace("\n\n#", "\n#"))
    assert "QPF045" in run(["validate"], told)[1]
    assert "QPF045" not in run(["validate", *more], told)[1]


def test_a_bug_leaves_a_whole_document_for_code_scanning(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        message = "nobody foresaw this"
        raise RuntimeError(message)

    monkeypatch.setattr("qpf.cli.validate.remembered", fail)
    status, output = run(["validate", "-o", "sarif"], told)
    document = json.loads(output[output.index("{\n") : output.rindex("}\n") + 2])
    (invocation,) = document["runs"][0]["invocations"]
    assert (status, invocation["executionSuccessful"]) == (2, False)
    assert "nobody foresaw this" in invocation["toolExecutionNotifications"][0]["message"]["text"]
