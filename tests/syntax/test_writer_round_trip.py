"""Whatever string is written, every common reader reads the same string back, as value and as key."""

import itertools
import unicodedata
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qpf.syntax.writer import write_yaml
from tests.syntax.readers import IN_PROCESS, kubectl, ours
from tests.syntax.traps import EVERYTHING

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text("ab01 \n\t-:#.,'\"\\|>&*!%@`{}[]?~=<yYnNoe_+\r\x85\u2028é", max_size=12),
    st.text("0123456789.eE+-_xobaf:mK", max_size=10),
    st.sampled_from(EVERYTHING),
)

# Keys that look alike are written apart and refused when read.
keys = texts.map(partial(unicodedata.normalize, "NFC"))


@pytest.mark.parametrize("text", EVERYTHING, ids=lambda text: ascii(text)[:40])
def test_trap_is_read_back_by_every_reader(text: str) -> None:
    data = {
        "value": text,
        text: "key",
        "list": [text, [text], {"a": text, text: text}],
        "deep": {"x": {text: [text]}},
    }
    for reader in IN_PROCESS:
        assert reader(write_yaml(data)) == data


def test_traps_are_read_back_by_kubectl() -> None:
    for data in ({f"k{n}": text for n, text in enumerate(EVERYTHING)}, dict.fromkeys(EVERYTHING, "v")):
        assert kubectl(config_map(data)) == data


@settings(max_examples=250, deadline=None)
@given(keys, texts)
def test_any_string_is_read_back_by_every_reader(key: str, value: str) -> None:
    data = {key: value, "list": [value, {key: value}]}
    for reader in IN_PROCESS:
        assert reader(write_yaml(data)) == data


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow],
)
@given(st.lists(texts, min_size=60, max_size=200))
def test_any_strings_are_read_back_by_kubectl(drawn: list[str]) -> None:
    data = dict(itertools.pairwise([*drawn, *reversed(drawn)]))
    assert kubectl(config_map(data)) == data


atoms = (
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
trees = st.dictionaries(keys, values, max_size=5)


@settings(max_examples=250, deadline=None)
@given(trees)
def test_any_data_is_read_back_with_its_types(data: dict[str, Any]) -> None:
    content = write_yaml(data)
    for reader in IN_PROCESS:
        assert typed(reader(content)) == typed(data)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_writing_what_was_read_changes_nothing(data: dict[str, Any]) -> None:
    once = write_yaml(data)
    assert write_yaml(ours(once)) == once


@settings(max_examples=40, deadline=None)
@given(st.lists(trees, max_size=4))
def test_every_document_of_a_stream_is_read_back(documents: list[dict[str, Any]]) -> None:
    assert list(yaml.load_all(write_yaml(*documents), Loader=yaml.CSafeLoader)) == documents


def config_map(data: dict[str, str]) -> bytes:
    return write_yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})


def typed(data: object) -> object:
    """Data in which 1, 1.0 and true differ."""
    if isinstance(data, dict):
        return {key: typed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [typed(value) for value in data]
    return type(data).__name__, repr(data)
