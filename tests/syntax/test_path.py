"""Paths as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.model.path import format_path, parse_path

parts = (
    st.integers(0, 999)
    | st.text()
    | st.sampled_from(["a", "a.b", 'a"b', "a\\b", "0", "[0]", "a/b", "-", " ", "\n"])
)


@given(st.lists(parts).map(tuple))
def test_path_reads_back_as_itself(path: tuple[str | int, ...]) -> None:
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("deployment", "ports", 0, "name"), "deployment.ports[0].name"),
        (("labels", "app.kubernetes.io/name"), 'labels["app.kubernetes.io/name"]'),
        (("a b",), '["a b"]'),
        (("a-b", "c/d"), "a-b.c/d"),
        ((), ""),
    ],
)
def test_path_has_one_spelling(path: tuple[str | int, ...], text: str) -> None:
    assert format_path(path) == text


@pytest.mark.parametrize("text", ["a..b", "a[", 'a["x', "a[x]", "]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        parse_path(text)
