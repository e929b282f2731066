"""What all replicas request together is held against what the environment has."""

from typing import Any

import pytest

from qpf.api import Agent, Diagnostic
from qpf_plugins.kubernetes.passes import pool_exceeded
from tests.agent_schema.build import agent
from tests.kubernetes.fleet import environment


def asking(name: str, cpu: str, memory: str = "64Mi", replicas: int = 1) -> Agent:
    amounts = {"cpu": cpu, "memory": memory}
    resources = {"requests": amounts, "limits": amounts}
    return agent(name, deployment={"replicas": replicas, "resources": resources})


def findings(*agents: Agent, **available: str) -> list[Diagnostic]:
    pool: dict[str, Any] = {"resource_pool": {"total_available": available}} if available else {}
    return list(pool_exceeded.check(environment(agents, **pool)))


def test_without_a_pool_nothing_is_added_up() -> None:
    assert findings(asking("one", "500", replicas=1000)) == []


@pytest.mark.parametrize(
    ("cpu", "memory", "kinds"),
    [
        ("2", "192Mi", []),
        ("1.999", "192Mi", ["cpu"]),
        ("2", "191Mi", ["memory"]),
        ("1", "1Mi", ["cpu", "memory"]),
    ],
)
def test_a_pool_that_is_just_large_enough_is(cpu: str, memory: str, kinds: list[str]) -> None:
    found = findings(asking("one", "500m", replicas=2), asking("two", "1"), cpu=cpu, memory=memory)
    assert [each.code.id for each in found] == ["QPF703"] * len(kinds)
    assert all(f" of {kind}; " in each.message for each, kind in zip(found, kinds, strict=True))


def test_what_is_not_said_is_not_counted() -> None:
    assert findings(asking("one", "500"), memory="64Mi") == []


def test_who_asks_for_most_is_blamed_first_and_the_rest_is_summed_up() -> None:
    agents = [asking(f"agent_{at}", f"{at}00m") for at in range(1, 8)]
    (found,) = findings(*agents, cpu="1")
    assert found.message == "agents of production request 2.8 cores of cpu; there is 1 core"
    assert [note.message.split()[0] for note in found.notes] == [
        "agent_7", "agent_6", "agent_5", "agent_4", "agent_3", "2",
    ]  # fmt: skip
    assert found.notes[-1].message == "2 more agents request 0.3 cores together"
    assert found.notes[0].span == agents[-1].span("deployment", "resources", "requests", "cpu")


def test_one_agent_more_requests_for_itself() -> None:
    (found,) = findings(*(asking(f"agent_{at}", f"{at}00m") for at in range(1, 7)), cpu="1")
    assert found.notes[-1].message == "1 more agent requests 0.1 cores"
