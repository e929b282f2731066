"""What sections declare to the compiler fits their models."""

from typing import Any, Literal, get_args, get_origin

import pytest

from qpf.api import Exclusive, Fixed, Keyed, Section, Set, Strategy, Tighten
from qpf.model.path import parse_path
from qpf_plugins.agent_schema.sections import SECTIONS
from tests.agent_schema.fields import EVERY, fields_of

DECLARED = [(section, path, strategy) for section in SECTIONS for path, strategy in section.merge.items()]
IDS = [f"{section.name}.{path}" for section, path, _ in DECLARED]
# Said once by whoever declares it: a bridge's channel may be changed, a metric is what a trigger is about.
UNGOVERNED = {
    "escalationpolicy",
    "escalationpolicy.channel",
    "escalationtriggers.*.name",
}


def annotation_at(section: Section, path: str) -> Any:
    """The type at a path of a section; `*` steps into a mapping or a list."""
    known = {".".join(at): field.annotation for at, _, _, field in fields_of(section.model)}
    if path in known:
        return known[path]
    above, _, last = path.rpartition(".")
    assert last == "*"
    return get_args(known[above])[-1]


@pytest.mark.parametrize(("section", "path", "strategy"), DECLARED, ids=IDS)
def test_strategy_fits_what_it_merges(section: Section, path: str, strategy: Strategy) -> None:
    annotation = annotation_at(section, path)
    match strategy:
        case Set() | Keyed():
            assert get_origin(annotation) is list
        case Exclusive():
            assert get_origin(annotation) is dict
        case Tighten(order=()):
            assert float in get_args(annotation) or annotation in (int, float) or "float" in str(annotation)
        case Tighten(order=order):
            assert set(order) == ({False, True} if annotation is bool else set(get_args(annotation)))
            assert annotation is bool or get_origin(annotation) is Literal
        case Fixed():
            assert annotation is not None
        case _:
            pytest.fail(f"{strategy} is not expected here")


def test_all_of_governance_is_governed() -> None:
    governance = next(section for section in SECTIONS if section.name == "governance")
    leaves = {".".join(path) for name, path, _, _, _ in EVERY if name == "governance"}
    governed = {path.removesuffix(".*") for path in governance.merge}
    assert leaves - governed == UNGOVERNED


def test_later_layers_tighten_towards_safety() -> None:
    governance = next(section for section in SECTIONS if section.name == "governance")
    tightest = {
        path: strategy.order[-1]
        for path, strategy in governance.merge.items()
        if isinstance(strategy, Tighten) and strategy.order
    }
    assert tightest == {
        "mode": "supervised",
        "humanoverride": True,
        "escalationpolicy.on_timeout": "reject",
        "escalationtriggers.*.action": "block",
        "escalationtriggers.*.severity": "critical",
        "audittrail": True,
    }


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_declared_paths_exist(section: Section) -> None:
    paths = (*section.interface, *section.dependencies, *section.adds.values())
    assert all(parse_path(path)[0] in section.model.model_fields for path in paths)


def test_words_of_adds_are_those_of_the_guide() -> None:
    words = [word for section in SECTIONS for word in section.adds]
    assert sorted(words) == ["imports", "inputs", "methods", "outputs"]


def test_lists_are_united_or_keyed_or_ordered_on_purpose() -> None:
    ordered = {"communicationstack.input.*.flow", "communicationstack.delivery.backoff_seconds"}
    declared = {f"{section.name}.{path}" for section, path, _ in DECLARED}
    lists = {
        f"{name}.{'.'.join(path)}"
        for name, path, _, _, field in EVERY
        if get_origin(field.annotation) is list
    }
    flows = {f"{name}.{'.'.join(path)}" for name, path, _, key, _ in EVERY if key == "flow"}
    assert (lists | flows) - declared == ordered
