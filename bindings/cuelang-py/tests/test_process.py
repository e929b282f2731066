"""The helper: one for all documents, alone with its pipes, gone when nobody needs it."""

import json
import multiprocessing
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cuelang import Constraints, EngineError, process, version
from cuelang.process import HELPER

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def pid_of(constraints: Constraints) -> int:
    assert constraints._process is not None
    return constraints._process.pid


def test_one_process_serves_all_documents() -> None:
    with Constraints({"a.cue": "n: <5"}) as constraints:
        pids = set()
        for _ in constraints.verdicts((str(n), {"n": n}) for n in range(100)):
            pids.add(pid_of(constraints))
        for n in range(10):
            list(constraints.vet({"d": {"n": n}}))
            pids.add(pid_of(constraints))
    assert len(pids) == 1


def test_the_first_finding_comes_long_before_the_last_document() -> None:
    taken = []

    def documents():
        for n in range(1000):
            taken.append(n)
            yield str(n), {"n": n}

    with Constraints({"a.cue": "n: <0"}) as constraints:
        next(constraints.vet(documents()))
        assert len(taken) < 20


def test_who_stops_listening_gets_no_stale_answers() -> None:
    with Constraints({"a.cue": "n: <0"}) as constraints:
        verdicts = constraints.verdicts((str(n), {"n": n}) for n in range(100))
        next(verdicts)
        verdicts.close()
        (finding,) = constraints.vet({"other": {"n": 7}})
    assert (finding.document, "7" in finding.message) == ("other", True)


@linux
def test_the_helper_has_no_environment_no_folder_and_three_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUE_DEBUG", "opendef")
    with Constraints({"a.cue": "#A: {n: int}\na: #A"}) as constraints:
        assert len(list(constraints.vet({"d": {"a": {"n": 1, "m": 2}}}))) == 1
        place = Path(f"/proc/{pid_of(constraints)}")
        assert (place / "environ").read_bytes() == b""
        assert (place / "cwd").readlink() == Path("/")
        links = {each.name: str(each.readlink()) for each in (place / "fd").iterdir()}
    assert not any(link.startswith("socket:") for link in links.values())
    regular = [link for name, link in links.items() if name not in {"0", "1", "2"} and link.startswith("/")]
    assert all(link.startswith("/sys/") for link in regular)  # the Go runtime asks how much it may use


@linux
def test_limits_are_in_force() -> None:
    with Constraints({"a.cue": "n: <5"}) as constraints:
        assert constraints.findings == ()
        text = Path(f"/proc/{pid_of(constraints)}/limits").read_text(encoding="utf-8")
    limits = {line[:26].strip(): line[26:].split()[0] for line in text.splitlines()}
    assert limits["Max cpu time"] == "600"
    assert limits["Max data size"] == str((2 << 30) + (128 << 20))


def test_closing_leaves_no_process() -> None:
    constraints = Constraints({"a.cue": "n: <5"})
    assert constraints.findings == ()
    pid = pid_of(constraints)
    constraints.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    constraints.close()


def _in_a_fork(constraints: Constraints, known: int, answers) -> None:
    findings = list(constraints.vet({"d": {"n": 9}}))
    answers.put((len(findings), pid_of(constraints) != known))
    constraints.close()


def test_a_fork_has_a_helper_of_its_own() -> None:
    context = multiprocessing.get_context("fork")
    with Constraints({"a.cue": "n: <5"}) as constraints:
        assert constraints.findings == ()
        answers = context.SimpleQueue()
        child = context.Process(target=_in_a_fork, args=(constraints, pid_of(constraints), answers))
        child.start()
        child.join()
        assert answers.get() == (1, True)
        assert len(list(constraints.vet({"d": {"n": 9}}))) == 1


def test_a_missing_helper_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "HELPER", tmp_path / "cuelang-helper")
    with pytest.raises(EngineError, match="cannot be started"):
        _ = Constraints({"a.cue": "n: <5"}).findings


def test_version_names_the_engine_that_is_built_in() -> None:
    told = subprocess.run([HELPER, "-version"], capture_output=True, check=True, text=True).stdout.strip()
    assert told == f"v{version().engine}"


def test_a_request_that_is_none_ends_the_helper() -> None:
    for line in (b"nonsense\n", b"{}\n", b'{"build": 7}\n', json.dumps({"vet": 7}).encode() + b"\n"):
        done = subprocess.run([HELPER], input=line, capture_output=True, check=False, timeout=20)
        assert (done.returncode, b"no request" in done.stderr) == (2, True)


def test_files_are_read_by_path(tmp_path: Path) -> None:
    file = tmp_path / "a.cue"
    file.write_text("n: <5", encoding="utf-8")
    with Constraints([file]) as constraints:
        (finding,) = constraints.vet({"d": {"n": 9}})
    assert finding.constraints[0].file == str(file)


def _limited_softly(answers) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 28, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with Constraints({"a.cue": "n: <5"}) as constraints:
        answers.put(len(list(constraints.vet({"d": {"n": 9}}))))


def test_limits_of_the_caller_for_a_while_are_not_those_of_the_helper() -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_limited_softly, args=(answers,))
    child.start()
    child.join()
    assert answers.get() == 1


def test_a_start_that_is_interrupted_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    receive, calls = process.Process.receive, []

    def interrupted(self, seconds):
        calls.append(seconds)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return receive(self, seconds)

    monkeypatch.setattr(process.Process, "receive", interrupted)
    with Constraints({"a.cue": "n: <5"}) as constraints:
        with pytest.raises(KeyboardInterrupt):
            _ = constraints.findings
        assert len(list(constraints.vet({"d": {"n": 9}}))) == 1
