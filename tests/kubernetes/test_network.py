"""Network rules: what glue and declarations open, and that nothing else is."""

from typing import Any

import pytest

from tests.kubernetes.fleet import agent, environment, objects

ALL = {"main_agent": agent("main_agent"), "tensoraios": agent("tensoraios"), "auditor": agent("auditor")}
GLUE = [("main_agent.ask", "tensoraios.ask"), ("tensoraios.tell", "auditor.tell")]


def peers(rules: list[Any], direction: str) -> set[str]:
    """Agents that rules name."""
    return {
        value
        for rule in rules
        for peer in rule[direction]
        for expression in peer.get("podSelector", {}).get("matchExpressions", [])
        for value in expression["values"]
    }


@pytest.mark.parametrize(
    ("name", "callers", "callees"),
    [
        ("main_agent", set(), {"tensoraios"}),
        ("tensoraios", {"main-agent"}, {"auditor"}),
        ("auditor", {"tensoraios"}, set()),
    ],
)
def test_glue_opens_the_way_of_the_question_only(name: str, callers: set[str], callees: set[str]) -> None:
    spec = objects(ALL[name], environment(ALL.values(), GLUE))["NetworkPolicy"]["spec"]
    assert peers(spec["ingress"], "from") == callers
    assert peers(spec["egress"], "to") == callees


def test_both_ways_are_open_where_glue_goes_both_ways() -> None:
    both = environment(ALL.values(), [("main_agent.ask", "auditor.ask"), ("auditor.tell", "main_agent.tell")])
    spec = objects(ALL["main_agent"], both)["NetworkPolicy"]["spec"]
    assert peers(spec["ingress"], "from") == peers(spec["egress"], "to") == {"auditor"}


def test_every_open_way_is_open_at_both_ends() -> None:
    everyone = environment(ALL.values(), GLUE)
    policies = {each.name: objects(each, everyone)["NetworkPolicy"]["spec"] for each in ALL.values()}
    leaving = {(name, to) for name, spec in policies.items() for to in peers(spec["egress"], "to")}
    entering = {(name, by) for name, spec in policies.items() for by in peers(spec["ingress"], "from")}
    assert {(name.replace("_", "-"), to) for name, to in leaving} == {
        (by, name.replace("_", "-")) for name, by in entering
    }


def test_all_traffic_is_refused_unless_named() -> None:
    for each in ALL.values():
        spec = objects(each, environment(ALL.values(), GLUE))["NetworkPolicy"]["spec"]
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == each.name.replace("_", "-")
        for direction, rules in (("from", spec["ingress"]), ("to", spec["egress"])):
            # A rule without peers, or without ports, lets everybody, or everything, through.
            assert all(rule[direction] and rule["ports"] for rule in rules)
            assert {} not in [peer for rule in rules for peer in rule[direction]]


@pytest.mark.parametrize(
    ("apimode", "namespaces", "expected"),
    [
        ("private", ["edge"], []),
        ("public", [], [{"namespaceSelector": {}}]),
        (
            "public",
            ["edge"],
            [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}],
        ),
    ],
)
def test_only_a_public_agent_is_reached_from_outside(
    apimode: str, namespaces: list[str], expected: Any
) -> None:
    each = agent("main_agent", deployment={"apimode": apimode})
    spec = objects(each, environment([each], ingress_namespaces=namespaces))["NetworkPolicy"]["spec"]
    scraping, *public = spec["ingress"]
    assert scraping["from"][0]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "monitoring"
    }
    assert [peer for rule in public for peer in rule["from"]] == expected


def test_services_are_reached_at_their_addresses_only() -> None:
    each = agent("main_agent", integration={"services": ["postgresql", "archive"]})
    _, archive, postgresql = objects(each, environment([each]))["NetworkPolicy"]["spec"]["egress"]
    assert archive == {
        "ports": [{"port": 443, "protocol": "TCP"}],
        "to": [{"ipBlock": {"cidr": "10.40.0.0/16"}}],
    }
    # One peer with both selectors: two peers would let in every pod of either.
    assert postgresql["to"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}},
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "postgresql"}},
        }
    ]


def test_a_service_nobody_names_is_not_reached() -> None:
    each = agent("main_agent")
    assert len(objects(each, environment([each]))["NetworkPolicy"]["spec"]["egress"]) == 1  # names only


def test_names_are_looked_up_over_both_transports() -> None:
    each = agent("main_agent")
    dns = {"namespace": "openshift-dns", "labels": {}, "port": 5353}
    (rule,) = objects(each, environment([each], dns=dns))["NetworkPolicy"]["spec"]["egress"]
    assert rule["ports"] == [{"port": 5353, "protocol": "UDP"}, {"port": 5353, "protocol": "TCP"}]
    assert rule["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}}
    ]


def test_a_needed_agent_lets_its_caller_in_without_knowing_it() -> None:
    caller = agent("main_agent", integration={"connectto": ["tensoraios", "auditor"]})
    fleet = environment([caller, ALL["tensoraios"], ALL["auditor"]], GLUE[:1])
    found = objects(caller, fleet)
    assert peers(found["NetworkPolicy"]["spec"]["egress"], "to") == {"auditor", "tensoraios"}
    callees = found["NetworkPolicy/callees"]
    assert callees["metadata"]["name"] == "main-agent.callees"
    # Glue already opens tensoraios, so only the auditor needs it.
    assert callees["spec"]["podSelector"]["matchExpressions"][0]["values"] == ["auditor"]
    assert callees["spec"]["policyTypes"] == ["Ingress"]
    assert callees["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/instance": "l9-production",
        "app.kubernetes.io/name": "main-agent",
    }


def test_manifests_do_not_depend_on_other_agents_values() -> None:
    fleet = environment(ALL.values(), GLUE)
    other = environment(
        [ALL["main_agent"], ALL["auditor"], agent("tensoraios", deployment={"port": 9999, "replicas": 7})],
        GLUE,
    )
    assert objects(ALL["main_agent"], fleet) == objects(ALL["main_agent"], other)
