"""Laws of migrations, over documents and steps drawn by chance."""

from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st

from qpf.evolution.rewrite import rewrite
from qpf.model.migration import FieldMove
from qpf.model.node import to_data
from tests.evolution.documents import BODIES, leaves, makes_sense, moved, moves, step, tree


@given(BODIES, st.lists(moves(), max_size=3))
def test_moving_loses_no_value_and_makes_none(body, operations):
    migration = step(*operations)
    assume(makes_sense(migration))
    outcome = rewrite(tree(body), migration)
    assert sorted(map(repr, leaves(to_data(outcome.body)))) == sorted(map(repr, leaves(body)))


@given(BODIES, st.lists(moves(), min_size=2, max_size=3))
def test_the_order_of_operations_has_no_meaning(body, operations):
    assume(makes_sense(step(*operations)))
    made = [rewrite(tree(body), step(*each)) for each in permutations(operations)]
    assert all(bool(each.found) == bool(made[0].found) for each in made)
    assert all(to_data(each.body) == to_data(made[0].body) for each in made)


@given(moved())
def test_what_has_moved_moves_back(drawn):
    body, operation = drawn
    assume(makes_sense(step(operation)))
    outcome = rewrite(tree(body), step(operation))
    assume(not outcome.found)
    back = rewrite(outcome.body, step(FieldMove(operation.new, operation.old)))
    assert not back.found
    assert to_data(back.body) == body


@given(BODIES, st.lists(moves(), max_size=3))
def test_a_step_that_is_refused_changes_nothing(body, operations):
    migration = step(*operations)
    assume(makes_sense(migration))
    before = tree(body)
    outcome = rewrite(before, migration)
    assert not outcome.found or (outcome.body is before and not outcome.changes)


@given(BODIES, st.lists(moves(), max_size=3))
def test_what_no_operation_names_is_the_same_node(body, operations):
    migration = step(*operations)
    assume(makes_sense(migration))
    before = tree(body)
    outcome = rewrite(before, migration)
    named = {part for each in operations for part in (each.old.split(".")[0], each.new.split(".")[0])}
    for key in set(body) - named:
        assert outcome.body.entries[key] is before.entries[key]
