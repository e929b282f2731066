"""A name that cannot become Python is one finding, with its line and a remedy, before anything is emitted."""

from typing import Any

import pytest
from msgspec.structs import replace

from qpf.api import Diagnostic, Environment
from qpf_plugins.python_agent.passes import PASSES
from tests.python_agent.bench import emit
from tests.python_agent.watch_fleet import PACKETS, ROUTING, fleet, shape


def findings(environment: Environment) -> list[Diagnostic]:
    """What the rules find."""
    found: list[Diagnostic] = []
    for rule in PASSES:
        if rule.scope == "environment":
            found += rule.check(environment)
        else:
            found += [
                each for agent in environment.agents.values() for each in rule.check(agent, environment)
            ]
        assert {each.code for each in found} <= {code for rule in PASSES for code in rule.codes}
    return found


def refusals(environment: Environment) -> list[tuple[str, str, str, str]]:
    """Code, source, message and hint of everything that is found."""
    found = dict.fromkeys(findings(environment))
    assert all(each.span is not None and each.hint for each in found)
    return [(each.code.id, each.span.source if each.span else "", each.message, each.hint) for each in found]


def test_names_are_free_where_no_python_is_emitted() -> None:
    environment = fleet(name="json")
    elsewhere = replace(environment, settings=replace(environment.settings, targets=("kubernetes",)))
    assert findings(elsewhere) == []


def test_sound_names_are_not_found() -> None:
    assert findings(fleet()) == []


def with_sub(
    name: str, method: str = "look", implementation: str = f"{ROUTING}:route_packet"
) -> dict[str, Any]:
    """Changes of the fixture that give it one sub-schema with one method."""
    bound = {method: {"description": "Looks.", "implementation": implementation}}
    port = {"packet": "reading", "description": "Looks.", "flow": [method], "reply": None}
    return {
        "subs": {name: {"name": name, "role": "Looks.", "adds": {"methods": bound}}},
        "methods": bound,
        "communicationstack": {"input": {"reading": port}},
    }


@pytest.mark.parametrize(
    "name", ["class", "config", "agent", "packets", "core", "runtime", "turn", "component"]
)
def test_sub_schema_may_not_take_a_name_of_the_package(name: str) -> None:
    (found,) = refusals(fleet(**with_sub(name)))
    code, source, message, hint = found
    assert (code, source) == ("QPF640", "agents/heat_watcher.yaml")
    assert f"a sub-schema cannot be called {name}" in message
    assert hint == f"rename it, for instance to {name}_sub"


def test_a_sub_schema_is_told_of_once_however_many_methods_it_has() -> None:
    one, other = with_sub("config", "look"), with_sub("config", "see")
    methods = {**one["methods"], **other["methods"]}
    one["subs"]["config"]["adds"] = {"methods": methods}
    assert len(refusals(fleet(**{**one, "methods": methods}))) == 1


@pytest.mark.parametrize("name", ["class", "await", "agent", "name"])
def test_method_may_not_take_a_name_of_the_language_or_of_components(name: str) -> None:
    (found,) = refusals(fleet(**with_sub("looker", method=name)))
    assert found[0] == "QPF640"
    assert f"a method cannot be called {name}" in found[2]


@pytest.mark.parametrize("implementation", ["plant.class:look", "plant.lamps:import"])
def test_implementation_may_not_be_spelt_with_a_keyword(implementation: str) -> None:
    (found,) = refusals(fleet(**with_sub("looker", implementation=implementation)))
    assert found[0] == "QPF640"


@pytest.mark.parametrize("name", ["tests", "agents", "sqlalchemy", "numpy", "yield"])
def test_agent_may_not_take_a_name_that_others_import(name: str) -> None:
    (found,) = refusals(fleet(name=name))
    assert (found[0], found[1]) == ("QPF640", f"agents/{name}.yaml")


def test_agent_may_not_hide_the_standard_library() -> None:
    (found,) = refusals(fleet(name="json"))
    assert found[0] == "QPF642"
    assert "hide a module of Python's standard library" in found[2]


def test_agent_may_not_hide_its_own_hand_written_module() -> None:
    found = refusals(fleet(name="watch"))
    assert {each[0] for each in found} == {"QPF642"}
    assert "watch.verdicts" in found[0][2]


def test_agent_may_not_hide_the_hand_written_module_of_another() -> None:
    (found,) = refusals(fleet(**with_sub("looker", implementation="bell.tower:ring")))
    assert found[0] == "QPF642"
    assert "which the package of agent bell hides" in found[2]


def test_sub_schemas_may_not_become_the_same_class() -> None:
    first, second = with_sub("hot_1", "look"), with_sub("hot1", "see")
    changes = {
        "subs": {**first["subs"], **second["subs"]},
        "methods": {**first["methods"], **second["methods"]},
        "communicationstack": first["communicationstack"],
    }
    (found,) = refusals(fleet(**changes))
    assert found[0] == "QPF641"
    assert "hot1 and hot_1 both become the class Hot1" in found[2]


@pytest.mark.parametrize("field", ["class", "kind", "json", "model_dump_all", "model_config"])
def test_field_may_not_take_an_attribute_of_packets(field: str) -> None:
    reading = {**PACKETS["reading"], "fields": {field: shape("string", "It.")}}
    (found,) = refusals(fleet(packets={**PACKETS, "reading": reading}))
    assert (found[0], found[1]) == ("QPF640", "glue.yaml")


def test_field_may_be_called_as_a_model_has_it() -> None:
    reading = {**PACKETS["reading"], "fields": {"model_version": shape("string", "It.")}}
    assert emit(fleet(packets={**PACKETS, "reading": reading}))


@pytest.mark.parametrize("kind", ["packet", "none", "field"])
def test_packet_kind_may_not_become_a_class_that_is_taken(kind: str) -> None:
    port = {"packet": kind, "description": "It.", "flow": ["sound"], "reply": None}
    (found,) = refusals(
        fleet(packets={**PACKETS, kind: PACKETS["ping"]}, communicationstack={"input": {"it": port}})
    )
    assert found[0] == "QPF640"
    assert "(in Python: " in found[2]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        (shape("integer", "", required=False, default="three"), "is not of type integer"),
        (shape("integer", "", required=False, default=True), "is not of type integer"),
        (shape("string", "", required=False, default=3), "is not of type string"),
        (shape("number", "", required=False, default=7, maximum=5), "is out of the field's bounds"),
        (shape("array", "", required=False, default="x", items="string"), "is not of type array"),
    ],
)
def test_default_must_be_a_value_of_the_field(field: dict[str, Any], problem: str) -> None:
    reading = {**PACKETS["reading"], "fields": {"count": field}}
    (found,) = refusals(fleet(packets={**PACKETS, "reading": reading}))
    assert (found[0], found[1]) == ("QPF643", "glue.yaml")
    assert problem in found[2]


def test_every_fault_is_found_at_once() -> None:
    reading = {**PACKETS["reading"], "fields": {"class": shape("string", "It.")}}
    found = refusals(fleet(packets={**PACKETS, "reading": reading}, **with_sub("config", method="import")))
    assert [each[0] for each in found] == ["QPF640"] * 3


@pytest.mark.parametrize("wrong", [{"methods": [{"look": 1}]}, {"methods": "look"}, [], "methods"])
def test_what_is_wrong_in_a_sub_schema_brings_no_names(wrong: Any) -> None:
    changes = with_sub("looker")
    changes["subs"]["looker"]["adds"] = wrong
    assert findings(fleet(**changes)) == []
