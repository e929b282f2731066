"""A share of the traffic is a number of replicas, unless something splits it."""

from typing import Any

import pytest

from qpf.api import Diagnostic
from qpf_plugins.kubernetes.passes import canary_share_impossible
from tests.agent_schema.build import agent
from tests.kubernetes.fleet import environment


def findings(replicas: int, percent: int | None, **options: Any) -> list[Diagnostic]:
    updates = {"canary_percent": percent}
    one = agent("one", deployment={"replicas": replicas, "deployment_updates": updates})
    return list(canary_share_impossible.check(one, environment([one], **options)))


@pytest.mark.parametrize(
    ("replicas", "percent"), [(20, 5), (21, 5), (4, 25), (2, 50), (3, 34), (3, None), (0, 5), (1, None)]
)
def test_a_share_of_at_least_one_replica_is_possible(replicas: int, percent: int | None) -> None:
    assert findings(replicas, percent) == []


@pytest.mark.parametrize(
    ("replicas", "percent", "gets", "enough"),
    [(19, 5, "5.26 %", 20), (3, 33, "33.3 %", 4), (3, 5, "33.3 %", 20), (1, 99, "100 %", 2)],
)
def test_a_smaller_share_is_not(replicas: int, percent: int, gets: str, enough: int) -> None:
    (found,) = findings(replicas, percent)
    assert found.code.id == "QPF617"
    assert found.message.endswith(f"gets {gets}")
    assert found.hint.startswith(f"run {enough} replicas")
    assert len(found.notes) == 1


def test_with_a_router_any_share_is() -> None:
    assert findings(3, 5, traffic_router=True) == []
