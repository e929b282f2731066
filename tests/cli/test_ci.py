"""`qpf ci`: every question of a pull request, one report, the worst exit code."""

import json
from pathlib import Path

import pytest

from qpf.host.registry import load_registry
from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Severity
from qpf.model.span import Span
from qpf.render.gitlab import render_gitlab
from qpf.render.steps import Step, steps_markdown
from tests.command import run
from tests.io.trees import commit, git

STEPS = ["valid", "migrated", "compiled", "approved"]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CI around, whatever runs these tests."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet, compiled and approved."""
    root = tmp_path / "fleet"
    for arguments in (["init"], ["compile"], ["golden", "approve", "--env", "dev"]):
        root.mkdir(exist_ok=True)
        assert run(arguments, root)[0] == 0
    return root


def change(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def verdicts(root: Path, *arguments: str) -> tuple[int, dict[str, str], list[str]]:
    """The exit code, the verdict of each step, and the codes of all findings."""
    status, output = run(["ci", "-o", "json", *arguments], root)
    document = json.loads(output)
    steps = {step["name"]: step["why_not"] or step["verdict"] for step in document["steps"]}
    return status, steps, [found["code"] for found in document["findings"]]


def test_a_sound_fleet_passes(fleet: Path) -> None:
    assert verdicts(fleet) == (0, dict.fromkeys(STEPS, "ok"), [])
    status, output = run(["ci"], fleet)
    assert status == 0
    assert output.splitlines()[-1].split()[:2] == ["approved", "ok"]


def test_nothing_is_written(fleet: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in fleet.rglob("*")}
    run(["ci", "--format"], fleet)
    assert {path: path.stat().st_mtime_ns for path in fleet.rglob("*")} == before


def test_an_invalid_fleet_is_not_compiled_and_the_other_questions_are_answered(fleet: Path) -> None:
    change(fleet, "agents/keeper.yaml", "metadata: {description", "metadata:  {descripton")
    status, steps, codes = verdicts(fleet, "--format")
    assert status == 1
    invalid = "not run: the fleet is not valid"
    assert steps == {
        "valid": "failed", "migrated": "ok", "compiled": invalid, "approved": invalid, "formatted": "failed",
    }  # fmt: skip
    assert {"QPF201", "QPF130"} <= set(codes)


def test_what_was_not_compiled_is_not_approved_either(fleet: Path) -> None:
    change(fleet, "agents/keeper.yaml", "role: ", "role: Once more. ")
    status, steps, codes = verdicts(fleet)
    assert (status, steps["valid"], steps["compiled"], steps["approved"]) == (1, "ok", "failed", "failed")
    assert {"QPF901", "QPF903"} == set(codes)


def test_an_edited_output_is_found(fleet: Path) -> None:
    change(fleet, "environments/dev/fleet.json", "keeper", "kept")
    status, steps, codes = verdicts(fleet)
    assert (status, steps["compiled"], steps["approved"]) == (1, "failed", "ok")
    assert codes == ["QPF902"]


def test_a_document_of_an_earlier_version_is_found(fleet: Path) -> None:
    change(fleet, "qpf.yaml", "schema_version: 6.0.0", "schema_version: 6.0.1")
    (fleet / "migrations").mkdir()
    (fleet / "migrations" / "6.0.1.yaml").write_text("from: 6.0.0\nto: 6.0.1\n\noperations: []\n")
    assert run(["compile"], fleet)[0] == 0
    status, steps, codes = verdicts(fleet)
    assert (status, steps["migrated"]) == (1, "failed")
    assert codes.count("QPF819") == 5
    assert run(["migrate", "--write"], fleet)[0] == 0
    assert run(["compile"], fleet)[0] == 0
    assert verdicts(fleet)[1]["migrated"] == "ok"


def test_without_golden_nobody_has_to_approve(fleet: Path) -> None:
    (fleet / "golden").rename(fleet / "elsewhere")
    status, steps, _ = verdicts(fleet)
    assert (status, steps["approved"]) == (0, "not run: there is no golden/")


def test_a_folder_that_is_no_fleet_gives_no_verdict(tmp_path: Path) -> None:
    assert run(["ci"], tmp_path)[0] == 2


def test_what_breaks_since_the_branch_was_left_is_found_if_asked(fleet: Path) -> None:
    commit(fleet)
    git(fleet, "branch", "-M", "main")
    git(fleet, "checkout", "-q", "-b", "work")
    change(fleet, "glue.yaml", "type: string", "type: integer")
    commit(fleet)
    git(fleet, "checkout", "-q", "main")
    change(fleet, "agents/keeper.yaml", "role: ", "role: Main goes on. ")
    commit(fleet)
    git(fleet, "checkout", "-q", "work")
    _, steps, codes = verdicts(fleet, "--against", "main")
    assert steps["compatible"] == "failed"
    assert [code for code in codes if not code.startswith("QPF")]
    assert verdicts(fleet, "--against", "work")[1]["compatible"] == "ok"
    status, output = run(["ci", "--against", "nope"], fleet)
    assert status == 2
    assert "no git revision `nope`" in output


def test_a_revision_that_is_not_there_costs_no_other_finding(fleet: Path) -> None:
    commit(fleet)
    change(fleet, "agents/keeper.yaml", "metadata: {description", "metadata:  {descripton")
    status, steps, codes = verdicts(fleet, "--format", "--against", "nope")
    assert status == 2
    assert (steps["valid"], steps["formatted"], steps["compatible"]) == ("failed", "failed", "failed")
    assert {"QPF039", "QPF130", "QPF201"} <= set(codes)


def broken_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some plugin cannot be loaded."""
    lost = Code("QPF001", "plugin-not-loaded", Severity.ERROR, "A plugin cannot be loaded.")
    report = Report.of([Diagnostic(lost, "plugin `x` cannot be loaded")])
    registry = load_registry().value
    for module in ("qpf.pipeline", "qpf.compilation.front"):
        monkeypatch.setattr(f"{module}.load_registry", lambda _plugins=None: Outcome(registry, report))


def test_a_plugin_that_cannot_be_loaded_is_a_step_that_failed(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_plugin(monkeypatch)
    unread = "not run: the fleet cannot be read"
    status, steps, codes = verdicts(fleet, "--format", "--against", "main")
    assert (status, codes) == (2, ["QPF001"])
    others = ("migrated", "compiled", "approved", "formatted", "compatible")
    assert steps == {"valid": "failed", **dict.fromkeys(others, unread)}


def test_a_plugin_that_cannot_be_loaded_is_told_to_github_and_gitlab(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_plugin(monkeypatch)
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(["ci"], fleet)[1].startswith("::error")
    assert "QPF001" in page.read_text()
    monkeypatch.delenv("GITHUB_ACTIONS")
    monkeypatch.setenv("GITLAB_CI", "true")
    status, output = run(["ci"], fleet)
    issues = json.JSONDecoder().raw_decode(output[output.index("[\n") :])[0]
    assert status == 2
    assert [each["check_name"].split()[0] for each in issues] == ["QPF001"]


def test_github_gets_annotations_and_a_page(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    change(fleet, "agents/keeper.yaml", "metadata: {description", "metadata: {descripton")
    status, output = run(["ci"], fleet)
    assert status == 1
    assert output.startswith("::error file=agents/keeper.yaml,line=")
    assert "\nvalid     failed" in output
    text = page.read_text()
    assert text.startswith("before\n## qpf\n")
    assert "| valid | failed |" in text
    assert "QPF201" in text
    assert run(["ci", "-o", "text"], fleet)[1].startswith("agents/keeper.yaml:")


def test_a_summary_that_cannot_be_written_costs_one_sentence(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    status, output = run(["ci"], fleet)
    assert status == 0
    assert "qpf: the summary cannot be written: Is a directory" in output


def test_gitlab_gets_a_report(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    change(fleet, "agents/keeper.yaml", "metadata: {description", "metadata: {descripton")
    status, output = run(["ci"], fleet)
    assert status == 1
    issues = json.JSONDecoder().raw_decode(output[output.index("[\n") :])[0]
    (issue,) = [each for each in issues if each["check_name"].startswith("QPF201")]
    assert issue["location"]["path"] == "agents/keeper.yaml"
    assert issue["severity"] == "critical"


def finding(line: int, message: str, **more: str) -> Diagnostic:
    code = Code("QPF999", "some-thing", Severity.ERROR, "Some thing.")
    return Diagnostic(code, message, Span("a.yaml", line, 1, line, 2), **more)  # type: ignore[arg-type]  # texts


def test_fingerprints_stay_while_lines_move_and_tell_equal_findings_apart() -> None:
    prints = [
        [each["fingerprint"] for each in json.loads(render_gitlab(Report.of(found), folder="x"))]
        for found in (
            [finding(1, "one"), finding(2, "two")],
            [finding(5, "one"), finding(9, "reworded")],
            [finding(5, "one")],
        )
    ]
    assert len(set(prints[0])) == 2
    assert prints[0] == prints[1]
    assert prints[2] == prints[0][:1]


def test_no_text_breaks_out_of_the_page_or_tells_a_secret() -> None:
    hostile = "x | ![a](http://evil.example/?q) <img src=x> @everyone `code`\n# head password: hunter2hunter2"
    step = Step("valid", "?", Report.of([finding(1, hostile)]))
    page = steps_markdown([step], step.report or Report())
    line = next(each for each in page.splitlines() if "QPF999" in each)
    assert "](" not in line.replace("\\](", "")
    assert "<img" not in page
    assert "@everyone" not in page
    assert "hunter2" not in page
    assert line.count(" | ") == 3 - 1 + line.count("\\| ") * 0


def test_a_page_lists_the_gravest_and_counts_the_rest() -> None:
    report = Report.of(finding(number, f"finding {number}") for number in range(1, 80))
    page = steps_markdown([Step("valid", "?", report)], report)
    assert page.count("QPF999") == 50
    assert "… and 29 more." in page
