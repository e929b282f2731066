"""What a difference does to what governs agents: by rank, whatever documents may say."""

from typing import Any

import pytest

from qpf.evolution.diff.facts.compare import compare
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.policy import effect_of
from qpf.evolution.diff.judging.tightness import Governed
from qpf.evolution.diff.judging.tightness import moved as effect_of_values
from qpf.evolution.diff.judging.widening import governs, widened
from qpf.evolution.diff.shapes.shape import Shape
from qpf.evolution.diff.shapes.written import shape_of
from qpf.gitops.governed import governing
from qpf.gitops.schemas import strategy_at
from qpf.model.merge import Fixed, Tighten
from qpf.model.path import parse_path
from qpf.stages.schema import Schema
from qpf.syntax.known_keys import field_at
from qpf_plugins.agent_schema.sections import SECTIONS
from tests.evolution.documents import tree

LOOK = governing(SECTIONS)
MERGING = strategy_at(Schema.of(SECTIONS).rules)
MODE = Tighten(order=("autonomous", "hybrid", "supervised"))
FLAG = Tighten(order=(False, True))
UP, DOWN = Tighten(tighter="up"), Tighten(tighter="down")
MIRROR = {"loosens": "tightens", "tightens": "loosens", "undecided": "undecided", "neutral": "neutral"}


@pytest.mark.parametrize(
    ("strategy", "before", "after", "effect"),
    [
        (MODE, "hybrid", "autonomous", "loosens"),
        (MODE, "autonomous", "supervised", "tightens"),
        (MODE, "hybrid", "manual", "undecided"),
        (FLAG, True, False, "loosens"),
        (FLAG, 1, False, "undecided"),
        (UP, 0.7, 0.5, "loosens"),
        (UP, 1, 1.5, "tightens"),
        (UP, 0.7, True, "undecided"),
        (DOWN, 30, 60, "loosens"),
        (DOWN, 60, 30, "tightens"),
        (UP, ["a", "b"], ["b"], "loosens"),
        (UP, ["a"], ["b", "a"], "tightens"),
        (UP, ["a"], ["a"], "neutral"),
        (UP, ["b", "a"], ["a", "b"], "neutral"),
        (DOWN, ["a"], ["a", "b"], "loosens"),
        (DOWN, [], ["a"], "loosens"),
        (Fixed(), "a", "b", "undecided"),
        (Fixed(), "a", "a", "neutral"),
    ],
)
def test_values_are_ranked_and_ranks_mirror(
    strategy: Tighten | Fixed, before: Any, after: Any, effect: str
) -> None:
    assert effect_of_values(before, after, strategy) == effect
    assert effect_of_values(after, before, strategy) == MIRROR[effect]


@pytest.mark.parametrize("strategy", [UP, DOWN])
def test_a_list_that_lost_and_gained_is_as_loose_as_its_loosest_part(strategy: Tighten) -> None:
    assert effect_of_values(["a", "b"], ["b", "c"], strategy) == "loosens"


@pytest.mark.parametrize(
    ("strategy", "kind", "word", "direction", "effect"),
    [
        (UP, "constraint", "minimum", "loosened", "loosens"),
        (UP, "constraint", "minimum", "removed", "loosens"),
        (UP, "constraint", "exclusiveMinimum", "tightened", "tightens"),
        (UP, "constraint", "maximum", "loosened", "neutral"),
        (DOWN, "constraint", "maximum", "loosened", "loosens"),
        (DOWN, "constraint", "maximum", "added", "tightens"),
        (DOWN, "constraint", "minimum", "removed", "neutral"),
        (UP, "constraint", "pattern", "changed", "undecided"),
        (UP, "required", "x", "loosened", "loosens"),
        (UP, "null", "", "loosened", "loosens"),
        (Fixed(), "constraint", "pattern", "removed", "undecided"),
        (Fixed(), "required", "x", "loosened", "undecided"),
        (UP, "type", "", "changed", "undecided"),
    ],
)
def test_only_the_end_matters_at_which_values_are_loose(
    strategy: Tighten | Fixed, kind: Any, word: str, direction: Any, effect: str
) -> None:
    assert widened(Fact(kind=kind, word=word, direction=direction), strategy) == effect


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (["hybrid", "supervised"], ["autonomous", "hybrid", "supervised"], "loosens"),
        (["autonomous", "hybrid"], ["hybrid"], "tightens"),
        (["hybrid"], ["hybrid", "supervised"], "neutral"),
        (["hybrid"], None, "loosens"),
        (["hybrid"], ["hybrid", "manual"], "undecided"),
    ],
)
def test_of_listed_values_the_loosest_one_counts(before: Any, after: Any, effect: str) -> None:
    assert widened(Fact(kind="enum", word="enum", before=before, after=after), MODE) == effect


@pytest.mark.parametrize(
    ("merging", "is_so"),
    [
        ("tighten up", True),
        ("fixed", True),
        ("set", False),
        ("keyed name", False),
        (None, False),
        ("", False),
    ],
)
def test_a_strategy_governs_if_later_layers_may_not_loosen(merging: str | None, *, is_so: bool) -> None:
    assert governs(merging) is is_so


def seen(old: Any, new: Any, subject: str = "base/service") -> set[tuple[str, str]]:
    """Effects and their codes of all that differs between two documents."""
    found = (effect_of(fact, LOOK, subject) for fact in compare(written(old), written(new)))
    return {(effect, code) for effect, code in found if effect != "neutral"}


def written(data: Any) -> Shape:
    return shape_of(tree(data), frozenset(data), MERGING)


def trigger(name: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "metric": "confidence", "action": "escalate", **values}


def governance(**values: Any) -> dict[str, Any]:
    return {"governance": {"mode": "hybrid", **values}}


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        (governance(humanoverride=True), governance(humanoverride=False), ("loosens", "P001")),
        (governance(mode="hybrid"), governance(mode="supervised"), ("tightens", "P002")),
        (
            governance(escalationtriggers=[trigger("unsure", below=0.7)]),
            governance(escalationtriggers=[trigger("unsure", below=0.5)]),
            ("loosens", "P001"),
        ),
        (
            governance(escalationtriggers=[trigger("unsure", below=0.7), trigger("costly", above=9)]),
            governance(escalationtriggers=[trigger("unsure", below=0.7)]),
            ("loosens", "P004"),
        ),
        (
            governance(escalationtriggers=[trigger("unsure", below=0.7)]),
            governance(escalationtriggers=[trigger("unsure", below=0.7, metric="luck")]),
            ("undecided", "P003"),
        ),
        (
            governance(escalationtriggers=[trigger("unsure", below=0.7)]),
            {"governance": {"mode": "hybrid"}},
            ("loosens", "P004"),
        ),
        ({"governance": {"mode": "hybrid"}, "system": {}}, {"system": {}}, ("loosens", "P004")),
        (governance(thresholds={}), governance(thresholds={"confidence": 0.7}), ("tightens", "P005")),
        (
            governance(anchors=["board", "council"]),
            governance(anchors=["council"]),
            ("loosens", "P001"),
        ),
        (governance(anchors=["board"]), governance(), ("loosens", "P001")),
        (
            governance(escalationpolicy={"timeout_minutes": 5}),
            governance(escalationpolicy=None),
            ("loosens", "P004"),
        ),
        ({"deployment": {}}, {"deployment": {"auth_required": False}}, ("loosens", "P001")),
        ({"deployment": {"auth_required": False}}, {"deployment": {}}, ("tightens", "P002")),
        ({"deployment": {"apimode": "private"}}, {"deployment": {"apimode": "public"}}, ("loosens", "P001")),
        ({"deployment": {"replicas": 1}}, {"deployment": {"replicas": 3}}, ("undecided", "P003")),
        (
            {"integration": {"services": ["redis"]}},
            {"integration": {"services": ["redis", "s3"]}},
            ("loosens", "P012"),
        ),
        ({"integration": {"services": ["redis"]}}, {"integration": {}}, ("tightens", "P013")),
        (
            {"reasoningengine": {}},
            {"reasoningengine": {"tools": {"web": {"description": "x"}}}},
            ("loosens", "P012"),
        ),
        (
            {"reasoningengine": {"tools": {"web": {}, "mail": {}}}},
            {"reasoningengine": {"tools": {"web": {}}}},
            ("tightens", "P013"),
        ),
        (
            {"reasoningengine": {"primary_model": "a:b"}},
            {"reasoningengine": {"primary_model": "a:c"}},
            ("undecided", "P003"),
        ),
        (
            {"reasoningengine": {"max_tokens": 100}},
            {"reasoningengine": {"max_tokens": 200}},
            ("loosens", "P001"),
        ),
    ],
)
def test_what_documents_say_is_judged_field_by_field(old: Any, new: Any, effect: tuple[str, str]) -> None:
    assert seen(old, new) == {effect}


def test_what_says_the_default_may_go() -> None:
    assert seen({"governance": {"audittrail": True}}, {"governance": {}}) == set()


@pytest.mark.parametrize(
    ("subject", "effect"),
    [
        ("base/service", {("loosens", "P001")}),
        ("sub/memory", {("loosens", "P001")}),
        ("", {("loosens", "P001")}),
        ("agents/keeper", {("undecided", "P003")}),
        ("environments/prod/all", {("tightens", "P005")}),
    ],
)
def test_what_is_looser_than_the_default_depends_on_who_may_say_it(
    subject: str, effect: set[tuple[str, str]]
) -> None:
    policy = {"channel": "x"}
    old, new = (governance(escalationpolicy={**policy, **more}) for more in ({}, {"timeout_minutes": 60}))
    assert seen(old, new, subject) == effect


def test_what_has_no_default_without_the_field_it_is_in_is_an_obligation() -> None:
    new = governance(escalationpolicy={"timeout_minutes": 60})
    assert seen(governance(), new) == {("tightens", "P005")}
    assert seen(new, governance()) == {("loosens", "P004")}


@pytest.mark.parametrize(
    ("path", "strategy", "default", "merged"),
    [
        ("governance.mode", MODE, None, True),
        ("governance.audittrail", FLAG, True, True),
        ("governance.anchors", UP, [], False),
        ("governance.escalationtriggers.unsure.below", UP, None, True),
        ("governance.escalationpolicy.timeout_minutes", DOWN, 30, True),
        ("deployment.auth_required", FLAG, True, False),
        ("deployment.secrets.TOKEN.key", Fixed(), None, False),
        ("reasoningengine.tools", DOWN, [], False),
        ("memorytopology.episodicmemory.retention", Fixed(), "90 days", False),
    ],
)
def test_sections_say_how_fields_are_governed(
    path: str, strategy: Tighten | Fixed, default: Any, *, merged: bool
) -> None:
    found = LOOK(parse_path(path))
    assert found is not None
    assert found == Governed(strategy, default, merged, found.always)


@pytest.mark.parametrize("path", ["system.title", "governance", "governance.escalationtriggers", "nothing.x"])
def test_other_fields_are_not_governed(path: str) -> None:
    assert LOOK(parse_path(path)) is None


def test_every_path_that_a_section_declares_as_policy_is_one_of_its_model() -> None:
    missing = [
        f"{section.name}.{path}"
        for section in SECTIONS
        for path in section.policy
        if field_at(section.model, parse_path(path)) is None
    ]
    assert missing == []
