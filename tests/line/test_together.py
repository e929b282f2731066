"""Rules over several agents look at what is sound of broken ones: little is hidden, nothing is made up."""

from collections.abc import Iterable
from functools import cache

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from qpf.model.fleet import Composed
from qpf.model.path import Path as Place
from qpf.pipeline import merged
from qpf.stages.together import only, validate_environment
from qpf.stages.validate import validate_agents
from tests.line.test_sound_part import broken, places, surrounding, workspace

FLEET = "broken"
Fault = tuple[str, Place, str]
Found = frozenset[tuple[str, str]]
CHECKS = [each for each in workspace(FLEET).checks if each.scope == "environment"]


@cache
def composed() -> tuple[Composed, ...]:
    where = workspace(FLEET)
    return merged(where, surrounding(FLEET).name, sorted(where.assemblies.agents)).value


def found(faults: Iterable[Fault] = ()) -> tuple[frozenset[str], Found]:
    """Who has errors, and what is found between agents and where, with some faults put in."""
    where, around = workspace(FLEET), surrounding(FLEET)
    agents = {each.agent: each for each in composed()}
    for name, path, how in faults:
        agents[name] = broken(agents[name], path, how)
    known = validate_agents(agents.values(), where.assemblies, where.schema, (), around).value
    environment = replace(around, agents=only(known, sound=True))
    report = validate_environment(environment, where.schema, CHECKS, only(known, sound=False))
    ill = frozenset(only(known, sound=False))
    return ill, frozenset((each.code.id, str(each.span)) for each in report.diagnostics)


def test_a_fault_of_its_own_in_every_agent_hides_nothing_between_them() -> None:
    ill, before = found()
    everybody = [(each.agent, ("metadata", "description"), "value") for each in composed()]
    all_ill, after = found(everybody)
    assert len(all_ill) == len(everybody) > len(ill)
    assert after >= before
    assert len({code for code, _ in before}) >= 12


def test_a_rule_ends_at_the_agent_in_doubt_only() -> None:
    _, before = found()
    collisions = {each for each in before if each[0] == "QPF602"}
    _, after = found([("circle_a", ("memorytopology", "workingmemory", "keyspace"), "value")])
    assert collisions
    assert {each for each in after if each[0] == "QPF602"} == collisions


@given(st.data())
def test_nothing_is_found_that_would_not_be_found_of_the_mended_fleet(data: st.DataObject) -> None:
    ill, mended = found()
    sound = [each for each in composed() if each.agent not in ill]
    faults: list[Fault] = []
    for each in data.draw(st.lists(st.sampled_from(sound), min_size=1, max_size=4, unique_by=id)):
        spots = sorted(places(each.body), key=str)
        path = spots[data.draw(st.integers(0, len(spots) - 1))]
        fault = (each.agent, path, data.draw(st.sampled_from(["value", "name", "gone"])))
        # Each must be a fault by itself: a value that may be absent is none if it is.
        assume(found([fault])[0] > ill)
        faults.append(fault)
    assert found(faults)[1] <= mended
