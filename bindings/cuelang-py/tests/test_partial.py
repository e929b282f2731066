"""Of a document of which something is unknown, found is what is wrong whatever that may be."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import Constraints, Partial

RULES = {
    "conditions.cue": 'a: mode: string\nb: n: int\nif a.mode == "on" {b: n: >5}',
    "both.cue": 'a: mode: string\nb: n: int\nif a.mode == "on" {b: n: >5}\nif b.n > 5 {b: most: >5}',
    "demands.cue": 'a: {mode: string, name!: string, if mode == "on" {key!: string}}',
    "bounds.cue": "b: {n: >2, most: int, n: <=most}",
    "forms.cue": 'a: {mode: "on", n: >3} | {mode: "off", n: <8, key: string}',
    "defaults.cue": 'a: mode: *"on" | "off"\nb: n: int\nif a.mode == "on" {b: n: >4}',
    "absence.cue": "a: {mode?: string, n: int, if mode == _|_ {n: >4}, if mode != _|_ {n: <6}}",
    "loops.cue": 'import "list"\na: [string]: _\nb: n: int\nfor key, _ in a if key == "key" {b: n: >5}\n'
    "_n: [for key, _ in a {key}]\nb: n: >=len(_n) & >=list.Max([0, len(_n)])",
    "copies.cue": "a: name: string\nb: name: a.name",
    "closed.cue": "#A: {mode?: string, n?: int, name?: string}\na: #A",
    "texts.cue": 'import "strings"\na: name: string\nb: n: int\nif strings.HasPrefix(a.name, "o") {b: n: >5}',
}
VALUES = {
    ("a", "mode"): ["on", "off"],
    ("a", "n"): [1, 5, 9],
    ("a", "name"): ["on", "x"],
    ("a", "key"): ["k"],
    ("b", "n"): [1, 3, 6],
    ("b", "most"): [2, 9],
    ("b", "name"): ["on", "y"],
}
Flat = dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def constraints() -> Iterator[Constraints]:
    with Constraints(RULES) as known:
        assert known.findings == ()
        yield known


def nested(flat: Flat) -> dict[str, Any]:
    document: dict[str, Any] = {"a": {}, "b": {}}
    for (above, key), value in flat.items():
        document[above][key] = value
    return document


def found(constraints: Constraints, document: Mapping[str, Any] | Partial) -> set[tuple[object, ...]]:
    return {
        (each.path, each.constraints[0].file) for each in next(constraints.verdicts({"d": document})).findings
    }


def documents() -> st.SearchStrategy[Flat]:
    return st.fixed_dictionaries({}, optional={path: st.sampled_from(some) for path, some in VALUES.items()})


@given(st.data())
def test_nothing_is_found_that_is_not_wrong_of_every_document_it_may_be(
    constraints: Constraints, data: st.DataObject
) -> None:
    whole = data.draw(documents())
    unknown = data.draw(st.sets(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    known = nested({path: value for path, value in whole.items() if path not in unknown})
    assert found(constraints, Partial(known, tuple(sorted(unknown)))) <= found(constraints, nested(whole))


@given(documents())
def test_what_is_unknown_elsewhere_changes_nothing(constraints: Constraints, whole: Flat) -> None:
    document = nested(whole)
    assert found(constraints, Partial(document, (("c",), ("d", "e")))) == found(constraints, document)


@pytest.mark.parametrize(
    ("rule", "known", "unknown", "expected"),
    [
        ("b: {n: >5, m: int}", {"b": {"n": 1}}, ("b", "m"), [("b", "n")]),
        ("b: {n!: int, m: int}", {"b": {}}, ("b", "m"), [("b", "n")]),
        ("b: {n: int, m: int}", {"b": {}}, ("b", "m"), [("b", "n")]),
        ("b: {n: >5, m: int}", {"b": {"m": 1}}, ("b", "n"), []),
        ("b: {n: >5, m: int}", {}, ("b",), []),
        ('b: {n: >5, m: string, if m == "x" {n: <3}}', {"b": {"n": 1}}, ("b", "m"), [("b", "n")]),
        ('b: {n: int, m: string, if m == "x" {n: >5}}', {"b": {}}, ("b", "m"), [("b", "n")]),
        ('b: m: string\nb: n: int\nif b.m == "x" {c: >5}\nif b.n < 3 {d: >5}', {"b": {"n": 1}, "d": 1},
         ("b", "m"), [("d",)]),
        ("b: {n: int, l: [...int], if n < 3 {l: [_, ...]}}", {"b": {"l": []}}, ("b", "n"), []),
    ],
)  # fmt: skip
def test_what_is_known_is_held_to_what_speaks_of_it(
    rule: str, known: dict[str, Any], unknown: tuple[str, ...], expected: list[tuple[str, ...]]
) -> None:
    with Constraints({"rule.cue": rule}) as constraints:
        verdict = next(constraints.verdicts({"d": Partial(known, (unknown,))}))
    assert [each.path for each in verdict.findings] == expected


def test_a_document_of_which_nothing_is_known_cannot_be_vetted() -> None:
    with Constraints({"rule.cue": "n: 1"}) as constraints, pytest.raises(ValueError, match="an empty path"):
        list(constraints.vet({"d": Partial({}, ((),))}))
