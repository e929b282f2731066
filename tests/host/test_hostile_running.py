"""Whatever a pass or an emitter does wrong is one clear finding, and the run goes on."""

import json
import sys
from pathlib import Path

import pytest

from qpf.cli.main import main
from tests.host.hostile import FIXTURES, installed, make_fleet, run_with
from tests.host.installing import install_module

PASSES = [
    ("crashes", "QPF012", "crashed: ZeroDivisionError"),
    ("crashes_late", "QPF012", "crashed: LookupError"),
    ("exits", "QPF012", "crashed: SystemExit: that is enough"),
    ("recurses", "QPF012", "crashed: RecursionError"),
    ("changes_a_value", "QPF013", "'mappingproxy' object does not support item assignment"),
    ("changes_a_list", "QPF013", "'tuple' object has no attribute 'append'"),
    ("changes_the_tree", "QPF013", "'mappingproxy' object does not support item assignment"),
    ("changes_the_fleet", "QPF013", "'mappingproxy' object has no attribute 'pop'"),
    ("changes_a_field", "QPF013", "immutable type: 'Agent'"),
    ("changes_a_packet", "QPF013", "'mappingproxy' object does not support item assignment"),
    ("reports_undeclared", "QPF014", "reported HOS002 (`quiet`), which it does not declare"),
    ("yields_garbage", "QPF015", "handed over a str, not a Diagnostic"),
    ("returns_none", "QPF015", "returned None, not findings"),
    ("yields_forever", "QPF015", "handed over more than 100000 findings"),
    ("reports_nonsense", "QPF015", "reported HOS004 with a malformed `span`"),
]
EMITTERS = [
    ("emitter_crashes", "QPF012", "crashed: NotImplementedError"),
    ("emitter_exits", "QPF012", "crashed: SystemExit: 0"),
    ("emitter_fails_silently", "QPF015", "raised EmitError without a finding"),
    ("emitter_yields_text", "QPF015", "handed over a str, not an Artifact"),
    ("writes_text", "QPF016", "its content is a str, not bytes"),
    ("writes_absolute", "QPF016", "may not write '/etc/motd': the path is absolute"),
    ("writes_above", "QPF016", "an empty part, `.` or `..`"),
    ("writes_backslash", "QPF016", "the path has a backslash"),
    ("writes_nowhere", "QPF016", "the path is empty"),
    ("writes_nul", "QPF016", "a character that cannot be printed"),
    ("writes_the_lock", "QPF016", "may not write 'qpf.lock': the path belongs to the compiler"),
    ("writes_composed", "QPF016", "may not write 'composed/adder.yaml'"),
    ("writes_its_source", "QPF016", "may not write 'Environment.YAML'"),
    ("writes_for_git", "QPF016", "git reads such a file itself"),
    ("writes_its_own_path_twice", "QPF017", "`evil/all.txt` is written twice"),
]


@pytest.mark.parametrize(("name", "code", "message"), PASSES, ids=[name for name, *_ in PASSES])
def test_a_bad_pass_is_one_finding(name: str, code: str, message: str, tmp_path: Path) -> None:
    _, document = run_with(name, tmp_path, "validate")
    (found,) = document["findings"]
    assert (found["code"], found["plugin"], found["severity"]) == (code, name, "error")
    assert message in found["message"]
    assert f"pass `{name.replace('_', '-')}` of plugin `{name}`" in found["message"]
    assert str(tmp_path) not in str(document)


@pytest.mark.parametrize(("name", "code", "message"), EMITTERS, ids=[name for name, *_ in EMITTERS])
def test_a_bad_emitter_is_one_finding(name: str, code: str, message: str, tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet", "evil")
    status, document = run_with(name, tmp_path, "compile", root=root)
    (found,) = document["findings"]
    assert (found["code"], found["plugin"], found["severity"]) == (code, name, "error")
    assert message in found["message"]
    assert f"emitter `evil` of plugin `{name}`" in found["message"]
    assert status == 2
    assert [path.name for path in (root / "environments" / "test").iterdir()] == ["environment.yaml"]


@pytest.mark.parametrize("name", ["loops_forever", "swallows_forever", "sleeps_forever"])
@pytest.mark.parametrize(
    "command", [("validate",), ("compile", "--progress", "none")], ids=["validate", "compile"]
)
def test_a_pass_that_never_ends_is_ended_and_is_one_finding(
    name: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    with (root / "qpf.yaml").open("a") as handle:
        handle.write("validation: {seconds_per_pass: 0.2}\n")
    agent = root / "agents" / "archivist.yaml"
    agent.write_text(agent.read_text() + "\nsurprise: {}\n")
    status, document = run_with(name, tmp_path, *command, root=root)
    slow, other = document["findings"]
    assert (status, slow["code"], slow["plugin"], other["code"]) == (2, "QPF021", name, "QPF204")
    assert slow["message"] == (
        f"pass `{name.replace('_', '-')}` of plugin `{name}` took more than 0.2 s of processor time "
        "for one agent, and was ended"
    )
    assert [note["message"] for note in slow["notes"]] == [
        "while checking agent `adder` in environment `test`",
        "it was not run again; what it found is not told",
    ]


def test_two_emitters_never_write_one_path(tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet", "evil", "python_agent")
    _, document = run_with("writes_anothers_path", tmp_path, "compile", root=root)
    assert {found["code"] for found in document["findings"]} == {"QPF017"}
    assert document["findings"][0]["message"] == (
        "`agents/adder/README.md` is written twice: by emitter `evil` of plugin `writes_anothers_path` "
        "for `adder` and by emitter `python_agent` of plugin `python_agent` for `adder`"
    )


def test_a_crash_says_where_and_over_what(tmp_path: Path) -> None:
    _, document = run_with("crashes", tmp_path, "validate")
    (found,) = document["findings"]
    assert [note["message"] for note in found["notes"]] == [
        "while checking agent `adder` in environment `test`",
        "raised at crashes.py:7 in check",
        "and once more, for other agents or environments",
    ]
    assert (found["agent"], found["environment"]) == ("adder", "test")


def test_a_refused_change_says_how_to_do_it(tmp_path: Path) -> None:
    _, document = run_with("changes_a_value", tmp_path, "validate")
    assert document["findings"][0]["hint"] == (
        "values are shared and read-only: change a copy, `qpf.api.thaw(value)`"
    )


def test_an_undeclared_report_is_quoted_with_its_line(tmp_path: Path) -> None:
    _, document = run_with("reports_undeclared", tmp_path, "validate")
    (note, *_) = document["findings"][0]["notes"]
    assert note["message"] == "it reported: adder is quiet"
    assert note["file"] == "agents/adder.yaml"


def test_nobody_speaks_in_anothers_name(tmp_path: Path) -> None:
    _, document = run_with("forges_its_name", tmp_path, "validate")
    assert {(found["code"], found["plugin"]) for found in document["findings"]} == {
        ("HOS005", "forges_its_name")
    }


def test_prints_of_a_plugin_stay_out_of_the_data(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    install_module(FIXTURES / "prints.py", tmp_path / "site", plugin="prints")
    with installed(tmp_path / "site"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["qpf", "-C", str(root), "validate", "-o", "json"])
        with pytest.raises(SystemExit) as leave:
            main()
    printed = capfd.readouterr()
    assert (leave.value.code, json.loads(printed.out)) == (0, {"version": 1, "findings": []})
    assert "hello from adder test" in printed.err
    assert "hello from a program for adder" in printed.err


def test_other_findings_survive_a_crash(tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    agent = root / "agents" / "archivist.yaml"
    agent.write_text(agent.read_text() + "\nsurprise: {}\n")
    _, document = run_with("crashes", tmp_path, "validate", root=root)
    assert [found["code"] for found in document["findings"]] == ["QPF012", "QPF204"]
