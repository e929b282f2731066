"""One agent as a process: told by its environment, drained by a signal."""

import json
import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from qpf_runtime.access import Approvers
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.needs import StoreUrls
from qpf_runtime.surroundings import Surroundings
from tests.runtime.compiled import write_fleet
from tests.runtime.world import config
from tests.servers import free_port


@pytest.mark.network
def test_sigterm_lets_accepted_packets_finish_and_exits_with_0(tmp_path):
    folder = write_fleet(tmp_path)
    port = free_port()
    roots = [str(folder / "agents" / "clerk" / "src"), str(tmp_path / "logic")]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(roots),
        "QPF_PORT": str(port),
        "QPF_DATA_DIR": str(tmp_path / "data"),
        "QPF_TOKEN": "right",
        "QPF_ADDRESS_FILE": str(tmp_path / "address"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "clerk"], env=environment, stderr=subprocess.PIPE, cwd=tmp_path, text=True
    )
    try:
        headers = {"authorization": "Bearer right"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, headers=headers) as client:
            _until_ready(client, process)
            address = json.loads((tmp_path / "address").read_text())
            assert address == {"host": "127.0.0.1", "port": port, "pid": process.pid}
            with ThreadPoolExecutor(4) as pool:
                sent = [
                    pool.submit(client.post, "/packets?port=note", json={"name": f"n{n}"}) for n in range(20)
                ]
                answers = [future.result() for future in sent[:4]]
                process.send_signal(signal.SIGTERM)
                answers += [future.result() for future in sent[4:] if not future.exception()]
        assert process.wait(60) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
    assert "finishes what it accepted" in errors
    assert not (tmp_path / "address").exists()
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


def test_what_is_an_extra_is_not_imported_until_it_is_needed():
    code = "import sys, qpf_runtime.service\nprint(sorted({name.partition('.')[0] for name in sys.modules}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    extras = {
        "a2a",
        "nats",
        "faststream",
        "opentelemetry",
        "psycopg",
        "redis",
        "neo4j",
        "pydantic_ai",
        "s3fs",
    }
    assert not extras & set(literal_eval(told))


def test_surroundings_are_the_schemas_unless_told_otherwise():
    schema = config("solo", port=9000, log_level="WARNING")
    assert Surroundings.read({}, schema) == Surroundings(
        "127.0.0.1", 9000, "data", "declared", "declared", "WARNING", service="solo"
    )
    told = {
        "QPF_HOST": "10.0.0.1",
        "QPF_PORT": "0",
        "QPF_DATA_DIR": "/d",
        "QPF_STORES": "local",
        "QPF_MODELS": "offline",
        "QPF_LOG_LEVEL": "DEBUG",
        "QPF_LOG_FORMAT": "json",
        "QPF_BUS": "nats://broker:4222",
        "QPF_BUS_SEED": "/seed",
        "QPF_TOKEN": "secret-token",
        "QPF_APPROVERS": f'{{"ada": "sha256:{"0" * 64}"}}',
        "QPF_ADDRESS_FILE": "/address",
        "QPF_EMBEDDER": "mine",
        "REDIS_URL": "redis://:swordfish@host/0",
        "OTEL_SERVICE_NAME": "another",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector/v1/traces",
    }
    read = Surroundings.read(told, schema)
    assert read == Surroundings(
        "10.0.0.1",
        0,
        "/d",
        "local",
        "offline",
        "DEBUG",
        log_format="json",
        bus="nats://broker:4222",
        bus_seed=Path("/seed"),
        token="secret-token",  # noqa: S106 -- made up
        approvers=Approvers({"ada": f"sha256:{'0' * 64}"}),
        address_file=Path("/address"),
        urls=StoreUrls(redis="redis://:swordfish@host/0"),
        embedder="mine",
        service="another",
        traced=True,
        secrets=frozenset({"secret-token", "swordfish"}),
    )
    assert "secret-token" not in repr(read)
    assert "swordfish" not in repr(read)


@pytest.mark.parametrize(
    ("name", "value"),
    [("QPF_PORT", "http"), ("QPF_PORT", "99999"), ("QPF_STORES", "redis"), ("QPF_LOG_LEVEL", "loud")],
)
def test_a_variable_that_makes_no_sense_is_named(name, value):
    with pytest.raises(ConfigurationError, match=f'{name} is "{value}"'):
        Surroundings.read({name: value}, config("solo"))


@pytest.mark.parametrize("value", ["http://host", "nats://", "rabbit", "nats://a b"])
def test_a_bus_that_is_none_is_refused_without_showing_it(value):
    with pytest.raises(ConfigurationError, match="QPF_BUS must be in_process or the address") as caught:
        Surroundings.read({"QPF_BUS": value}, config("solo"))
    assert value not in str(caught.value).replace("nats://HOST:PORT", "")


def test_a_secret_may_be_given_as_a_file(tmp_path):
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    read = Surroundings.read({"QPF_TOKEN_FILE": str(file)}, config("solo"))
    assert read.token == "from-a-file"  # noqa: S105 -- made up
    assert "from-a-file" in read.secrets


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"QPF_TOKEN": "a", "QPF_TOKEN_FILE": "FILE"}, "both set"),
        ({"QPF_TOKEN_FILE": "FILE.none"}, "cannot be read"),
        ({"QPF_TOKEN_FILE": "FILE"}, "is empty"),
        ({"DATABASE_URL_FILE": "FILE"}, "DATABASE_URL_FILE: .* is empty"),
    ],
)
def test_a_secret_that_cannot_be_had_is_named(tmp_path, variables, told):
    file = tmp_path / "secret"
    file.write_text("\n")
    given = {name: value.replace("FILE", str(file)) for name, value in variables.items()}
    with pytest.raises(ConfigurationError, match=told):
        Surroundings.read(given, config("solo"))


def _until_ready(client, process):
    for _ in range(1200):  # A minute: on a busy machine starting takes more than ten seconds.
        if process.poll() is not None:
            pytest.fail(f"the agent ended with {process.returncode}")
        try:
            if json.loads(client.get("/ready").text)["status"] == "ready":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("the agent did not become ready")
