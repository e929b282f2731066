"""The way through versions, and what migrations amount to at the last of them."""

from itertools import permutations

import pytest

from qpf.evolution.history import history_of
from qpf.evolution.steps import read_steps
from qpf.model.fleet import Document
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    Migration,
    Split,
)
from tests.evolution.documents import past, step, text_tree


def steps(*ends: str) -> list[Migration]:
    return [step(source=source, target=target) for source, target in (each.split(">") for each in ends)]


def codes(version: str, *known: Migration) -> list[str]:
    return [found.code.name for found in history_of(version, known).report.diagnostics]


def titles(version: str, start: str, *ends: str) -> list[str] | None:
    way = history_of(version, steps(*ends)).value.chain.way(start)
    return None if way is None else [each.title for each in way]


def test_steps_are_taken_one_after_the_other_in_whatever_order_they_are_found():
    ends = ("5.9.0>6.0.0", "6.0.0>6.1.0", "6.1.0>6.10.0", "6.10.0>7.0.0")
    for shuffled in permutations(ends):
        way = titles("6.10.0", "5.9.0", *shuffled)
        assert way == ["5.9.0 → 6.0.0", "6.0.0 → 6.1.0", "6.1.0 → 6.10.0"]


def test_there_is_no_way_backwards_and_none_over_a_gap():
    assert titles("6.0.0", "7.0.0", "5.0.0>6.0.0", "6.0.0>7.0.0") is None
    assert titles("6.0.0", "4.0.0", "5.0.0>6.0.0") is None
    assert titles("6.0.0", "6.0.0", "5.0.0>6.0.0") == []


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        (["6.0.0>5.0.0"], ["backward-step"]),
        (["6.0.0>6.0.0"], ["backward-step"]),
        (["6.10.0>6.9.0"], ["backward-step"]),
        (["5.0.0>6.0.0", "5.0.0>6.0.0"], ["duplicate-step"]),
        (["4.0.0>5.0.0", "5.0.0>6.0.0", "4.0.0>6.0.0"], ["ambiguous-path"]),
        (["1.0.0>2.0.0", "1.0.0>3.0.0", "2.0.0>6.0.0", "3.0.0>6.0.0"], ["ambiguous-path"]),
        (["4.0.0>5.0.0", "4.0.0>5.5.0", "5.0.0>6.0.0"], []),
        (["5.0.0>6.0.0", "6.0.0>7.0.0", "6.0.0>8.0.0"], []),
    ],
    ids=str,
)
def test_whatever_leaves_a_choice_is_found(ends, found):
    for shuffled in permutations(steps(*ends)):
        assert codes("6.0.0", *shuffled) == found


@pytest.mark.parametrize(
    "operations",
    [
        [FieldRename("s.a", "s.a")],
        [FieldRename("s.a", "t.a")],
        [FieldMove("s.a", "s.a.b")],
        [FieldRename("s.a", "s.b"), FieldMove("s.a", "t.a")],
        [FieldRename("s.a", "s.c"), FieldRename("s.b", "s.c")],
        [FieldMove("s.a", "t.x"), FieldMove("s.a.b", "t.y")],
        [FieldMove("s.a", "t.x"), FieldMove("s.b", "t.x.y")],
        [FieldRename("s.*", "s.b"), FieldRename("s.a", "s.c")],
        [FieldMove("s.*.a", "t.*.a")],
        [FieldMove("s.*.a", "s.b")],
        [FieldRename("s.a", "s.b"), Split("s.a", ("s.c", "s.d"), ":")],
        [FieldRename("s.a", "s.c"), Join(("s.x", "s.y"), "s.c", ":")],
        [Join(("s.*.x", "s.*.y"), "s.*.c", ":")],
    ],
    ids=str,
)
def test_operations_that_exclude_each_other_are_found(operations):
    for shuffled in permutations(operations):
        assert set(codes("2.0.0", step(*shuffled))) == {"contradictory-operations"}


def test_what_a_join_takes_twice_is_named():
    twice = step(Join(("s.y", "s.x", "s.x"), "s.c", ":"))
    (found,) = history_of("2.0.0", [twice]).report.diagnostics
    assert found.code.id == "QPF806"
    assert found.message.endswith("contradicts itself: s.x is taken from its place twice")


def test_what_is_dropped_needs_consent():
    assert codes("2.0.0", step(FieldRemove("s.a"))) == ["lossy-operation"]
    assert codes("2.0.0", step(FieldRemove("s.a", lossy=True))) == []


def test_swaps_and_shifts_are_no_contradiction():
    assert codes("2.0.0", step(FieldRename("s.a", "s.b"), FieldRename("s.b", "s.a"))) == []
    assert codes("2.0.0", step(FieldRename("s.a", "s.b"), FieldMove("s.b", "t.b"))) == []


def test_what_is_new_or_deprecated_is_followed_through_later_steps():
    first = step(FieldAdd("s.a", 1, has_default=True), FieldDeprecated("s.old.x", "9.0.0"))
    second = step(FieldRename("s.a", "s.b"), FieldMove("s.old", "t.old"), source="2.0.0", target="3.0.0")
    history = past("3.0.0", second, first)
    assert [(each.path, each.value) for each in history.defaults] == [("s.b", 1)]
    assert [each.path for each in history.deprecations] == ["t.old.x"]
    assert [each.path for each in past("2.0.0", first).defaults] == ["s.a"]


def test_what_is_gone_since_is_neither_new_nor_deprecated():
    first = step(FieldAdd("s.a", 1, has_default=True), FieldDeprecated("s.b"))
    gone = [FieldRemove("s.a", lossy=True), FieldRemove("s.b", lossy=True)]
    history = past("3.0.0", first, step(*gone, source="2.0.0", target="3.0.0"))
    assert (history.defaults, history.deprecations) == ((), ())


def deprecated(*operations, later=()):
    history = past("3.0.0", step(*operations), step(*later, source="2.0.0", target="3.0.0"))
    return {each.path: (each.use, each.stuck) for each in history.deprecations}


def test_what_takes_a_fields_place_is_followed_through_later_steps():
    first = FieldDeprecated("s.a", use="s.b")
    assert deprecated(first, later=[FieldMove("s.b", "t.c")]) == {"s.a": ("t.c", "")}
    gone = [FieldRemove("s.b", lossy=True)]
    assert deprecated(first, later=gone) == {"s.a": ("", "nothing takes its place")}


def test_a_step_that_contradicts_itself_takes_nothing_anywhere():
    first = FieldDeprecated("s.a", use="s.b")
    history = history_of(
        "3.0.0", [step(first), step(FieldMove("s.a", "t.*.a"), source="2.0.0", target="3.0.0")]
    )
    assert history.report.failed
    assert history.value.deprecations == ()


def test_a_field_that_became_what_takes_its_place_is_not_deprecated():
    assert deprecated(FieldDeprecated("s.a", use="t.b"), later=[FieldMove("s.a", "t.b")]) == {}


def test_a_replacement_that_is_deprecated_itself_leads_on_to_what_stays():
    first, second = FieldDeprecated("s.a", use="s.b.c"), FieldDeprecated("s.b", use="t.b")
    assert deprecated(first, second) == {"s.a": ("t.b.c", ""), "s.b": ("t.b", "")}
    starred = FieldDeprecated("s.*.a", use="s.*.b"), FieldDeprecated("s.*.b", use="s.*.c")
    assert deprecated(*starred)["s.*.a"] == ("s.*.c", "")


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ([FieldDeprecated("s.a")], "nothing takes its place"),
        ([FieldDeprecated("s.a", use="role")], "`role` is no field of a section"),
        ([FieldDeprecated("s.a", use="Say it in t.b")], "`Say it in t.b` is no field of a section"),
        ([FieldDeprecated("s.a", use="s.a")], "s.a becomes itself"),
        ([FieldDeprecated("s.a", use="s.a.b")], "s.a would go inside itself"),
        ([FieldDeprecated("s.a.b", use="s.a")], "s.a.b is inside of s.a"),
        ([FieldDeprecated("s.*.a", use="t.a")], "s.*.a and t.a are not in the same items"),
        ([FieldDeprecated("s.a", use="s.b"), FieldDeprecated("s.b")], "s.b will be removed too"),
        ([FieldDeprecated("s.a", use="s.b"), FieldDeprecated("s.b", use="s.*.c")], "s.b will be removed too"),
        (
            [FieldDeprecated("s.a", use="s.b"), FieldDeprecated("s.b", use="s.a")],
            "s.b is replaced by s.a in turn",
        ),
        (
            [FieldDeprecated("s.a", use="s.b.c"), FieldDeprecated("s.b", use="s.a.d")],
            "s.b.c is replaced by s.a in turn",
        ),
    ],
    ids=str,
)
def test_what_no_program_may_move_says_why(operations, why):
    assert deprecated(*operations)[operations[0].path][1] == why


def test_a_default_is_followed_under_every_key_and_odd_names():
    first = step(FieldAdd("s.*.a", 1, has_default=True), FieldAdd('s["x.y"].a', 2, has_default=True))
    second = step(FieldRename("s.*.a", "s.*.b"), source="2.0.0", target="3.0.0")
    assert sorted(each.path for each in past("3.0.0", first, second).defaults) == ["s.*.b", 's["x.y"].b']


def test_the_latest_default_counts():
    first = step(FieldAdd("s.a", 1, has_default=True))
    second = step(FieldAdd("s.a", 2, has_default=True), source="2.0.0", target="3.0.0")
    assert [each.value for each in past("3.0.0", first, second).defaults] == [2]


def documents(kind: str, text: str) -> list[Document]:
    return [Document(kind, "x", "x.yaml", text_tree(text))]


BLOCK = """\
schema_evolution:
  version: 6.0.0
  migrations:
    5.8.0 -> 5.9.0: [{field_add: s.a}]
    5.9.0 -> 6.0.0: [{field_rename: s.a -> s.b}]
  breaking_changes:
    5.x -> 6.0: [Everything is different.]
  deprecation_warnings: [Mind the gap.]
  require_manual_review: true
"""


def test_a_schema_may_tell_its_own_history():
    outcome = read_steps([], documents("sub", BLOCK))
    assert not outcome.report.diagnostics
    assert [(each.title, each.breaking, each.reviewed) for each in outcome.value] == [
        ("5.8.0 → 5.9.0", (), True),
        ("5.9.0 → 6.0.0", ("Everything is different.",), True),
    ]
    assert [each.operations for each in outcome.value] == [
        (FieldAdd("s.a"),),
        (FieldRename("s.a", "s.b"),),
    ]


def test_a_file_of_its_own_is_one_step_and_the_fleet_has_the_last_word():
    text = "from: 5.9.0\nto: 6.0.0\noperations: [{field_add: s.a}]\nbreaking_changes: [Mind.]\n"
    fleet = documents("fleet", "schema_evolution: {auto_migrate: false}\n")
    (plain,) = read_steps(documents("migration", text), []).value
    (ruled,) = read_steps(documents("migration", text), fleet).value
    assert (plain.title, plain.breaking, plain.automatic) == ("5.9.0 → 6.0.0", ("Mind.",), True)
    assert not ruled.automatic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from: 5.9\nto: 6.0.0\n", "`from`"),
        ("from: 5.9.0\n", "`to`"),
        ("from: 5.9.0\nto: 6.0.0\nops: []\n", "ops"),
        ("from: 5.9.0\nto: 6.0.0\noperations: [{field_ad: s.a}]\n", "there is no operation field_ad"),
    ],
)
def test_a_step_that_cannot_be_read_is_found(text, message):
    outcome = read_steps(documents("migration", text), [])
    assert message in outcome.report.diagnostics[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema_evolution: {migrations: {5.9 -> 6.0: []}}\n", "`5.9 -> 6.0` is no step"),
        ("schema_evolution: {breaking_changes: {sometimes: []}}\n", "`sometimes` is no range of steps"),
        ("schema_evolution: []\n", "schema_evolution is no mapping"),
        ("schema_evolution: {steps: {}}\n", "steps"),
    ],
)
def test_a_block_that_cannot_be_read_is_found(text, message):
    outcome = read_steps([], documents("base", text))
    assert message in outcome.report.diagnostics[0].message
