"""Passes that read files of the fleet: what they are shown, and which codes they may report."""

import json
from pathlib import Path

import pytest

from qpf.host.reserved import is_fleets_code
from tests.command import run
from tests.host.hostile import installed, make_fleet
from tests.host.installing import register

PLUGIN = """\
from qpf.api import Code, Diagnostic, FleetCode, Pass, Severity, Span, hookimpl

PATH = "base/constraints/rules.cue"
ENGINES = {"acme": "7"}
OWN = Code("ACM900", "own", Severity.WARNING, "Its own.")
REFUSED = Code("ACM901", "refused", Severity.ERROR, "No code of the fleet.")
BROKEN = Code("ACM902", "broken", Severity.ERROR, "It is broken.")


def fleets(texts):
    for number, line in enumerate(texts[PATH].splitlines(), 1):
        code = Code(line, "given", Severity.WARNING, "The fleet's.")
        yield FleetCode(code, Span(PATH, number, 1, number, 2), 5, REFUSED)


def whole(environment, texts):
    shown = ", ".join(texts)
    yield Diagnostic(OWN, f"{environment.name} has {len(environment.agents)} agents; {shown}")


def each(agent, environment, texts, may_give):
    for given in fleets(texts):
        code = given.code if may_give(given.code.id) else BROKEN
        yield Diagnostic(code, f"{agent.name} breaks it", given.span)


@hookimpl
def qpf_passes():
    return [
        Pass("whole", 3, (OWN,), whole, scope="fleet", reads="base/constraints"),
        Pass(
            "each", 3, (REFUSED, BROKEN), each,
            reads="base/constraints", fleet_codes=fleets, engines=lambda: ENGINES,
        ),
    ]
"""


def validate(tmp_path: Path, rules: str | None, *command: str, plugin: str = PLUGIN) -> tuple[int, str, Path]:
    fleet, site = make_fleet(tmp_path / "fleet", "python_agent"), tmp_path / "site"
    site.mkdir()
    (site / "reading.py").write_text(plugin)
    register(site, "reading", "1.0", {"reading": "reading"})
    if rules is not None:
        (fleet / "base" / "constraints").mkdir()
        (fleet / "base" / "constraints" / "rules.cue").write_text(rules)
    with installed(site), pytest.MonkeyPatch.context() as patch:
        # The built-in plugin reads the same folder, and these are no constraints.
        patch.setattr("qpf_plugins.cue_constraints.PASSES", ())
        status, output = run([*(command or ("validate",))], fleet)
    return status, output, fleet


def test_a_pass_that_reads_is_shown_texts_and_no_agents(tmp_path: Path) -> None:
    status, output, _ = validate(tmp_path, "L9-1\n")
    assert status == 0
    assert "test has 0 agents; base/constraints/rules.cue" in output
    assert "warning[L9-1 given]" in output


def test_a_pass_that_reads_is_not_run_where_there_is_nothing(tmp_path: Path) -> None:
    status, output, _ = validate(tmp_path, None)
    assert (status, "ACM900" in output) == (0, False)


@pytest.mark.parametrize("code", ["QPF432", "QPF-1", "QPFX1", "ACM900", "ACM-1", "l9-1", "L9_1", "-L9"])
def test_no_code_with_a_prefix_of_another_is_the_fleets(tmp_path: Path, code: str) -> None:
    status, output, _ = validate(tmp_path, f"{code}\nL9-1\n", "validate", "-o", "json")
    assert status == 1
    found = json.loads(output)["findings"]
    told = {(each["code"], each["line"]) for each in found if each["code"] != "ACM900"}
    assert told == {("ACM901", 1), ("ACM902", 1), ("L9-1", 2)}
    assert {each["plugin"] for each in found} == {"reading"}


def test_a_pass_that_reports_a_code_that_is_not_the_fleets_is_found_out(tmp_path: Path) -> None:
    plugin = PLUGIN.replace(" if may_give(given.code.id) else BROKEN", "")
    status, output, _ = validate(tmp_path, "ACM-1\n", plugin=plugin)
    assert status == 2
    assert "error[QPF014 undeclared-code]: pass `each` of plugin `reading` reported ACM-1" in output


def test_engines_are_in_the_lock_where_there_is_something_to_read(tmp_path: Path) -> None:
    _, _, fleet = validate(tmp_path, "L9-1\n", "compile")
    lock = (fleet / "environments" / "test" / "qpf.lock").read_text()
    assert '"engines": {\n    "acme": "7"\n  }' in lock


def test_without_anything_to_read_no_engine_is_in_the_lock(tmp_path: Path) -> None:
    _, _, fleet = validate(tmp_path, None, "compile")
    assert "engines" not in (fleet / "environments" / "test" / "qpf.lock").read_text()


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [
        ("reads=7", "`reads` must be a folder, not 7"),
        ("engines=7", "`engines` must be a function, not 7"),
        ("fleet_codes=7", "`fleet_codes` must be a function, not 7"),
        ("scope='files'", "`scope` must be agent, environment, fleet or source, not 'files'"),
    ],
)
def test_a_malformed_pass_is_refused(tmp_path: Path, argument: str, complaint: str) -> None:
    plugin = f"""\
from qpf.api import Pass, hookimpl


@hookimpl
def qpf_passes():
    return [Pass("odd", 3, (), lambda *_: (), {argument})]
"""
    status, output, _ = validate(tmp_path, None, plugin=plugin)
    assert (status, complaint in output) == (2, True)


def test_a_crash_of_a_pass_that_reads_is_a_finding(tmp_path: Path) -> None:
    plugin = PLUGIN.replace('    shown = ", ".join(texts)', "    raise KeyError(texts)")
    status, output, _ = validate(tmp_path, "L9-1\n", plugin=plugin)
    assert status == 2
    assert "QPF012 plugin-crashed]: pass `whole` of plugin `reading` crashed" in output
    assert "warning[L9-1 given]" in output


@pytest.mark.parametrize(
    ("code", "own"),
    [("L9-401", True), ("L9X401", True), ("SEC", True), ("AB", False), ("A" * 25, False), ("A--1", False)],
)
def test_codes_of_a_fleet_are_capitals_digits_and_hyphens(code: str, own: bool) -> None:  # noqa: FBT001
    assert is_fleets_code(code, frozenset({"QPF"})) is own
