"""Findings about resources: what they say and where they point."""

from collections.abc import Iterable
from typing import Any

import pytest

from qpf.api import Agent, Diagnostic, Environment, Severity
from qpf.model.fleet import EnvironmentSettings, FleetSettings, Glue
from qpf_plugins.kubernetes.passes import PASSES, traffic_cut
from tests.kubernetes.fleet import agent, environment

# Agents of this folder keep episodes in a store that not all of them name: see test_reach.py.
RULES = tuple(each for each in PASSES if each is not traffic_cut.PASS)


def findings(environment: Environment) -> list[Diagnostic]:
    """What the passes find in an environment."""
    found: list[Diagnostic] = []
    for each in RULES:
        runs: Iterable[tuple[Any, ...]] = (
            [(environment,)]
            if each.scope == "environment"
            else [(one, environment) for one in environment.agents.values()]
        )
        for arguments in runs:
            reported = list(each.check(*arguments))
            assert {one.code for one in reported} <= set(each.codes)
            found += reported
    return found


def text(agent: Agent, *path: str | int) -> str:
    """A span, as people read it."""
    return str(agent.span(*path))


def test_a_sound_fleet_has_no_findings() -> None:
    assert findings(environment([agent("main_agent", integration={"services": ["postgresql"]})])) == []


def test_service_without_address_points_at_the_service() -> None:
    each = agent("main_agent", integration={"services": ["postgresql", "redis"]})
    (found,) = findings(environment([each]))
    assert (found.code.id, found.code.severity) == ("QPF610", Severity.ERROR)
    assert str(found.span) == text(each, "integration", "services", 1)
    assert "redis" in found.message
    assert "environments/production/environment.yaml" in found.hint
    assert str(found.notes[0].span).startswith("environments/production/environment.yaml:1")


@pytest.mark.parametrize("name", ["a" * 47, "Ümlaut_", "9lives", "___", "trailing_"])
def test_resource_name_invalid_where_no_resource_could_carry_it(name: str) -> None:
    found = findings(environment([agent(name)]))
    assert [one.code.id for one in found] == ["QPF611"]
    assert str(found[0].span) == f"agents/{name}.yaml:2:1"


@pytest.mark.parametrize("name", ["a", "a" * 40, "main_agent", "a__b", "a1_2"])
def test_names_that_the_schema_allows_are_fine(name: str) -> None:
    assert findings(environment([agent(name)])) == []


def test_resource_name_invalid_for_an_environment_that_no_label_could_carry() -> None:
    found = findings(environment([], name="e" * 61, namespace="l9"))
    assert [one.code.id for one in found] == ["QPF611"]
    assert str(found[0].span).startswith("environments/")


def test_resource_name_collision_blames_both() -> None:
    pair = [agent("price__feed"), agent("price_feed"), agent("price_feeds")]
    (found,) = findings(environment(pair))
    assert found.code.id == "QPF612"
    assert "price__feed and price_feed" in found.message
    assert {str(found.span), str(found.notes[0].span)} == {
        f"agents/{each.name}.yaml:2:1" for each in pair[:2]
    }


@pytest.mark.parametrize(("memory", "kind"), [("episodicmemory", "sqlite"), ("archive", "local")])
def test_local_memory_not_shared_by_replicas_is_a_warning(memory: str, kind: str) -> None:
    each = agent("main_agent", deployment={"replicas": 2}, memorytopology={memory: {"storagetype": kind}})
    (found,) = findings(environment([each]))
    assert (found.code.id, found.code.severity) == ("QPF613", Severity.WARNING)
    assert str(found.span) == text(each, "memorytopology", memory, "storagetype")
    assert str(found.notes[0].span) == text(each, "deployment", "replicas")


def test_one_replica_may_keep_memory_of_its_own() -> None:
    each = agent("main_agent", memorytopology={"episodicmemory": {"storagetype": "sqlite"}})
    assert findings(environment([each])) == []


def test_variable_reserved_is_not_filled_from_a_secret() -> None:
    each = agent("main_agent", deployment={"secrets": {"QPF_PORT": {"secret": "s", "key": "k"}}})
    (found,) = findings(environment([each]))
    assert found.code.id == "QPF614"
    assert str(found.span) == text(each, "deployment", "secrets", "QPF_PORT")


def test_an_environment_without_this_target_is_left_alone() -> None:
    each = agent("x" * 60, integration={"services": ["nowhere"]}, deployment={"replicas": 2})
    settings = EnvironmentSettings("dev", ("python_agent",))
    fleet = FleetSettings("l9", "6.0.0", None, {}, ("python_agent",))
    assert findings(Environment(settings, fleet, {each.name: each}, Glue())) == []
