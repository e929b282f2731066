"""Passes run after those they name, then by layer, then by name, whoever registered first."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from qpf.host.ordering import order_passes
from qpf.host.plugin import Registered
from qpf.model.extension import Pass


def entry(name: str, layer: int = 5, *after: str, plugin: str = "acme") -> Registered[Pass]:
    return Registered(plugin, Pass(name, layer, (), list, after=after))


@st.composite
def passes(draw: st.DrawFn) -> list[Registered[Pass]]:
    count = draw(st.integers(0, 8))
    names = [f"p{number}" for number in range(count)]
    entries = []
    for position, name in enumerate(names):
        after = draw(st.sets(st.sampled_from(names[:position]))) if position else set()
        entries.append(entry(name, draw(st.integers(2, 7)), *after))
    return entries


@given(passes(), st.randoms())
def test_order_is_total_topological_and_blind_to_registration(
    entries: list[Registered[Pass]], random: Random
) -> None:
    ordered, findings = order_passes(entries)
    assert findings == ()
    places = {each.value.name: place for place, each in enumerate(ordered)}
    assert len(places) == len(entries)
    for each in ordered:
        assert all(places[before] < places[each.value.name] for before in each.value.after)
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert order_passes(shuffled)[0] == ordered


def test_layers_come_in_order_and_names_break_ties() -> None:
    ordered, _ = order_passes([entry("b", 3), entry("a", 3), entry("z", 2)])
    assert [each.value.name for each in ordered] == ["z", "a", "b"]


def test_after_beats_the_layer() -> None:
    ordered, _ = order_passes([entry("early", 2, "late"), entry("late", 7)])
    assert [each.value.name for each in ordered] == ["late", "early"]


def test_a_pass_that_waits_for_itself_is_a_circle() -> None:
    ordered, (found,) = order_passes([entry("selfish", 5, "selfish"), entry("fine")])
    assert found.code.id == "QPF011"
    assert found.message == (
        "passes run after each other in a circle: `selfish` of plugin `acme` after `selfish` of plugin `acme`"
    )
    assert [each.value.name for each in ordered] == ["fine", "selfish"]


def test_a_circle_is_blamed_without_those_who_only_wait_for_it() -> None:
    _, (found,) = order_passes([entry("a", 5, "b"), entry("b", 5, "a"), entry("waiting", 2, "a")])
    assert "waiting" not in found.message


def test_an_unknown_name_is_guessed() -> None:
    _, (found,) = order_passes([entry("resources"), entry("limits", 5, "resuorces")])
    assert (found.code.id, found.hint) == ("QPF010", "did you mean `resources`?")
