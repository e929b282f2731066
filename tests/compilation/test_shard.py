"""Shards fill the caches, each with its own part, and whoever compiles then finds all of it."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.compilation.fleet import Compilation, Options
from qpf.compilation.shard import Shard
from qpf.model.event import Event, ExtractionFinished, Planned
from tests.compilation.compiling import files_in, front_of
from tests.compilation.conftest import FLEETS
from tests.engine.shelves import Shelf


def fill_shard(front, root, shard, shelf, seen=None):
    """Fill a shared cache as a machine does that has nothing but this cache."""
    options = Options(remember=False, shared=[("shelf", shelf)])
    compilation = Compilation(front, root, options, [].append if seen is None else seen.append)
    with compilation.tiers() as tiers:
        return compilation.fill(sorted(front.configuration.overrides), tiers, shard)


def test_the_last_job_makes_nothing(fleet, tmp_path):
    front, files = fleet
    shelf = Shelf()
    filled = [fill_shard(front, tmp_path, Shard(number, 3), shelf) for number in (1, 2, 3)]
    assert not any(outcome.report.diagnostics for outcome in filled)
    assert files_in(tmp_path) == {}
    seen: list[Event] = []
    last = Compilation(front, tmp_path, Options(remember=False, shared=[("shelf", shelf)]), seen.append)
    with last.tiers() as tiers:
        built = last.build(sorted(front.configuration.overrides), tiers).value
        last.publish(built, tiers, tmp_path / "out")
    assert {each.origin for each in seen if isinstance(each, ExtractionFinished)} == {"remote"}
    assert files_in(tmp_path / "out") == files


def test_a_shard_makes_its_own_part_and_only_once(fleet, tmp_path):
    front, _ = fleet
    shard, shelf = Shard(2, 3), Shelf()
    seen: list[Event] = []
    (first,) = fill_shard(front, tmp_path, shard, shelf, seen).value
    (again,) = fill_shard(front, tmp_path, shard, shelf).value
    assert first.agents == first.made == again.agents == tuple(sorted(front.agents)[1::3])
    assert again.made == ()
    (planned,) = (each for each in seen if isinstance(each, Planned))
    assert set(planned.agents) == set(first.agents)
    assert {each.agent for each in seen if isinstance(each, ExtractionFinished)} == set(first.agents)


def test_nothing_is_made_while_any_agent_is_wrong(tmp_path):
    front = front_of(shutil.copytree(FLEETS / "broken", tmp_path / "broken"))
    shelf = Shelf()
    outcome = fill_shard(front, tmp_path / "work", Shard(1, 2), shelf)
    assert outcome.report.failed
    assert outcome.value == ()
    assert not any(b'"files"' in entry for entry in shelf.entries.values())


@given(st.sets(st.text(min_size=1)), st.integers(1, 12))
def test_shards_part_a_fleet(agents, count):
    parts = [Shard(number, count).of_agents(agents) for number in range(1, count + 1)]
    assert sorted(agent for part in parts for agent in part) == sorted(agents)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_is_read_as_people_write_it():
    assert Shard.of("2/4") == Shard(2, 4)


@pytest.mark.parametrize(
    "text", ["", "2", "0/4", "5/4", "1/0", "-1/4", "1/4/", "a/b", " 1/4", "1/4\n", "٣/٤"]
)
def test_anything_else_is_no_shard(text):
    with pytest.raises(ValueError, match="from 1/4 to 4/4"):
        Shard.of(text)
