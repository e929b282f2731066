"""A budget that keeps a node from being emptied misses the gate."""

from typing import Any

import pytest

from qpf_plugins.kubernetes.gates import disruption
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
