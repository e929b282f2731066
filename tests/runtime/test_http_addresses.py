"""An address is a method and a path; the rule about them and the runtime mean the same."""

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from qpf_plugins.agent_schema.addresses import ANSWERED
from qpf_plugins.agent_schema.passes import endpoint_collision
from qpf_runtime.agent import Agent
from qpf_runtime.config import Endpoint, InputPort, Probes
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.http import Health, agent_app
from qpf_runtime.metrics import Metrics
from qpf_runtime.openapi import openapi
from tests.agent_schema.build import agent as agent_of
from tests.agent_schema.build import environment
from tests.runtime.world import Answer, Ask, answer_double, bound, config

pytestmark = pytest.mark.anyio


def solo(runtime, *addresses: tuple[str, str], probes: Probes | None = None):
    """An agent with one input port for each address, and its application."""
    names = [f"port_{number}" for number in range(len(addresses))]
    endpoints = {
        name: Endpoint.model_validate({"method": method, "path": path})
        for name, (method, path) in zip(names, addresses, strict=True)
    }
    inputs = {name: InputPort(packet="ask", reply="answer") for name in ("ask", *names)}
    more = {"endpoints": endpoints, "auth_required": False, "probes": probes or Probes()}
    agent = Agent(config("solo", inputs=inputs, **more), runtime)
    for name in inputs:
        agent.on(name, Ask, bound(agent, answer_double), Answer)
    return agent


def app_of(agent):
    return agent_app(agent, Metrics(), Health(started=True))


def found(addresses: Sequence[tuple[str, str]]) -> list[str]:
    """What the rule says of the same addresses."""
    spelt = {
        f"port_{number}": {"method": method, "path": path, "description": "Answers."}
        for number, (method, path) in enumerate(addresses)
    }
    agent = agent_of("solo", deployment={"endpoints": spelt})
    return [each.message for each in endpoint_collision.check(agent, environment(agent))]


async def test_the_rule_knows_all_that_an_agent_answers_anyway(runtime) -> None:
    routes = [route for route in app_of(solo(runtime)).routes if isinstance(route, Route)]
    assert set(ANSWERED) == {
        (method, route.path) for route in routes for method in route.methods or () if method != "HEAD"
    }


async def test_two_methods_of_one_path_are_two_addresses(runtime) -> None:
    agent = solo(runtime, ("POST", "/v1/note"), ("PUT", "/v1/note"), ("POST", "/metrics"))
    await agent.start()
    transport = httpx.ASGITransport(app=app_of(agent))
    async with httpx.AsyncClient(transport=transport, base_url="http://agent") as http:
        for method, path in (("POST", "/v1/note"), ("PUT", "/v1/note"), ("POST", "/metrics")):
            answered = await http.request(method, path, json={"number": 3})
            assert answered.json()["payload"] == {"number": 6}, (method, path)
        assert "qpf_packets_total" in (await http.get("/metrics")).text
        assert (await http.patch("/v1/note", json={})).status_code == 405
    document: Any = openapi(agent, asks_token=False)
    assert set(document["paths"]["/v1/note"]) == {"post", "put"}
    assert set(document["paths"]["/metrics"]) == {"post", "get"}


@pytest.mark.parametrize("first", [True, False])
async def test_a_path_that_is_written_out_is_asked_before_one_with_a_placeholder(runtime, *, first) -> None:
    pair = (("POST", "/v1/{any}"), ("POST", "/v1/note"))
    chosen = pair if first else pair[::-1]
    assert found(chosen) == []
    paths = [route.path for route in app_of(solo(runtime, *chosen)).routes if route.path.startswith("/v1")]
    assert paths == ["/v1/note", "/v1/{any}"]


@pytest.mark.parametrize(
    ("addresses", "taken"),
    [
        ([("POST", "/v1/note"), ("POST", "/v1/note")], "port_0"),
        ([("POST", "/v1/{one}"), ("POST", "/v1/{other}")], "port_0"),
        ([("POST", "/v1/{one}"), ("PUT", "/v1/{one}")], ""),
        ([("GET", "/v1/{one}"), ("GET", "/v1/{one}/{other}")], ""),
        ([("GET", "/v1.x"), ("GET", "/v1ax")], ""),
        ([("GET", "/v1/{one}"), ("GET", "/v1/{one}-{other}")], "port_0"),
        ([("GET", "/v1/{one}-{other}"), ("GET", "/v1/{one}")], ""),
        ([("GET", "/v1/{one}-{other}"), ("GET", "/v1/{other}-x")], "port_0"),
        ([("GET", "/v1/{one}--{other}"), ("GET", "/v1/{other}-x")], ""),
        ([("GET", "/v1/{one}.{other}-"), ("GET", "/v1/{one}.{other}--")], "port_0"),
        ([("GET", "/v1/{1}"), ("GET", "/v1/x")], ""),
        ([("GET", "/v1/{{one}"), ("GET", "/v1/{{other}")], "port_0"),
        ([("GET", "/health")], "liveness_probe"),
        ([("POST", "/health")], ""),
        ([("GET", "/metrics")], "the scrape"),
        ([("GET", "/manifest")], "the manifest"),
        ([("GET", "/approvals")], "the list of approvals"),
        ([("GET", "/approvals/mine")], "an approval"),
        ([("POST", "/approvals/{name}")], "the answer to an approval"),
        ([("PUT", "/approvals/mine")], ""),
        ([("POST", "/packets")], "the intake of packets"),
        ([("GET", "/trail/of/mine")], "the trail of packets"),
        ([("GET", "/trail")], ""),
        ([("GET", "/openapi.json")], "the description of its API"),
        ([("POST", "/a2a")], "the A2A endpoint"),
    ],
)
async def test_what_the_rule_finds_is_what_the_runtime_refuses(runtime, addresses, taken) -> None:
    says = found(addresses)
    assert [taken in message for message in says] == ([True] if taken else [])
    agent = solo(runtime, *addresses)
    if not taken:
        app_of(agent)
        return
    method, path = addresses[-1]
    told = f"endpoint port_{len(addresses) - 1} is {method} {path}, which is answered already"
    with pytest.raises(ConfigurationError, match=f"^agent solo: {re.escape(told)}"):
        app_of(agent)


async def test_a_probe_that_moved_is_answered_at_both_places(runtime) -> None:
    agent = solo(runtime, ("GET", "/health"), probes=Probes(liveness="/alive"))
    with pytest.raises(ConfigurationError, match="GET /health, which is answered already"):
        app_of(agent)
    health = {"liveness_probe": {"endpoint": "/alive"}}
    spelt = {"one": {"method": "GET", "path": "/health", "description": "Answers."}}
    moved = agent_of("solo", deployment={"endpoints": spelt, "health_monitoring": health})
    (finding,) = endpoint_collision.check(moved, environment(moved))
    assert "GET /health, which the usual liveness probe takes already" in finding.message
