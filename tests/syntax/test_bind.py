"""A document held against a model: every mismatch, at its place, in plain words."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from qpf.model.node import freeze, locate
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.syntax.bind import bind, bind_data
from tests.syntax.mismatches import CASES
from tests.syntax.readers import tree_of

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=8)]


class Closed(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Probe(Closed):
    path: str = Field(default="/", description="Where it asks.")
    timeout_ms: int = Field(default=1000, gt=0, le=5000)


class Reference(Closed):
    secret: str
    key: str = Field(min_length=1)


class Deployment(Closed):
    name: Name = "a"
    replicas: int = Field(default=1, ge=1)
    owner: str = Field(default="x", description="Team that answers.")
    ratio: float = 0.5
    debug: bool = False
    mode: Literal["autonomous", "hybrid", "supervised"] = "hybrid"
    tags: list[str] = []
    pair: tuple[str, ...] = ()
    colour: Colour = Colour.RED
    probes: dict[Name, Probe] = {}
    references: list[Reference] = []
    agents: Literal["auto"] | list[Name] = "auto"
    minimum: int | float | None = None
    either: Probe | Reference | None = None
    source: str = Field(default="", alias="from")
    free: dict[str, Any] = {}
    few: list[str] = Field(default=["a"], min_length=1, max_length=2)

    @field_validator("ratio")
    @classmethod
    def at_most_one(cls, value: float) -> float:
        if value > 1:
            message = "a ratio is at most 1"
            raise ValueError(message)
        return value


class Needy(Closed):
    name: str = Field(description="What it is called.")
    probe: Probe
    reference: Reference


@pytest.mark.parametrize("name", CASES)
def test_mismatch_is_told_in_plain_words_at_its_place(name: str) -> None:
    text, *expected = CASES[name]
    outcome = bind(tree_of(text), Deployment)
    (found,) = outcome.report.diagnostics
    assert outcome.value is None
    assert [place_of(found), path_of(found), found.message, found.hint] == expected


def test_all_mismatches_of_a_document_are_found_at_once() -> None:
    text = "replica: 3\nname: B\nprobes:\n  a: {pth: 1}\n  b: {timeout_ms: 0}\nreferences:\n  - {}\n  - x\n"
    found = bind(tree_of(text), Deployment).report.diagnostics
    assert [f"{each.code.id} {each.span.line}" for each in found] == [
        "QPF201 1", "QPF302 2", "QPF201 4", "QPF302 5", "QPF203 7", "QPF203 7", "QPF301 8",
    ]  # fmt: skip


def test_missing_key_is_blamed_on_the_key_above() -> None:
    node = tree_of("name: x\nreference:\n  key: a\n")
    found = bind(node, Needy, prefix=("top",)).report.diagnostics
    assert [(place_of(each), path_of(each), each.message) for each in found] == [
        ("QPF203 1:1-1:2", "top.probe", "the key `probe` is missing in `top`"),
        ("QPF203 2:1-2:10", "top.reference.secret", "the key `secret` is missing in `top.reference`"),
    ]


def test_missing_key_is_described() -> None:
    found = bind(tree_of("probe: {}\nreference: {secret: a, key: b}\n"), Needy).report.diagnostics
    assert [each.hint for each in found] == ["add `name:` (What it is called)"]


def test_what_fits_is_bound() -> None:
    text = (
        "name: ab\nratio: 1\npair: [x, y]\ncolour: blue\nfrom: here\nagents: [a]\n"
        "either: {path: /x}\nfree: {a: [1, null]}\n"
    )
    outcome = bind(tree_of(text), Deployment)
    assert outcome.report.diagnostics == ()
    assert outcome.value == Deployment.model_validate(
        {"name": "ab", "ratio": 1.0, "pair": ("x", "y"), "colour": Colour.BLUE, "from": "here",
         "agents": ["a"], "either": Probe(path="/x"), "free": {"a": [1, None]}},
    )  # fmt: skip


def test_plain_data_is_bound_with_places_of_somebody_else() -> None:
    node = tree_of("replicas: 0\nprobes: {a: {x: 1}}\n")
    frozen = freeze({"replicas": 0, "probes": {"a": {"x": 1}}})

    def place(path: tuple[str | int, ...]) -> Span:
        return locate(node, path)

    found = bind_data(frozen, place, Deployment, prefix=("deployment",)).report.diagnostics
    assert [(place_of(each), path_of(each)) for each in found] == [
        ("QPF302 1:11-1:12", "deployment.replicas"),
        ("QPF201 2:17-2:18", "deployment.probes.a.x"),
    ]
    assert isinstance(bind_data(freeze({"replicas": 2, "pair": ["a"]}), place, Deployment).value, Deployment)


atoms = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9999)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
)
keys = st.sampled_from([*Deployment.model_fields, "path", "secret", "key", "str", "from", "[key]"]) | st.text(
    max_size=4
)
trees = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
)


@given(st.dictionaries(keys, trees, max_size=6))
def test_any_data_is_bound_or_every_finding_is_placed(data: dict[str, Any]) -> None:
    outcome = bind_data(data, lambda path: Span("a.yaml", 1, 1, 1, 1), Deployment)
    assert (outcome.value is None) == bool(outcome.report.diagnostics)
    for found in outcome.report.diagnostics:
        value: Any = data
        for part in found.path[:-1]:
            assert isinstance(value, Mapping | list)
            value = value[part]
        assert not any(
            word in found.message
            for word in ("Input should", "NoneType", "instance of", "valid dictionary", "literal")
        )


def place_of(found: Any) -> str:
    span = found.span
    return f"{found.code.id} {span.line}:{span.column}-{span.end_line}:{span.end_column}"


def path_of(found: Any) -> str:
    return format_path(found.path)
