"""A supervised program: small scripts stand in for agents."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qpf_plugins.local_run.agent_log import AgentLog
from qpf_plugins.local_run.bound import bind
from qpf_plugins.local_run.supervised import Patience, Program, Supervised

READY = """
import json, os, pathlib, sys
file = pathlib.Path(os.environ["QPF_ADDRESS_FILE"])
fresh = file.with_suffix(".tmp")
def ready():
    fresh.write_text(json.dumps({"host": "127.0.0.1", "port": 1, "pid": os.getpid()}))
    fresh.replace(file)
"""

GENEROUS = 30
HURRIED = Patience(base=0.001, cap=0.01, well=1000, ready=GENEROUS, look=0.005)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def until(condition):
    async with asyncio.timeout(GENEROUS):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens in another process
            await asyncio.sleep(0.005)


@pytest.fixture
def supervised(tmp_path):
    @asynccontextmanager
    async def start(code, patience=HURRIED, draw=lambda: 1.0):
        address = tmp_path / "address.json"
        program = Program(
            (sys.executable, "-c", READY + code),
            {"PATH": os.environ["PATH"], "QPF_ADDRESS_FILE": str(address), "COUNT": str(tmp_path / "count")},
            tmp_path,
            address,
        )
        seen = []
        log = AgentLog(tmp_path / "agent.log")
        child = Supervised("ada", program, log, lambda it: seen.append((it.state, it.said)), patience, draw)
        running = asyncio.create_task(child.run())
        try:
            yield child, seen, running
        finally:
            child.kill()
            await running
            log.close()

    return start


@pytest.mark.anyio
async def test_it_is_ready_when_its_own_process_says_where_it_answers(supervised):
    async with supervised("ready(); sys.stdin.read(); import time; time.sleep(1000)") as (child, seen, _):
        await until(lambda: child.state == "ready")
        assert child.address.url == "http://127.0.0.1:1"
        assert [state for state, _ in seen] == ["starting", "ready"]


@pytest.mark.anyio
async def test_an_address_of_an_earlier_process_is_not_believed(supervised, tmp_path):
    code = "import time\nfresh.write_text(json.dumps({'host': 'h', 'port': 1, 'pid': 1}))\n"
    code += "fresh.replace(file); print('written', flush=True); time.sleep(1000)"
    async with supervised(code) as (child, _, _):
        await until(lambda: list(child.log.last) == ["written"])
        assert child.state == "starting"


@pytest.mark.anyio
async def test_one_that_is_killed_is_started_again(supervised):
    async with supervised("ready(); import time; time.sleep(1000)") as (child, seen, _):
        await until(lambda: child.state == "ready")
        first = child.pid
        os.kill(first, 9)
        await until(lambda: child.restarts == 1 and child.state == "ready")
        assert child.pid != first
        assert seen[2] == ("waiting", "was ended by SIGKILL; starts again in 0.0 s")


@pytest.mark.anyio
async def test_a_wrong_configuration_is_not_tried_again(supervised):
    code = "sys.stderr.write('ada: QPF_PORT is \"x\"\\n'); sys.exit(2)"
    async with supervised(code) as (child, seen, running):
        await asyncio.wait_for(asyncio.shield(running), GENEROUS)
        assert (child.state, child.said, child.restarts) == ("gave up", 'ada: QPF_PORT is "x"', 0)
        assert [state for state, _ in seen] == ["starting", "gave up"]


@pytest.mark.anyio
async def test_one_that_never_gets_ready_is_ended_and_tried_again(supervised):
    patience = Patience(base=0.001, cap=0.01, ready=0.05, look=0.005)
    async with supervised("import time; time.sleep(1000)", patience) as (child, seen, _):
        await until(lambda: child.restarts == 1)
        assert seen[1] == ("waiting", "not ready within 0.05 s; starts again in 0.0 s")


@pytest.mark.anyio
async def test_stopping_lets_it_finish(supervised):
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('finishing', flush=True), sys.exit(0)))\n"
        "ready(); time.sleep(1000)"
    )
    async with supervised(code) as (child, seen, running):
        await until(lambda: child.state == "ready")
        child.stop()
        await asyncio.wait_for(asyncio.shield(running), GENEROUS)
        assert list(child.log.last) == ["finishing"]
        assert [state for state, _ in seen] == ["starting", "ready", "stopping", "stopped"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("code", "clean"), [("time.sleep(1000)", True), ("ready(); time.sleep(1000)", False)]
)
async def test_only_who_was_ready_can_leave_something_unfinished(supervised, code, clean):
    async with supervised(f"import time\nprint('up', flush=True)\n{code}") as (child, _, running):
        await until(lambda: child.log.last and (clean or child.state == "ready"))
        child.stop()
        await asyncio.wait_for(asyncio.shield(running), GENEROUS)
        assert (child.state, child.clean) == ("stopped", clean)


@pytest.mark.anyio
async def test_stopping_ends_the_wait_for_another_start(supervised):
    patience = Patience(base=1000, cap=1000)
    async with supervised("sys.exit(1)", patience) as (child, _, running):
        await until(lambda: child.state == "waiting")
        child.stop()
        await asyncio.wait_for(asyncio.shield(running), GENEROUS)
        assert child.state == "stopped"


def test_waits_grow_up_to_a_cap_and_are_spread():
    patience = Patience(base=0.5, cap=30)
    assert [patience.wait(ends, 1.0) for ends in (1, 2, 3, 7, 1000)] == [0.5, 1.0, 2.0, 30.0, 30.0]
    assert patience.wait(3, 0.25) == 0.5


@pytest.mark.anyio
async def test_earlier_ends_are_forgotten_once_it_ran_well(supervised):
    waits = []

    class Counting(Patience, frozen=True):
        def wait(self, ends, chance):
            waits.append(ends)
            return 0.0

    code = "count = pathlib.Path(os.environ['COUNT']); n = len(count.read_text()) if count.exists() else 0\n"
    code += "count.write_text('x' * (n + 1)); import time\n"
    code += "if n in (2, 4): ready(); time.sleep(1000)\nsys.exit(1)"
    async with supervised(code, Counting(well=0.0, look=0.005)) as (child, _, _):
        await until(lambda: child.state == "ready")
        os.kill(child.pid, 9)
        await until(lambda: child.restarts == 4 and child.state == "ready")
    assert waits == [1, 2, 1, 2]


def test_a_bound_program_dies_with_the_one_that_started_it():
    code = (
        "import subprocess, sys; from qpf_plugins.local_run.bound import bind\n"
        "child = subprocess.Popen(bind((sys.executable, '-c', 'import time; print(1, flush=True); "
        "time.sleep(1000)')), stdout=subprocess.PIPE, start_new_session=True)\n"
        "child.stdout.readline(); print(child.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
        parent.wait(GENEROUS)
    asyncio.run(until(lambda: not alive(pid)))


def test_a_program_whose_starter_is_gone_is_not_started():
    command = list(bind((sys.executable, "-c", "print('here')")))
    command[4] = "1"
    assert subprocess.run(command, capture_output=True, check=True).stdout == b""


def test_a_log_is_bounded_and_keeps_its_last_lines(tmp_path):
    log = AgentLog(tmp_path / "a.log", largest=100)
    for number in range(50):
        log.write(f"line {number}\n".encode())
    log.close()
    assert (tmp_path / "a.log").stat().st_size <= 100
    assert (tmp_path / "a.log.1").stat().st_size <= 100
    assert log.last[-1] == "line 49"


def test_lines_come_whole_and_cannot_steer_a_terminal(tmp_path):
    heard: list[str] = []
    log = AgentLog(tmp_path / "a.log", heard.append)
    for piece in (b"one\ntw", b"o\x1b[31m\nthr", b"ee"):
        log.write(piece)
    log.close()
    assert heard == ["one", "two\\x1b[31m", "three"]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path):
    heard: list[str] = []
    log = AgentLog(tmp_path / "a.log", heard.append)
    for _ in range(3):
        log.write(b"x" * 40_000)
    log.close()
    assert [len(line) for line in heard] == [80_000, 40_000]


def test_an_address_is_spelt_as_a_url():
    from qpf_plugins.local_run.supervised import Address

    read = Address.model_validate_json(json.dumps({"host": "::1", "port": 5, "pid": 1}))
    assert read.url == "http://[::1]:5"
