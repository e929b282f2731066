"""A document held against a model: every mismatch, at its place, in plain words."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from qpf.model.node import freeze, locate
from qpf.model.span import Span
from qpf.syntax.bind import bind, bind_data
from qpf.syntax.reader import read_yaml

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


# The document, then for each finding: code, place, path, message, hint.
CASES = {
    "did you mean": ("replica: 3", "QPF201 1:1-1:8", "replica", "unknown key `replica`", "did you mean `replicas`?"),
    "another spelling": (
        "probes: {a: {timeoutMs: 1}}", "QPF201 1:14-1:23", "probes.a.timeoutMs",
        "unknown key `timeoutMs` in `probes.a`", "did you mean `timeout_ms`?",
    ),
    "belongs elsewhere": (
        "secret: x", "QPF201 1:1-1:7", "secret", "unknown key `secret`", "`secret` belongs in `either`",
    ),
    "belongs above": (
        "probes: {a: {replicas: 1}}", "QPF201 1:14-1:22", "probes.a.replicas",
        "unknown key `replicas` in `probes.a`", "`replicas` belongs at the top",
    ),
    "unlike any": (
        "probes: {a: {xyz: 1}}", "QPF201 1:14-1:17", "probes.a.xyz",
        "unknown key `xyz` in `probes.a`", "known keys: path, timeout_ms",
    ),
    "alias is the key": ("source: x", "QPF201 1:1-1:7", "source", "unknown key `source`", "did you mean `from`?"),
    "missing": (
        "references:\n  - {secret: a}", "QPF203 2:5-2:16", "references[0].key",
        "the key `key` is missing in `references[0]`", "add `key:`",
    ),
    "integer quoted": (
        'replicas: "3"', "QPF301 1:11-1:14", "replicas",
        '`replicas`: expected an integer, got string "3"', "remove the quotes: `3`",
    ),
    "integer with a point": (
        "replicas: 3.0", "QPF301 1:11-1:14", "replicas",
        "`replicas`: expected an integer, got number 3.0", "write `3`",
    ),
    "number quoted": (
        'ratio: "1e3"', "QPF301 1:8-1:13", "ratio",
        '`ratio`: expected a number, got string "1e3"', "remove the quotes: `1e3`",
    ),
    "integer or number": (
        "minimum: x", "QPF301 1:10-1:11", "minimum", '`minimum`: expected a number, got string "x"', "",
    ),
    "text unquoted": (
        "name: 3", "QPF301 1:7-1:8", "name", "`name`: expected a string, got integer 3", 'put it in double quotes: `"3"`',
    ),
    "version unquoted": (
        "owner: 1.10", "QPF301 1:8-1:12", "owner", "`owner`: expected a string, got number 1.1",
        "put it in double quotes, spelled as it should be read",
    ),
    "null": ("owner:", "QPF301 1:7-1:7", "owner", "`owner`: expected a string, got null", "write a value after the colon"),
    "old boolean": (
        "debug: on", "QPF301 1:8-1:10", "debug", '`debug`: expected a boolean, got string "on"',
        "write `true`: in YAML 1.2 `on` is text",
    ),
    "boolean as number": ("debug: 0", "QPF301 1:8-1:9", "debug", "`debug`: expected a boolean, got integer 0", "write `false`"),
    "boolean is no integer": ("replicas: true", "QPF301 1:11-1:15", "replicas", "`replicas`: expected an integer, got boolean true", ""),
    "one for a list": ("tags: a", "QPF301 1:7-1:8", "tags", '`tags`: expected a list, got string "a"', "write a list: `[a]`"),
    "mapping for a list": ("tags: {a: 1}", "QPF301 1:1-1:5", "tags", "`tags`: expected a list, got a mapping", "begin each item with `- `"),
    "list for a mapping": (
        "probes: [a]", "QPF301 1:1-1:7", "probes", "`probes`: expected a mapping, got a list",
        "write `key: value` lines, without `- `",
    ),
    "nothing for a mapping": (
        "probes:\n  a:", "QPF301 2:5-2:5", "probes.a", "`a`: expected a mapping, got null", "write its keys below, or `{}`",
    ),
    "choice": (
        "mode: hibrid", "QPF302 1:7-1:13", "mode",
        '`mode`: "hibrid" is not allowed; expected `autonomous`, `hybrid` or `supervised`', "did you mean `hybrid`?",
    ),
    "choice in capitals": (
        "mode: HYBRID", "QPF302 1:7-1:13", "mode",
        '`mode`: "HYBRID" is not allowed; expected `autonomous`, `hybrid` or `supervised`', "did you mean `hybrid`?",
    ),
    "choice of another type": (
        "mode: 3", "QPF301 1:7-1:8", "mode", "`mode`: expected `autonomous`, `hybrid` or `supervised`, got integer 3", "",
    ),
    "enumeration": (
        "colour: green", "QPF302 1:9-1:14", "colour", '`colour`: "green" is not allowed; expected `red` or `blue`', "",
    ),
    "word or list": (
        "agents: all", "QPF302 1:9-1:12", "agents", '`agents`: "all" is not allowed; expected `auto` or a list', "",
    ),
    "inside the list of a union": (
        "agents: [a, B]", "QPF302 1:13-1:14", "agents[1]", '"B" does not have the required form', "it must match `^[a-z][a-z0-9_]*$`",
    ),
    "the member that was meant": (
        "either: {secret: a, key: 3}", "QPF301 1:26-1:27", "either.key", "`key`: expected a string, got integer 3",
        'put it in double quotes: `"3"`',
    ),
    "key of a mapping": (
        "probes: {Bad: {}}", "QPF302 1:10-1:13", "probes.Bad", 'the key "Bad" does not have the required form',
        "it must match `^[a-z][a-z0-9_]*$`",
    ),
    "too small": ("replicas: 0", "QPF302 1:11-1:12", "replicas", "`replicas`: 0 is too small", "the least allowed is 1"),
    "too large": (
        "probes: {a: {timeout_ms: 9000}}", "QPF302 1:26-1:30", "probes.a.timeout_ms", "`timeout_ms`: 9000 is too large",
        "the most allowed is 5000",
    ),
    "too long": ("name: abcdefghi", "QPF302 1:7-1:16", "name", "`name`: 9 characters are too many", "at most 8 are allowed"),
    "too many": ("few: [a, b, c]", "QPF302 1:1-1:4", "few", "`few`: 3 entries are too many", "at most 2 are allowed"),
    "empty": ("few: []", "QPF302 1:1-1:4", "few", "`few`: the list is empty", "write at least 1 entry"),
    "the model's own rule": ("ratio: 2.0", "QPF302 1:8-1:11", "ratio", "`ratio`: a ratio is at most 1", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_mismatch_is_told_in_plain_words_at_its_place(name: str) -> None:
    text, *expected = CASES[name]
    outcome = bind(read_yaml("a.yaml", text.encode()).value, Deployment)
    (found,) = outcome.report.diagnostics
    assert outcome.value is None
    assert [place_of(found), path_of(found), found.message, found.hint] == expected


def test_all_mismatches_of_a_document_are_found_at_once() -> None:
    text = "replica: 3\nname: B\nprobes:\n  a: {pth: 1}\n  b: {timeout_ms: 0}\nreferences:\n  - {}\n  - x\n"
    found = bind(read_yaml("a.yaml", text.encode()).value, Deployment).report.diagnostics
    assert [f"{each.code.id} {each.span.line}" for each in found] == [
        "QPF201 1", "QPF302 2", "QPF201 4", "QPF302 5", "QPF203 7", "QPF203 7", "QPF301 8",
    ]  # fmt: skip


def test_missing_key_is_blamed_on_the_key_above() -> None:
    node = read_yaml("a.yaml", b"name: x\nreference:\n  key: a\n").value
    found = bind(node, Needy, prefix=("top",)).report.diagnostics
    assert [(place_of(each), path_of(each), each.message) for each in found] == [
        ("QPF203 1:1-1:2", "top.probe", "the key `probe` is missing in `top`"),
        ("QPF203 2:1-2:10", "top.reference.secret", "the key `secret` is missing in `top.reference`"),
    ]


def test_missing_key_is_described() -> None:
    found = bind(
        read_yaml("a.yaml", b"probe: {}\nreference: {secret: a, key: b}\n").value, Needy
    ).report.diagnostics
    assert [each.hint for each in found] == ["add `name:` (What it is called)"]


def test_what_fits_is_bound() -> None:
    text = b"name: ab\nratio: 1\npair: [x, y]\ncolour: blue\nfrom: here\nagents: [a]\neither: {path: /x}\nfree: {a: [1, null]}\n"
    outcome = bind(read_yaml("a.yaml", text).value, Deployment)
    assert outcome.report.diagnostics == ()
    assert outcome.value == Deployment.model_validate(
        {"name": "ab", "ratio": 1.0, "pair": ("x", "y"), "colour": Colour.BLUE, "from": "here", "agents": ["a"],
         "either": Probe(path="/x"), "free": {"a": [1, None]}},
    )  # fmt: skip


def test_plain_data_is_bound_with_places_of_somebody_else() -> None:
    node = read_yaml("a.yaml", b"replicas: 0\nprobes: {a: {x: 1}}\n").value
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
            word in found.message for word in ("Input should", "dict", "literal", "instance", "NoneType")
        )


def place_of(found: Any) -> str:
    span = found.span
    return f"{found.code.id} {span.line}:{span.column}-{span.end_line}:{span.end_column}"


def path_of(found: Any) -> str:
    from qpf.model.path import format_path

    return format_path(found.path)
