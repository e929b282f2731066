"""What is governed may only be tightened."""

import pytest

from qpf.model.layer import AGENT, AGENT_OVERRIDE, BASE, FLEET_OVERRIDE, SUB
from qpf.model.merge import Fixed, Keyed, Strategy, Tighten
from qpf.model.node import Data
from qpf.stages.claims import Rules
from qpf.stages.merge import merge
from tests.stages.trees import merged, says

MODE = Tighten(("autonomous", "hybrid", "supervised"))


@pytest.mark.parametrize(
    ("strategy", "low", "high"),
    [
        (MODE, "autonomous", "supervised"),
        (Tighten((False, True)), False, True),
        (Tighten(tighter="up"), 0.7, 0.9),
        (Tighten(tighter="down"), 30, 10),
    ],
)
class TestGovernance:
    def test_tightening_is_welcome(self, strategy: Tighten, low: Data, high: Data) -> None:
        value, found = merged(
            says(BASE, "b", {"x": low}), says(AGENT, "a", {"x": high}), rules={"x": strategy}
        )
        assert (value, found) == ({"x": high}, ())

    def test_loosening_names_both_lines(self, strategy: Tighten, low: Data, high: Data) -> None:
        value, (found,) = merged(
            says(BASE, "b", {"x": high}), says(FLEET_OVERRIDE, "prod", {"x": low}), rules={"x": strategy}
        )
        assert found.code.id == "QPF501"
        assert str(found.span) == "environment/prod.yaml:2:1"
        assert [str(note.span) for note in found.notes] == ["base/b.yaml:2:1"]
        assert value == {"x": high}

    def test_peers_agree_on_the_tightest(self, strategy: Tighten, low: Data, high: Data) -> None:
        layers = [says(SUB, "p", {"x": low}), says(SUB, "q", {"x": high})]
        assert merged(*layers, rules={"x": strategy}) == ({"x": high}, ())

    def test_tightening_and_loosening_back_is_found(self, strategy: Tighten, low: Data, high: Data) -> None:
        _, found = merged(
            says(BASE, "b", {"x": low}),
            says(AGENT, "a", {"x": high}),
            says(AGENT_OVERRIDE, "prod", {"x": low}),
            rules={"x": strategy},
        )
        assert [each.code.id for each in found] == ["QPF501"]


def test_loosening_inside_a_keyed_item_is_found() -> None:
    rules: dict[str, Strategy] = {"triggers": Keyed("name"), "triggers.*.below": Tighten()}
    _, (found,) = merged(
        says(BASE, "b", {"triggers": [{"name": "low", "below": 0.7}]}),
        says(AGENT, "a", {"triggers": [{"name": "low", "below": 0.5}]}),
        rules=rules,
    )
    assert found.code.id == "QPF501"
    assert found.path == ("triggers", 0, "below")


@pytest.mark.parametrize(
    ("later", "path"),
    [
        ({"governance": None}, ("governance",)),
        ({"governance": {"thresholds": None}}, ("governance", "thresholds")),
        ({"governance": {"thresholds": {"confidence": None}}}, ("governance", "thresholds", "confidence")),
        ({"governance": {"triggers": None}}, ("governance", "triggers")),
        (
            {"governance": {"triggers": [{"name": "t", "metric": "age"}]}},
            ("governance", "triggers", 0, "metric"),
        ),
    ],
)
def test_what_is_governed_cannot_be_erased(later: dict[str, Data], path: tuple[str | int, ...]) -> None:
    rules: dict[str, Strategy] = {
        "governance.thresholds.*": Tighten(),
        "governance.triggers": Keyed("name"),
        "governance.triggers.*.below": Tighten(),
        "governance.triggers.*.metric": Fixed(),
    }
    base = {
        "governance": {
            "thresholds": {"confidence": 0.7},
            "triggers": [{"name": "t", "metric": "m", "below": 1}],
        }
    }
    value, (found,) = merged(says(BASE, "b", base), says(FLEET_OVERRIDE, "dev", later), rules=rules)
    assert (found.code.id, found.path) == ("QPF501", path)
    assert value == base


def test_malformed_governed_value_reaches_the_type_check() -> None:
    value, found = merged(
        says(BASE, "b", {"x": "hybrid"}), says(AGENT, "a", {"x": "yolo"}), rules={"x": MODE}
    )
    assert (value, found) == ({"x": "yolo"}, ())


def test_an_environment_may_not_loosen_a_default_that_is_relied_on() -> None:
    rules = Rules.of([(("g", "audit"), Tighten((False, True)))], {("g", "audit"): True})
    base, loosening = says(BASE, "b", {"g": {"mode": 1}}), {"g": {"audit": False}}
    found = [
        merge([base, says(layer, "x", loosening)], rules).report.diagnostics
        for layer in (AGENT, FLEET_OVERRIDE)
    ]
    assert [[each.code.id for each in report] for report in found] == [[], ["QPF501"]]
    assert str(found[1][0].notes[0].span) == "base/b.yaml:1:1"


def test_an_environment_may_add_what_no_layer_has() -> None:
    rules = Rules.of([(("g", "timeout"), Tighten(tighter="down"))], {("g", "timeout"): 30})
    outcome = merge([says(BASE, "b", {"x": 1}), says(FLEET_OVERRIDE, "e", {"g": {"timeout": 60}})], rules)
    assert outcome.report.diagnostics == ()
