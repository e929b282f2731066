"""Rules look at what is sound of a broken agent: they hide little, and make nothing up.

The agents are those of our fleets that break some rule; one fleet is held to our policies in CUE, too.
What is wrong is put into their composed trees.
"""

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from qpf.host.workspace import Workspace
from qpf.io.worktree import WorkTree
from qpf.model.doubt import Doubtful, InDoubtError, put_in_doubt
from qpf.model.fleet import Composed, Environment
from qpf.model.node import Data, Entry, Mapping, Node, Scalar, Sequence
from qpf.model.path import Path as Place
from qpf.model.span import Span
from qpf.pipeline import load, merged
from qpf.stages.validate import surroundings, validate_agents

ROOT = Path(__file__).parent.parent.parent
FLEETS = ROOT / "tests" / "fleets"
NOWHERE = Span("elsewhere.yaml", 1, 1, 1, 1)
Found = frozenset[tuple[str, str]]
# Of two bounds on one value that exclude each other the engine names one: now this, now that.
UNUSED = shutil.ignore_patterns("tests", "latency.cue")


@cache
def workspace(fleet: str) -> Workspace:
    if fleet != "governed":
        found = load(WorkTree(FLEETS / fleet)).value
    else:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(FLEETS / "broken", folder, dirs_exist_ok=True)
            policies = Path(folder) / "base" / "constraints"
            shutil.copytree(ROOT / "base" / "constraints", policies, ignore=UNUSED)
            found = load(WorkTree(Path(folder))).value
    assert found is not None
    return found


@cache
def surrounding(fleet: str) -> Environment:
    where = workspace(fleet)
    assert where.configuration is not None
    name = next(iter(where.configuration.environments))
    return surroundings(where.configuration, name, where.documents.known("agent"))


def looked_at(fleet: str, agent: Composed) -> tuple[bool, Found]:
    """Whether an agent is sound, and what rules find in it."""
    where = workspace(fleet)
    outcome = validate_agents([agent], where.assemblies, where.schema, where.checks, surrounding(fleet))
    found = frozenset((each.code.id, each.message) for each in outcome.report.diagnostics)
    return outcome.value[agent.agent].sound, frozenset(
        each for each in found if each[0][:4] not in {"QPF2", "QPF3"}
    )


@cache
def guilty() -> list[tuple[str, Composed, Found]]:
    """Sound agents that break some rule."""
    known = []
    for fleet in ("broken", "mesh", "tiny", "governed"):
        where = workspace(fleet)
        for agent in merged(where, surrounding(fleet).name, sorted(where.assemblies.agents)).value:
            sound, found = looked_at(fleet, agent)
            if sound and found:
                known.append((fleet, agent, found))
    return known


def places(node: Node, above: Place = ()) -> Iterator[Place]:
    """Every place below a tree's root."""
    inner = (
        [(key, entry.node) for key, entry in node.entries.items()]
        if isinstance(node, Mapping)
        else list(enumerate(node.items))
        if isinstance(node, Sequence)
        else []
    )
    for part, below in inner:
        yield (*above, part)
        yield from places(below, (*above, part))


def spoilt(node: Node, path: Place, how: str) -> Node:
    """A tree whose value at a path is of no type, is called otherwise, or is gone."""
    part, *rest = path
    if isinstance(node, Sequence):
        assert isinstance(part, int)
        items = list(node.items)
        items[part] = spoilt(items[part], tuple(rest), how) if rest else _odd(items[part])
        return node._replace(items=tuple(items))
    assert isinstance(node, Mapping)
    entries = dict(node.entries)
    entry = entries[str(part)]
    if rest:
        entries[str(part)] = entry._replace(node=spoilt(entry.node, tuple(rest), how))
    elif how == "value":
        entries[str(part)] = entry._replace(node=_odd(entry.node))
    else:
        del entries[str(part)]
        if how == "name":
            entries[f"{part}_x"] = entry
    return node._replace(entries=entries)


def _odd(node: Node) -> Node:
    """What can be no such value."""
    number = Scalar(-1.5, NOWHERE)
    return Mapping({"odd": Entry(NOWHERE, number)}, NOWHERE) if isinstance(node, Scalar) else number


def broken(agent: Composed, path: Place, how: str) -> Composed:
    body = spoilt(agent.body, path, how)
    assert isinstance(body, Mapping)
    return replace(agent, body=body)


@given(st.data())
def test_nothing_is_found_that_would_not_be_found_of_the_mended_agent(data: st.DataObject) -> None:
    fleet, agent, found = guilty()[data.draw(st.integers(0, len(guilty()) - 1))]
    spots, sound = sorted(places(agent.body), key=str), agent
    chosen = st.lists(st.integers(0, len(spots) - 1), min_size=1, max_size=3, unique=True)
    for number, spot in enumerate(data.draw(chosen)):
        path = spots[spot]
        how = data.draw(st.sampled_from(["value", "name", "gone"]))
        # Each must be a fault by itself: a value that may be absent is none if it is.
        assume(not looked_at(fleet, broken(sound, path, how))[0])
        assume(not number or path in set(places(agent.body)))
        agent = broken(agent, path, how)
    assert looked_at(fleet, agent)[1] <= found


def test_a_fault_in_another_section_hides_nothing() -> None:
    assert len(guilty()) >= 10
    for fleet, agent, found in guilty():
        sound, still = looked_at(fleet, broken(agent, ("metadata", "description"), "value"))
        assert not sound
        assert still == found, agent.agent


def test_a_fault_in_the_same_section_hides_nothing_that_does_not_depend_on_it() -> None:
    seen = [
        (fleet, agent, found)
        for fleet, agent, found in guilty()
        if any(code == "QPF511" for code, _ in found)
    ]
    for fleet, agent, found in seen:
        _, still = looked_at(fleet, broken(agent, ("governance", "mode"), "value"))
        assert {each for each in found if each[0] == "QPF511"} <= still
    assert seen


def test_what_may_be_called_otherwise_is_in_doubt() -> None:
    values = Doubtful(
        {"a": {"b": 1, "c": 2}, "d": 3, "f": 4}, {"a": {"b": None}, "e": None, "f": {"g": None}}
    )
    assert (values["d"], values["a"]["c"], list(values)) == (3, 2, ["a", "d", "f", "e"])
    for look in (
        lambda: values["e"],
        lambda: values["a"]["b"],
        lambda: values["f"],
        lambda: values.get("e"),
        lambda: "e" in values,
        lambda: dict(values["a"]),
    ):
        with pytest.raises(InDoubtError):
            look()
    assert values.get("h") is None


def test_what_is_in_doubt_stays_in_doubt() -> None:
    doubts: dict[str, Data] = {}
    put_in_doubt(doubts, ("a",))
    put_in_doubt(doubts, ("a", "b"))
    assert doubts == {"a": None}
