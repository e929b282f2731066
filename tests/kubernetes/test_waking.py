"""A workload that is scaled to zero, and that only its own pods could wake, misses the gate."""

import json
from typing import Any

import pytest

from qpf.api import Artifact
from qpf_plugins.kubernetes.gates import waking

LAG = {"type": "nats-jetstream", "metadata": {"stream": "L9", "consumer": "main_agent"}}
CPU = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}}


def emitted(kind: str, path: str = "manifests/main_agent/scaling.yaml", **spec: Any) -> tuple[Artifact, ...]:
    version = "keda.sh/v1alpha1" if kind == "ScaledObject" else "autoscaling/v2"
    whole = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "main-agent", "namespace": "l9"},
        "spec": {"scaleTargetRef": {"name": "main-agent"}, **spec},
    }
    return (Artifact(path, json.dumps(whole).encode(), subject="main_agent", emitter="acme"),)


def keda(*triggers: dict[str, Any], **spec: Any) -> tuple[Artifact, ...]:
    return emitted("ScaledObject", triggers=list(triggers), **spec)


def asked(query: str) -> dict[str, Any]:
    return {"type": "prometheus", "metadata": {"serverAddress": "http://metrics:9090", "query": query}}


def rows(artifacts: tuple[Artifact, ...]) -> list[tuple[str, bool]]:
    return [(row.value, row.passed) for row in waking.check("", "", artifacts)]


OWN = {
    "what it counts": 'sum(rate(qpf_packets_total{agent="main_agent"}[1m]))',
    "what it holds": 'qpf_queue_pending{agent="main_agent", env="prod"} > 5',
    "a sum by labels": 'sum by (agent, kind) (rate(qpf_packets_total{agent="main_agent"}[5m] offset 1m))',
    "its process": 'rate(process_cpu_seconds_total{job="main-agent"}[1m])',
    "its pods": 'sum(container_memory_working_set_bytes{namespace="l9", pod=~"main-agent-.*"})',
    "two figures of its own": 'qpf_in_flight{agent="main_agent"} + qpf_queue_pending{agent="main_agent"}',
}
OTHERS = {
    "what comes from above": 'sum(rate(qpf_packets_total{agent="reader"}[1m]))',
    "all agents together": "sum(rate(qpf_packets_total[1m]))",
    "a queue": 'max(nats_consumer_num_pending{consumer="main_agent"})',
    "an entrance": 'sum(rate(nginx_ingress_controller_requests{service="main-agent"}[1m]))',
    "either": 'qpf_queue_pending{agent="main_agent"} or nats_consumer_num_pending',
    "another of a longer name": 'qpf_queue_pending{agent="main_agent_copy"}',
    "nothing that is read": "vector(1)",
}


@pytest.mark.parametrize("which", OWN)
def test_a_figure_of_its_own_pods_wakes_nothing(which: str) -> None:
    (row,) = waking.check("", "", keda(asked(OWN[which]), CPU))
    assert (row.value, row.passed) == ("0 of 2 triggers", False)
    assert row.detail == (
        "manifests/main_agent/scaling.yaml: ScaledObject l9/main-agent lets main-agent go down to no pods, "
        "and nothing else wakes it"
    )


@pytest.mark.parametrize("which", OTHERS)
def test_a_figure_of_others_wakes_it(which: str) -> None:
    assert rows(keda(CPU, asked(OTHERS[which]))) == [("1 of 2 triggers", True)]


def test_one_trigger_that_works_without_pods_is_enough() -> None:
    assert rows(keda(asked(OWN["what it counts"]), LAG)) == [("1 of 2 triggers", True)]


def test_an_answer_of_its_own_service_wakes_nothing() -> None:
    own = {"type": "metrics-api", "metadata": {"url": "http://main-agent.l9.svc:8080/metrics"}}
    other = {"type": "metrics-api", "metadata": {"url": "http://orders.shop.svc/backlog"}}
    assert rows(keda(own)) == [("0 of 1 triggers", False)]
    assert rows(keda(other)) == [("1 of 1 triggers", True)]


@pytest.mark.parametrize("spec", [{}, {"minReplicaCount": 0}, {"minReplicaCount": 3, "idleReplicaCount": 0}])
def test_what_may_go_down_to_no_pods_is_judged(spec: dict[str, int]) -> None:
    assert rows(keda(CPU, **spec)) == [("0 of 1 triggers", False)]


def test_what_keeps_a_pod_is_not() -> None:
    assert rows(keda(CPU, minReplicaCount=1)) == []


def external(**labels: str) -> dict[str, Any]:
    metric = {"name": "packets_per_second", "selector": {"matchLabels": labels}}
    return {"type": "External", "external": {"metric": metric, "target": {"type": "Value", "value": "1"}}}


@pytest.mark.parametrize(
    ("metrics", "spec", "expected"),
    [
        ([{"type": "Resource", "resource": {}}], {"minReplicas": 0}, [("0 of 1 triggers", False)]),
        ([{"type": "Pods", "pods": {}}, external(agent="main_agent")], {"minReplicas": 0},
         [("0 of 2 triggers", False)]),
        ([external(agent="reader")], {"minReplicas": 0}, [("1 of 1 triggers", True)]),
        ([external()], {"minReplicas": 0}, [("1 of 1 triggers", True)]),
        ([{"type": "Object", "object": {}}], {"minReplicas": 0}, [("1 of 1 triggers", True)]),
        ([], {"minReplicas": 0}, [("0 of 0 triggers", False)]),
        ([{"type": "Resource"}], {}, []),
    ],
)  # fmt: skip
def test_the_autoscaler_of_kubernetes_is_held_to_the_same(
    metrics: list[dict[str, Any]], spec: dict[str, Any], expected: list[tuple[str, bool]]
) -> None:
    assert rows(emitted("HorizontalPodAutoscaler", metrics=metrics, **spec)) == expected


@pytest.mark.parametrize(
    "spec", [{"triggers": 7}, {"triggers": [{}]}, {"triggers": [CPU], "scaleTargetRef": None}]
)
def test_what_cannot_be_read_misses(spec: dict[str, Any]) -> None:
    assert rows(emitted("ScaledObject", **spec)) == [("unreadable", False)]


def test_files_of_other_kinds_are_not_judged() -> None:
    (text,) = keda(CPU)
    named = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ScaledObject}\n"
    assert rows((Artifact("docs/a.md", text.content),)) == []
    assert rows((Artifact("a.yaml", b"kind: [ScaledObject"),)) == []
    assert rows((Artifact("a.yaml", named),)) == []
