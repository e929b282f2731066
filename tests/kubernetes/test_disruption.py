"""A budget that keeps a node from being emptied misses the gate."""

from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from qpf.api import Artifact
from qpf_plugins.kubernetes.gates import disruption, manifests
from tests.kubernetes.fleet import agent, environment, rendered
from tests.kubernetes.test_gates import changed


def test_every_budget_that_is_emitted_spares_a_pod() -> None:
    agents = [
        agent("main_agent", deployment={"replicas": 3}),
        agent("loner"),
        agent("off", deployment={"replicas": 0}),
    ]
    rows = list(disruption.check("", "", rendered(environment(agents))))
    assert [(row.subject, row.value, row.passed) for row in rows] == [("main_agent", "1 of 3 pods", True)]


@pytest.mark.parametrize(
    ("spec", "replicas", "spared"),
    [
        ({"maxUnavailable": 0}, 3, 0),
        ({"maxUnavailable": "10%"}, 3, 1),
        ({"maxUnavailable": "0%"}, 3, 0),
        ({"minAvailable": 3}, 3, 0),
        ({"minAvailable": 2}, 3, 1),
        ({"minAvailable": 1}, 1, 0),
        ({"minAvailable": "100%"}, 3, 0),
        ({"minAvailable": "50%"}, 3, 1),
        ({"minAvailable": "67%"}, 3, 0),
        ({}, 1, 0),
    ],
)
def test_shares_are_counted_as_kubernetes_counts_them(
    spec: dict[str, Any], replicas: int, spared: int
) -> None:
    assert disruption.to_spare(spec, replicas) == spared


@pytest.mark.parametrize("block", ["maxUnavailable: 0", "minAvailable: 3", 'minAvailable: "100%"'])
def test_a_budget_that_blocks_a_drain_misses(block: str) -> None:
    files = rendered(environment([agent("main_agent", deployment={"replicas": 3})]))
    path = next(each.path for each in files if each.path.endswith("poddisruptionbudget.yaml"))
    (row,) = disruption.check("", "", changed(files, path, "maxUnavailable: 1", block))
    assert not row.passed
    assert path in row.detail


EXPRESSIONS = {
    "In, and it is": ("operator: In, values: [main-agent]", "1 of 3 pods"),
    "In, and it is not": ("operator: In, values: [other]", "1 of 0 pods"),
    "NotIn": ("operator: NotIn, values: [main-agent]", "1 of 0 pods"),
    "Exists": ("operator: Exists", "1 of 3 pods"),
    "DoesNotExist": ("operator: DoesNotExist", "1 of 0 pods"),
}


@pytest.mark.parametrize("which", EXPRESSIONS)
def test_expressions_of_a_budget_select_as_a_cluster_selects(which: str) -> None:
    expression, value = EXPRESSIONS[which]
    files = rendered(environment([agent("main_agent", deployment={"replicas": 3})]))
    path = budget_of(files, "main_agent")
    told = f"matchExpressions: [{{key: app.kubernetes.io/name, {expression}}}]\n    matchLabels:"
    (row,) = disruption.check("", "", changed(files, path, "matchLabels:", told))
    assert row.value == value


def budget_of(files: tuple[Artifact, ...], name: str) -> str:
    return next(each.path for each in files if each.path.endswith(f"{name}/poddisruptionbudget.yaml"))


def counted(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[str]:
    """Every call of a function that a module uses, as it is made."""
    calls: list[str] = []
    answer = getattr(module, name)

    def counting(*given: Any) -> Any:
        calls.append(name)
        return answer(*given)

    monkeypatch.setattr(module, name, counting)
    return calls


@pytest.mark.parametrize("agents", [3, 6])
def test_a_budget_is_held_against_the_workloads_of_its_agent(
    monkeypatch: pytest.MonkeyPatch, agents: int
) -> None:
    fleet = [agent(f"agent_{at}", deployment={"replicas": 3}) for at in range(agents)]
    files = rendered(environment(fleet))
    compared = counted(monkeypatch, disruption, "selects")
    parsed = counted(monkeypatch, manifests, "read")
    assert len(list(disruption.check("", "", files))) == agents
    assert (len(compared), len(parsed)) == (agents, 2 * agents)


def test_a_workload_of_another_namespace_is_not_the_budget_s() -> None:
    files = rendered(environment([agent("main_agent", deployment={"replicas": 3})]))
    path = next(each.path for each in files if each.path.endswith("deployment.yaml"))
    (row,) = disruption.check("", "", changed(files, path, "namespace: l9-production", "namespace: other"))
    assert row.value == "1 of 0 pods"


def test_whatever_it_is_called_a_file_with_a_budget_is_judged() -> None:
    files = rendered(environment([agent("main_agent", deployment={"replicas": 3})]))
    path = budget_of(files, "main_agent")
    renamed = tuple(
        replace(each, path=each.path.replace("poddisruptionbudget", "spare")) if each.path == path else each
        for each in files
    )
    assert [row.value for row in disruption.check("", "", renamed)] == ["1 of 3 pods"]
