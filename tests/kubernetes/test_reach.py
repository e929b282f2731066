"""Policies are read as a cluster reads them, and what they cut is a finding where it is declared."""

import copy
from typing import Any

import pytest

from qpf.api import Agent, Diagnostic, Environment
from qpf_plugins.kubernetes import reach
from qpf_plugins.kubernetes.network import NAMESPACE_NAME, callee_policy, network_policy
from qpf_plugins.kubernetes.passes import traffic_cut
from qpf_plugins.kubernetes.reach import Outside, Pod, reaches
from tests.agent_schema.build import agent
from tests.kubernetes.fleet import SERVICES, environment

A, B = Pod("l9", {"name": "a"}), Pod("l9", {"name": "b", "tier": "x"}, {"http": 8080})
FAR = Pod("data", {"name": "db"})


def policy(selects: dict[str, Any], **rules: Any) -> dict[str, Any]:
    types = [name.capitalize() for name in rules]
    spec = {"podSelector": selects, "policyTypes": types, **rules}
    return {"metadata": {"namespace": "l9", "name": "p"}, "spec": spec}


def labelled(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


TO_B = {"to": [{"podSelector": labelled(name="b")}], "ports": [{"port": "http", "protocol": "TCP"}]}
FROM_A = {"from": [{"podSelector": labelled(name="a")}], "ports": [{"port": 8080}]}


@pytest.mark.parametrize(
    ("policies", "through"),
    [
        ([], True),
        ([policy(labelled(name="a"), egress=[])], False),
        ([policy(labelled(name="a"), egress=[TO_B])], True),
        ([policy(labelled(name="z"), egress=[])], True),
        ([policy({}, egress=[])], False),
        ([policy(labelled(name="a"), egress=[]), policy({}, egress=[TO_B])], True),
        ([policy(labelled(name="b"), ingress=[])], False),
        ([policy(labelled(name="b"), ingress=[FROM_A])], True),
        ([policy(labelled(name="b"), ingress=[{}])], True),
        ([policy(labelled(name="b"), ingress=[{"from": []}])], True),
        ([policy(labelled(name="b"), ingress=[{**FROM_A, "ports": [{"port": 9}]}])], False),
        (
            [policy(labelled(name="b"), ingress=[{**FROM_A, "ports": [{"port": 8080, "protocol": "UDP"}]}])],
            False,
        ),
        (
            [policy(labelled(name="b"), ingress=[{"from": [{"podSelector": {}, "namespaceSelector": {}}]}])],
            True,
        ),
        ([policy(labelled(name="b"), ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])], False),
        (
            [policy({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, ingress=[])],
            False,
        ),
        (
            [
                policy(
                    {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["x"]}]}, ingress=[]
                )
            ],
            True,
        ),
    ],
)
def test_policies_add_up_and_both_sides_must_agree(policies: list[dict[str, Any]], *, through: bool) -> None:
    assert reaches(policies, A, B, 8080) is through


def test_pods_of_another_namespace_are_let_through_by_name_of_the_namespace_only() -> None:
    rule = {
        "to": [
            {"namespaceSelector": labelled(**{NAMESPACE_NAME: "data"}), "podSelector": labelled(name="db")}
        ]
    }
    assert reaches([policy({}, egress=[rule])], A, FAR, 5432)
    assert not reaches([policy({}, egress=[{"to": [{"podSelector": labelled(name="db")}]}])], A, FAR, 5432)


@pytest.mark.parametrize(
    ("cidr", "wanted", "through"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.0.0/16", "10.1.0.0/24", True),
        ("10.1.0.0/24", "10.1.0.0/16", False),
        ("fd00::/8", "fd00::1", True),
        ("fd00::/8", "10.1.2.3", False),
    ],
)
def test_addresses_outside_must_all_be_let_through(cidr: str, wanted: str, *, through: bool) -> None:
    rule = {"to": [{"ipBlock": {"cidr": cidr}}]}
    assert reaches([policy({}, egress=[rule])], A, Outside(wanted), 443) is through


def cuts(*agents: Agent, wires: tuple[tuple[str, str], ...] = (), **options: Any) -> list[Diagnostic]:
    return list(traffic_cut.check(environment(agents, wires, **options)))


def keeps(kind: str, *services: str, model: str | None = None) -> Agent:
    return agent(
        "one",
        memorytopology={"episodicmemory": {"storagetype": kind}},
        integration={"services": list(services)},
        reasoningengine={"primary_model": model},
    )


def test_emitted_policies_let_declared_traffic_and_the_scrape_through() -> None:
    asking = agent("one", integration={"connectto": ["two"], "services": ["postgresql", "archive"]})
    assert cuts(asking, agent("two"), agent("three"), wires=(("two.out", "three.in"),)) == []


def test_a_store_that_is_no_service_is_cut_off() -> None:
    (found,) = cuts(keeps("postgresql"))
    assert found.code.id == "QPF616"
    assert "keeps its episodicmemory in postgresql" in found.message
    assert found.span == keeps("postgresql").span("memorytopology", "episodicmemory", "storagetype")
    assert len(found.notes) == 1
    assert cuts(keeps("postgresql", "postgresql")) == []
    assert cuts(keeps("sqlite")) == []


def test_a_service_that_is_no_store_does_not_help() -> None:
    assert [found.subject for found in cuts(keeps("postgresql", "archive"))] == ["one"]


@pytest.mark.parametrize("model", ["offline:deterministic", "test:any", None])
def test_a_model_beside_the_agent_needs_no_way_out(model: str | None) -> None:
    assert cuts(keeps("sqlite", model=model)) == []


def test_a_remote_model_needs_a_service_that_is_no_store_and_no_broker() -> None:
    (found,) = cuts(keeps("sqlite", "nats", "redis", model="anthropic:claude"))
    assert "reasons with anthropic:claude" in found.message
    assert cuts(keeps("sqlite", "archive", model="anthropic:claude")) == []


@pytest.mark.parametrize(("host", "found"), [("10.40.7.7", 0), ("10.41.7.7", 1), ("archive.example.org", 0)])
def test_a_service_outside_is_at_an_address_that_is_let_through(host: str, found: int) -> None:
    archive = {**SERVICES["archive"], "host": host}
    assert len(cuts(keeps("sqlite", "archive"), services={"archive": archive})) == found


def tampered(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    emitted = network_policy

    def changed(each: Agent, where: Environment, *rest: Any) -> dict[str, Any]:
        found = copy.deepcopy(emitted(each, where, *rest))
        change(found["spec"])
        return found

    monkeypatch.setattr(traffic_cut, "network_policy", changed)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda spec: spec["ingress"].clear(),
            ["one is cut off from two", "the metrics of one", "the metrics of two"],
        ),
        (
            lambda spec: spec["egress"].clear(),
            ["one is cut off from two", "one cannot look up", "two cannot look up"],
        ),
        (lambda spec: spec["egress"].pop(0), ["one cannot look up names", "two cannot look up names"]),
    ],
)
def test_a_policy_that_was_emitted_otherwise_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch, change: Any, told: list[str]
) -> None:
    tampered(monkeypatch, change)
    found = cuts(agent("one"), agent("two"), wires=(("one.out", "two.in"),))
    messages = [each.message for each in found]
    assert all(any(message.startswith(words) for message in messages) for words in told)
    assert len(messages) == len(told)


def looked_at(monkeypatch: pytest.MonkeyPatch, callers: int) -> int:
    """How many selectors are held against labels where that many agents need one."""
    asked = 0
    answer = reach.selects

    def counted(*arguments: Any) -> bool:
        nonlocal asked
        asked += 1
        return answer(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(reach, "selects", counted)
        needing = [agent(f"caller_{at}", integration={"connectto": ["hub"]}) for at in range(callers)]
        assert cuts(agent("hub"), *needing) == []
    return asked


def test_a_caller_more_of_one_agent_costs_what_the_first_did(monkeypatch: pytest.MonkeyPatch) -> None:
    few, more, most = (looked_at(monkeypatch, callers) for callers in (2, 12, 22))
    assert few > 0
    assert most - more == more - few


def test_what_one_caller_is_let_in_by_lets_no_other_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(each: Agent, *rest: Any) -> dict[str, Any] | None:
        return None if each.name == "two" else callee_policy(each, *rest)

    monkeypatch.setattr(traffic_cut, "callee_policy", forgotten)
    needing = [agent(name, integration={"connectto": ["hub"]}) for name in ("one", "two", "three")]
    (found,) = cuts(agent("hub"), *needing)
    assert found.message == "two is cut off from hub, which it needs"
