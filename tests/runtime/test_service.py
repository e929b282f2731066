"""One agent as a process: told by its environment, drained by a signal."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from qpf_runtime.errors import ConfigurationError
from qpf_runtime.service import Surroundings
from tests.runtime.compiled import write_fleet
from tests.runtime.world import config


@pytest.mark.network
def test_sigterm_lets_accepted_packets_finish_and_exits_with_0(tmp_path):
    folder = write_fleet(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    roots = [str(folder / "agents" / "clerk" / "src"), str(tmp_path / "logic")]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(roots),
        "QPF_PORT": str(port),
        "QPF_DATA_DIR": str(tmp_path / "data"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "clerk"], env=environment, stderr=subprocess.PIPE, cwd=tmp_path, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            _until_ready(client)
            with ThreadPoolExecutor(4) as pool:
                sent = [
                    pool.submit(client.post, "/packets?port=note", json={"name": f"n{n}"}) for n in range(20)
                ]
                answers = [future.result() for future in sent[:4]]
                process.send_signal(signal.SIGTERM)
                answers += [future.result() for future in sent[4:] if not future.exception()]
        assert process.wait(10) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
    assert "finishes what it accepted" in errors
    accepted = sum(answer.status_code == 202 for answer in answers)
    import sqlite3

    connection = sqlite3.connect(tmp_path / "data" / "clerk.db")
    assert connection.execute("SELECT count(*) FROM episodes").fetchone()[0] >= accepted >= 4
    connection.close()


def test_a_process_that_cannot_start_says_why_and_exits_with_2(tmp_path):
    folder = write_fleet(tmp_path, store="redis")
    roots = [str(folder / "agents" / "greeter" / "src"), str(tmp_path / "logic")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(roots)}
    done = subprocess.run(
        [sys.executable, "-m", "greeter"],
        env=environment,
        capture_output=True,
        cwd=tmp_path,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("greeter: agent greeter: memorytopology.workingmemory")
    assert "Traceback" not in done.stderr


def test_surroundings_are_the_schemas_unless_told_otherwise():
    schema = config("solo", port=9000, log_level="WARNING")
    assert Surroundings.read({}, schema) == Surroundings(
        "127.0.0.1", 9000, "data", "declared", "declared", "WARNING"
    )
    told = {
        "QPF_HOST": "10.0.0.1",
        "QPF_PORT": "1234",
        "QPF_DATA_DIR": "/d",
        "QPF_STORES": "local",
        "QPF_MODELS": "offline",
        "QPF_LOG_LEVEL": "DEBUG",
    }
    assert Surroundings.read(told, schema) == Surroundings(
        "10.0.0.1", 1234, "/d", "local", "offline", "DEBUG"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("QPF_PORT", "http"), ("QPF_PORT", "99999"), ("QPF_STORES", "redis"), ("QPF_LOG_LEVEL", "loud")],
)
def test_a_variable_that_makes_no_sense_is_named(name, value):
    with pytest.raises(ConfigurationError, match=f'{name} is "{value}"'):
        Surroundings.read({name: value}, config("solo"))


def _until_ready(client):
    for _ in range(200):
        try:
            if json.loads(client.get("/ready").text)["status"] == "ready":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("the agent did not become ready")
