"""Names of a fleet become names of streams and parts of subjects, or a finding; the same every time."""

import pytest
from msgspec.structs import replace

from qpf.api import Environment
from qpf_plugins.messaging.emit import emit_environment
from qpf_plugins.messaging.names import PRIORITIES, Names
from qpf_plugins.messaging.unusable_bus_name import PASS
from qpf_runtime import envelope
from qpf_runtime.bus.topology import Topology
from tests.agent_schema.build import agent, answers, asks, environment
from tests.python_agent.bench import Bench


def fleet(name: str = "fleet", stage: str = "dev") -> Environment:
    """Two agents, one of which asks the other."""
    made = environment(
        agent("one", communicationstack=asks()),
        agent("two", communicationstack=answers()),
        wires=["one.ask > two.asked: question"],
    )
    return replace(
        made,
        fleet=replace(made.fleet, name=name),
        settings=replace(made.settings, name=stage),
    )


def targeting(made: Environment) -> Environment:
    """The same, where a bus is emitted."""
    return replace(made, settings=replace(made.settings, targets=("messaging",)))


@pytest.mark.parametrize(("name", "stage"), [("my.fleet", "dev"), ("fleet", "dev.eu"), ("fleet", "a b")])
def test_name_that_a_subject_cannot_hold_is_refused(name: str, stage: str) -> None:
    (found,) = PASS.check(targeting(fleet(name, stage)))
    assert found.code.id == "QPF620"
    assert "divided by dots" in found.message
    assert found.hint


@pytest.mark.parametrize("name", ["outside", "operator", "dead", "advisories"])
def test_agent_that_would_be_taken_for_somebody_else_is_refused(name: str) -> None:
    (found,) = PASS.check(targeting(environment(agent(name))))
    assert (found.code.id, found.subject) == ("QPF620", name)


def test_names_are_free_where_no_bus_is_emitted() -> None:
    assert list(PASS.check(fleet("my.fleet"))) == []


def test_same_fleet_has_the_same_documents() -> None:
    first, second = (list(emit_environment(Bench(), fleet())) for _ in range(2))
    assert first == second
    assert sorted(each.path for each in first) == [
        "bus/asyncapi.json",
        "bus/authorization.conf",
        "bus/bus.json",
        "bus/jetstream.yaml",
        "bus/kustomization.yaml",
        "bus/server.conf",
    ]


def test_names_are_the_runtimes() -> None:
    ours, theirs = Names("fleet", "dev"), Topology("fleet", "dev")
    assert ours.prefix == theirs.prefix
    assert ours.stream("one") == theirs.stream("one")
    assert ours.reply("one", "token") == theirs.reply("one", "token")
    assert ours.dead("one") == theirs.dead("one")
    assert theirs.read(ours.packet("two", "asked", "high", "one")) == ("two", "asked", "high", "one")
    assert PRIORITIES == envelope.PRIORITIES
