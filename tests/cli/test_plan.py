"""`qpf plan` says what the next compile does, and does nothing."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.fleet import make
from qpf.compilation.forecast import _timed
from qpf.model.forecast import Forecast
from qpf.model.plan import Extraction, Plan
from tests.command import run
from tests.compilation.memory import compile_fleet

FLEETS = Path(__file__).parent.parent / "fleets"


@pytest.fixture
def fleet(tmp_path):
    return shutil.copytree(FLEETS / "mesh", tmp_path / "mesh")


def planned(root, *options):
    status, output = run(["plan", *options, "-o", "json"], root)
    assert status == 0, output
    (environment,) = json.loads(output)["environments"]
    return environment


def origins(root, *options):
    return {each["agent"]: each["origin"] for each in planned(root, *options)["extractions"]}


def append(path, text):
    path.write_text(path.read_text() + text)


def reword(path):
    """Let a file say something else."""
    path.write_text(path.read_text().replace("role: ", "role: Still ", 1))


def everything(root):
    files = {path: path.lstat() for path in root.rglob("*") if not path.is_dir()}
    return {path: (status.st_mtime_ns, status.st_ino) for path, status in files.items()}


CHANGES = {
    "nothing before": (lambda root: shutil.rmtree(root / ".qpf"), {"built"}),
    "an agent": (lambda root: reword(root / "agents" / "alpha.yaml"), {"kept", "built"}),
    "a shared layer": (lambda root: reword(root / "sub" / "gossip.yaml"), {"built"}),
    "a comment": (lambda root: append(root / "sub" / "gossip.yaml", "# more\n"), {"kept"}),
    "a lost state": (lambda root: shutil.rmtree(root / ".qpf" / "state"), {"local"}),
    "packets": (lambda root: append(root / "glue.yaml", "# more\n"), {"kept"}),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_compile_does_what_the_plan_says(change, expected, fleet):
    compile_fleet(fleet)
    change(fleet)
    told = origins(fleet)
    assert set(told.values()) == expected
    assert compile_fleet(fleet).origins() == {"dev": told}
    assert set(origins(fleet).values()) == {"kept"}


def test_a_file_that_was_changed_by_hand_comes_from_the_cache(fleet):
    compile_fleet(fleet)
    (fleet / "environments" / "dev" / "composed" / "alpha.yaml").unlink()
    assert {agent for agent, origin in origins(fleet).items() if origin == "local"} == {"alpha"}
    shutil.rmtree(fleet / ".qpf" / "cache")
    assert {agent for agent, origin in origins(fleet).items() if origin == "built"} == {"alpha"}
    compile_fleet(fleet)
    assert set(origins(fleet).values()) == {"kept"}


@pytest.mark.parametrize("options", [(), ("--why",)], ids=" ".join)
@pytest.mark.parametrize("before", ["never compiled", "compiled"])
def test_nothing_is_written(options, before, fleet):
    if before == "compiled":
        compile_fleet(fleet)
        reword(fleet / "agents" / "alpha.yaml")
    there = everything(fleet)
    assert run(["plan", *options], fleet)[0] == 0
    assert everything(fleet) == there


def test_forty_agents_are_planned_by_several_processes_and_nothing_is_written(tmp_path):
    root = make(40, tmp_path / "forty")
    there = everything(root)
    assert set(origins(root).values()) == {"built"}
    assert everything(root) == there


def test_times_are_those_of_earlier_compiles(fleet):
    assert {each["seconds"] for each in planned(fleet)["extractions"]} == {None}
    assert planned(fleet)["seconds"] is None
    compile_fleet(fleet)
    reword(fleet / "sub" / "gossip.yaml")
    found = planned(fleet)
    assert all(each["seconds"] > 0 for each in found["extractions"])
    assert found["seconds"] == pytest.approx(sum(each["seconds"] for each in found["extractions"]), abs=0.01)


def test_only_the_agents_asked_for_are_shown_but_all_are_planned(fleet):
    found = planned(fleet, "--agent", "beta")
    assert [each["agent"] for each in found["extractions"]] == ["beta"]
    assert found["critical_path"]["agents"] == planned(fleet)["critical_path"]["agents"]


def test_a_revision_is_planned_without_checkout(fleet):
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", "-C", fleet, *identity, *arguments], check=True)
    compile_fleet(fleet)
    reword(fleet / "agents" / "alpha.yaml")
    assert origins(fleet)["alpha"] == "built"
    assert origins(fleet, "--rev", "HEAD")["alpha"] == "kept"


def test_why_is_told_only_where_it_is_asked_for(fleet):
    assert "why" not in planned(fleet)["extractions"][0]
    assert planned(fleet, "--why")["extractions"][0]["why"] == [
        {"reason": "no memory of it", "input": None, "before": None, "after": None, "places": []}
    ]


def test_people_read_the_same(fleet):
    compile_fleet(fleet)
    reword(fleet / "agents" / "alpha.yaml")
    status, output = run(["plan", "--why"], fleet)
    head, first, *_ = output.splitlines()
    assert status == 0
    assert head.split() == ["environment", "agent", "after", "files", "takes", "interface", "key"]
    assert first.startswith("dev          ")
    assert "dev: 3 kept, 1 made anew, about " in output
    assert output.endswith("dev, alpha: made anew, because\n  agents/alpha.yaml changed: agents/alpha.yaml\n")


def test_what_is_wrong_is_said_instead(fleet):
    append(fleet / "agents" / "alpha.yaml", "surprise: {}\n")
    status, output = run(["plan"], fleet)
    assert status == 1
    assert "error[QPF204 unknown-section]" in output


@pytest.mark.parametrize(("option", "kind"), [("--env", "environment"), ("--agent", "agent")])
def test_a_name_that_does_not_exist_is_refused(option, kind, fleet):
    status, output = run(["plan", option, "nobody"], fleet)
    assert status == 2
    assert f"no {kind} `nobody`" in output


def plan_of(**needs):
    return Plan("dev", tuple(Extraction(name, tuple(sorted(below)), "", "") for name, below in needs.items()))


def timed(plan, making, seconds, processes=1):
    return _timed(Forecast("dev", ()), plan, making, seconds, processes)


CHAIN = plan_of(a="", b="a", c="b", d="", e="d")


def test_the_critical_path_is_the_chain_that_takes_longest():
    found = timed(CHAIN, "abcde", {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2})
    assert (found.critical, found.critical_seconds, found.seconds) == (("d", "e"), 4, 7)


def test_only_what_is_made_anew_counts():
    found = timed(CHAIN, "ace", {"a": 1, "c": 3, "e": 2})
    assert (found.critical, found.critical_seconds, found.seconds) == (("c",), 3, 6)
    assert timed(CHAIN, "", {}).seconds == 0


def test_an_agent_that_was_never_measured_counts_as_one_like_the_others():
    found = timed(CHAIN, "abc", {"a": 2, "b": 4})
    assert (found.critical, found.critical_seconds, found.seconds) == (("a", "b", "c"), 9, 9)


def test_processes_share_the_work_but_not_one_agent():
    assert timed(CHAIN, "abcde", dict.fromkeys("abcde", 2), processes=2).seconds == 5
    assert timed(CHAIN, "ab", {"a": 9, "b": 1}, processes=2).seconds == 9
