"""An extraction that takes too much, or takes its worker along, is one finding; all others are made."""

import os
import shutil
import subprocess
import sys
from functools import partial

import pytest

from qpf.compilation.crew import Alone
from qpf.compilation.fleet import Compilation, Options
from qpf.compilation.processes import Forked
from qpf.compilation.run import Built
from qpf.model.diagnostic import Outcome
from qpf.model.event import Event, ExtractionFinished
from tests.command import run
from tests.compilation.compiling import front_of
from tests.compilation.memory import compile_fleet, emitted, small, sources
from tests.compilation.ways import QPF
from tests.host.hostile import installed, make_fleet
from tests.host.installing import register

PLUGIN = """\
import faulthandler, os, signal, sys, time
from itertools import count, repeat
from qpf.api import Artifact, Emitter, Pass, hookimpl


def burn():
    while True: pass


def deed(name):
    if name == "adder":
{deed}
    return True


def emit(tools, agent, environment):
    if {emits}:
        deed(agent.name)
    return [Artifact("evil/" + agent.name + ".txt", b"fine")]


def check(agent, environment):
    if not {emits}:
        deed(agent.name)
    return []


@hookimpl
def qpf_emitters():
    return [Emitter(name="evil", codes=(), emit_agent=emit, emit_environment=lambda tools, environment: [])]


@hookimpl
def qpf_passes():
    return [Pass(name="evil", layer=5, codes=(), check=check)]
"""

LIMITS = """\
extraction_engine:
  parallelization:
    resource_limits: {cpu_seconds_per_extraction: 1, memory_per_extraction: 64MB, disk_per_extraction: 1MB}
"""

LOOPS = "        while True: pass"
AT_LEISURE = LIMITS.replace("extraction: 1,", "extraction: 600,")
"""For what is to run out of memory first, however busy the machine is."""

EATS = "        eaten = []\n        while True: eaten.append(bytearray(2**20))"
EATS_CRUMBS = "        eaten = []\n        while True: eaten.append([len(eaten)])"
WANTS_ALL = "        bytearray(10**11)"
ENDLESS_FILES = "        list(Artifact(str(each), bytes(2**20)) for each in count())"
SWALLOWS = """\
        while True:
            try: burn()
            except BaseException: pass"""

TAKES = {
    "loops": (LOOPS, "s of processor time, of 1 s that it may take; "),
    "eats": (EATS, "wanted more memory than the 64 MB that it may have; "),
    "eats crumbs": (EATS_CRUMBS, "wanted more memory than the 64 MB that it may have; "),
    "wants all": (WANTS_ALL, "wanted more memory than the 64 MB that it may have; "),
    "emits gigabytes": (ENDLESS_FILES, "wanted more memory than the 64 MB that it may have; "),
}
DIES = {
    "kills": ("        os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"),
    "crashes": ("        faulthandler.disable(); os.abort()", "was ended by SIGABRT"),
    "leaves": ("        os._exit(3)", "left with exit code 3"),
}


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A busy machine must not fail a law, and who goes on has to wait for no reason."""
    monkeypatch.setattr("qpf.compilation.processes._TIMES_LONGER", 100)
    monkeypatch.setattr("qpf.engine.limits.GRACE_SECONDS", 1)


@pytest.fixture
def fleet(tmp_path):
    """Makes a fleet beside a plugin that does something to one of two agents."""

    return partial(fleet_beside, tmp_path)


def fleet_beside(folder, deed, *, emits=True, limits=LIMITS):
    """A fleet, and a folder with a plugin that does something to one of its two agents."""
    root = make_fleet(folder / "fleet", "evil")
    (root / "qpf.yaml").write_text((root / "qpf.yaml").read_text() + limits)
    site = folder / "site"
    site.mkdir()
    (site / "evil_plugin.py").write_text(PLUGIN.format(deed=deed, emits=emits))
    register(site, "evil", "1.0", {"evil": "evil_plugin"})
    return root, site


def built(root, crew) -> tuple[Outcome[tuple[Built, ...]], dict[str, str]]:
    """What a compile makes of a fleet, and what was said of each agent that was made or not."""
    seen: list[Event] = []
    front = front_of(root)
    compilation = Compilation(front, root, Options(), seen.append)
    with compilation.tiers() as tiers:
        compilation._crew = crew(compilation, front, tiers)
        outcome = compilation.build(["test"], tiers)
    return outcome, {each.agent: each.error for each in seen if isinstance(each, ExtractionFinished)}


def alone(_compilation, front, tiers):
    return Alone(front, lambda key, payload: tiers.put({key: payload}))


def forked(compilation, front, _tiers):
    return Forked(front, compilation._keeper, 2)


def one_hand(compilation, front, _tiers):
    return Forked(front, compilation._keeper, 1)


@pytest.mark.parametrize("crew", [alone, forked, one_hand])
@pytest.mark.parametrize(("deed", "told"), TAKES.values(), ids=TAKES)
def test_what_takes_too_much_is_one_finding_and_others_are_made(deed, told, crew, fleet):
    root, site = fleet(deed, limits=AT_LEISURE if "memory" in told else LIMITS)
    with installed(site):
        outcome, errors = built(root, crew)
    (found,) = outcome.report.diagnostics
    assert (found.code.name, found.subject, found.environment) == ("limit-exceeded", "adder", "test")
    assert told in found.message
    assert "emitter `evil` of plugin `evil` was at work" in found.message
    assert found.plugin == "evil"
    assert errors == {"adder": found.message, "archivist": ""}


@pytest.mark.parametrize("crew", [alone, forked])
def test_files_that_are_too_large_together_are_one_finding(crew, fleet):
    root, site = fleet("        return [Artifact(str(each), bytes(2**19)) for each in range(5)]")
    module = site / "evil_plugin.py"
    module.write_text(
        module.read_text()
        .replace("        deed(agent.name)\n", "        made = deed(agent.name)\n", 1)
        .replace('    return [Artifact("evil/"', '    return made if made is not True else [Artifact("evil/"')
    )
    with installed(site):
        outcome, errors = built(root, crew)
    (found,) = outcome.report.diagnostics
    assert found.message == (
        "agent `adder` has files of 2.62 MB, of 1 MB that it may have; "
        "emitter `evil` of plugin `evil` was at work"
    )
    assert errors["archivist"] == ""


@pytest.mark.parametrize("forgotten", [(), ("state",), ("cache",)], ids=["kept", "cached", "without entries"])
def test_what_is_remembered_is_held_to_the_size_that_files_may_have_now(forgotten, tmp_path):
    root = small(tmp_path / "fleet")
    for name in forgotten:
        shutil.rmtree(root / ".qpf" / name)
    small_files = LIMITS.replace("1MB", "1KB")
    (root / "qpf.yaml").write_text((root / "qpf.yaml").read_text() + small_files)
    before = emitted(root)
    found = compile_fleet(root)
    assert [each["code"] for each in found.findings] == ["QPF072"] * 4
    assert found.findings == compile_fleet(sources(root, tmp_path / "anew")).findings
    assert emitted(root) == before


@pytest.mark.parametrize("crew", [alone, forked])
def test_a_pass_is_held_to_the_limits_too(crew, fleet):
    root, site = fleet(LOOPS, emits=False)
    with installed(site):
        outcome, errors = built(root, crew)
    (found,) = outcome.report.diagnostics
    assert (found.code.name, found.subject) == ("limit-exceeded", "adder")
    assert "; pass `evil` of plugin `evil` was at work" in found.message
    assert errors == {}


@pytest.mark.parametrize("emits", [True, False], ids=["emitting", "checking"])
@pytest.mark.parametrize("crew", [forked, one_hand])
@pytest.mark.parametrize(("deed", "told"), DIES.values(), ids=DIES)
def test_a_worker_that_dies_costs_the_agent_it_was_on(deed, told, crew, emits, fleet):
    root, site = fleet(deed, emits=emits)
    with installed(site):
        outcome, errors = built(root, crew)
    (found,) = outcome.report.diagnostics
    assert (found.code.name, found.subject, found.environment) == ("lost-worker", "adder", "test")
    assert found.message.startswith("the process that worked on agent `adder` ")
    assert told in found.message
    assert f"{'emitter' if emits else 'pass'} `evil` of plugin `evil` was at work" in found.message
    assert errors == ({"adder": found.message, "archivist": ""} if emits else {})


@pytest.mark.parametrize("emits", [True, False], ids=["emitting", "checking"])
def test_a_stranger_that_ends_its_process_is_a_finding_however_few_agents_there_are(emits, fleet):
    root, site = fleet("        os._exit(0)", emits=emits)
    path = os.pathsep.join([str(site), *filter(None, sys.path)])
    command = [str(QPF), "-C", str(root), "compile", "-j1"]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "error[QPF073 lost-worker]: the process that worked on agent `adder` left with" in ended.stderr
    assert f"{'emitter' if emits else 'pass'} `evil` of plugin `evil` was at work" in ended.stderr


@pytest.mark.parametrize(
    "deed", ["        time.sleep(10**6)", "        sum(repeat(1))"], ids=["waits", "loops in C"]
)
def test_who_gives_no_answer_is_ended(deed, fleet, monkeypatch):
    monkeypatch.setattr("qpf.compilation.processes._TIMES_LONGER", 2)
    root, site = fleet(deed)
    with installed(site):
        outcome, errors = built(root, one_hand)
    (found,) = outcome.report.diagnostics
    assert (
        "gave no answer within 2 s and was ended; emitter `evil` of plugin `evil` was at work"
        in found.message
    )
    assert errors == {"adder": found.message, "archivist": ""}


def test_who_goes_on_when_told_to_stop_is_ended(fleet):
    root, site = fleet(SWALLOWS)
    with installed(site):
        outcome, errors = built(root, one_hand)
    (found,) = outcome.report.diagnostics
    assert found.message == (
        "the process that worked on agent `adder` was ended by SIGXCPU, because it went on when its "
        "processor time was used up; emitter `evil` of plugin `evil` was at work"
    )
    assert errors == {"adder": found.message, "archivist": ""}


def test_a_worker_that_cannot_answer_costs_the_agent_it_was_on(fleet):
    root, site = fleet("        os.closerange(3, 256)")
    with installed(site):
        outcome, errors = built(root, one_hand)
    (found,) = outcome.report.diagnostics
    assert found.message == "the process that worked on agent `adder` left with exit code 0"
    assert errors == {"adder": found.message, "archivist": ""}


def test_all_that_fail_are_reported_in_one_run(fleet):
    root, site = fleet("        pass\n    os._exit(len(name))")
    with installed(site):
        outcome, _ = built(root, one_hand)
    assert [(each.subject, each.code.name) for each in outcome.report.diagnostics] == [
        ("adder", "lost-worker"),
        ("archivist", "lost-worker"),
    ]


def test_nothing_is_published_and_the_others_are_cached(fleet):
    root, site = fleet(WANTS_ALL)
    with installed(site):
        status, output = run(["compile"], root)
        assert (status, [each.name for each in (root / "environments" / "test").iterdir()]) == (
            1,
            ["environment.yaml"],
        )
        assert "error[QPF072 limit-exceeded]: agent `adder` wanted more memory" in output
        seen: list[Event] = []
        front = front_of(root)
        compilation = Compilation(front, root, Options(), seen.append)
        with compilation.tiers() as tiers:
            compilation.build(["test"], tiers)
    made = {each.agent: each.origin for each in seen if isinstance(each, ExtractionFinished)}
    assert made == {"adder": "built", "archivist": "local"}


@pytest.mark.parametrize("crew", [alone, forked])
def test_what_stays_within_the_limits_is_made(crew, fleet):
    root, site = fleet("        bytearray(10**7)")
    with installed(site):
        outcome, errors = built(root, crew)
    assert outcome.report.diagnostics == ()
    assert errors == {"adder": "", "archivist": ""}
