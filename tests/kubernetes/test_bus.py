"""How an agent in a cluster finds the broker, proves itself, and asks its callers who they are."""

from typing import Any

import pytest

from qpf_plugins.kubernetes.options import Service
from qpf_plugins.kubernetes.passes.service_without_address import check
from tests.kubernetes.fleet import agent, environment, objects
from tests.kubernetes.test_workload import pod

NATS = {"namespace": "messaging", "labels": {"app.kubernetes.io/name": "nats"}, "port": 4222}


def rendered(service: Any = None, services: tuple[str, ...] = ("nats",), **options: Any) -> dict[str, Any]:
    """The objects of an agent that may talk to a broker."""
    each = agent("main_agent", integration={"services": list(services)})
    return objects(each, environment([each], services={"nats": service or NATS}, **options))


def secrets(found: dict[str, Any]) -> dict[str, Any]:
    """By variable, the secret it is filled from."""
    return {
        one["name"]: one["valueFrom"]["secretKeyRef"]
        for one in pod(found)["containers"][0]["env"]
        if "secretKeyRef" in one["valueFrom"]
    }


@pytest.mark.parametrize(
    ("service", "url"),
    [
        (NATS, "nats://nats.messaging.svc:4222"),
        (
            {**NATS, "host": "broker.messaging.svc.cluster.local"},
            "nats://broker.messaging.svc.cluster.local:4222",
        ),
        ({"cidr": "10.0.0.0/24", "port": 4223, "host": "nats.example"}, "nats://nats.example:4223"),
    ],
)
def test_agent_is_told_where_the_broker_is(service: Any, url: str) -> None:
    assert rendered(service)["ConfigMap"]["data"]["QPF_BUS"] == url


def test_agent_that_needs_no_broker_is_told_of_none() -> None:
    found = rendered(services=())
    assert [name for name in found["ConfigMap"]["data"] if name.startswith("QPF_BUS")] == []
    assert "bus" not in [one["name"] for one in pod(found)["volumes"]]


def test_broker_needs_a_name_to_connect_to() -> None:
    each = agent("main_agent", integration={"services": ["nats"]})
    nameless = environment([each], services={"nats": {"cidr": "10.0.0.0/24", "port": 4222}})
    (found,) = check(each, nameless)
    assert found.code.id == "QPF610"
    assert not Service(cidr="10.0.0.0/24", port=4222).named


def test_agent_proves_itself_with_a_seed_of_its_own_where_the_broker_asks() -> None:
    found = rendered(bus_identities=True)
    assert found["ConfigMap"]["data"]["QPF_BUS_SEED"] == "/etc/qpf-bus/seed"
    (volume,) = [one for one in pod(found)["volumes"] if one["name"] == "bus"]
    assert volume["secret"] == {"items": [{"key": "seed", "path": "seed"}], "secretName": "main-agent-bus"}
    (mount,) = [one for one in pod(found)["containers"][0]["volumeMounts"] if one["name"] == "bus"]
    assert mount == {"mountPath": "/etc/qpf-bus", "name": "bus", "readOnly": True}
    assert "QPF_BUS_SEED" not in rendered()["ConfigMap"]["data"]


def test_callers_show_a_token_that_only_a_secret_holds() -> None:
    found = secrets(rendered())
    assert found["QPF_TOKEN"] == {"key": "token", "name": "main-agent-api", "optional": False}


def test_schema_may_name_the_tokens_secret() -> None:
    own = {"QPF_TOKEN": {"secret": "gateway", "key": "token"}}
    each = agent("main_agent", deployment={"secrets": own})
    assert secrets(objects(each, environment([each])))["QPF_TOKEN"]["name"] == "gateway"


def test_agent_that_asks_nobody_has_no_token() -> None:
    each = agent("main_agent", deployment={"apimode": "public", "auth_required": False})
    assert "QPF_TOKEN" not in secrets(objects(each, environment([each])))


def test_logs_in_a_cluster_are_read_by_machines() -> None:
    assert rendered()["ConfigMap"]["data"]["QPF_LOG_FORMAT"] == "json"
