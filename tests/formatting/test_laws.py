"""What formatting never does, and always does, whatever is written and however."""

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qpf.formatting.form import formatted
from qpf.model.diagnostic import Report
from qpf.model.node import Data, to_data
from qpf.syntax.reader import read_yaml
from tests.formatting.texts import Writer

_MARK = re.compile(r"# c\d+\.")
ORDER = "abcdefgh"
seeds = st.integers(0, 2**48)


def in_order(_: object) -> str:
    return ORDER


def as_written(_: object) -> str:
    return ""


def read(content: bytes) -> Data | None:
    outcome = read_yaml("x.yaml", content)
    return None if outcome.value is None or outcome.report.failed else to_data(outcome.value)


def exact(data: Data) -> Any:
    """Data that differ in type or in the order of lists are not equal."""
    if isinstance(data, dict):
        return {key: exact(value) for key, value in data.items()}
    if isinstance(data, list):
        return [exact(value) for value in data]
    return type(data).__name__, data


def refusals(report: Report) -> list[str]:
    return [found.message for found in report.diagnostics if "left as it is" in found.message]


def holds(seed: int, order: Any) -> None:
    content = Writer(seed).document().encode()
    before = read(content)
    assume(before is not None)
    outcome = formatted("x.yaml", content, order)
    after = outcome.value
    assert not refusals(outcome.report), content.decode()
    assert exact(read(after)) == exact(before)
    assert formatted("x.yaml", after, order).value == after
    assert sorted(_MARK.findall(after.decode())) == sorted(_MARK.findall(content.decode()))
    assert b"\r" not in after
    assert not after.startswith(b"\xef\xbb\xbf")
    assert after.endswith(b"\n")


@given(seeds)
@settings(max_examples=150, derandomize=True)
def test_data_and_comments_stay_and_a_second_time_changes_nothing(seed: int) -> None:
    holds(seed, in_order)


@given(seeds)
@settings(max_examples=100, derandomize=True)
def test_the_same_without_an_order(seed: int) -> None:
    holds(seed, as_written)


@pytest.mark.hunt
@given(seeds)
@settings(max_examples=50_000)
def test_the_same_of_many(seed: int) -> None:
    holds(seed, in_order)
