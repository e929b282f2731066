"""Python literals: they mean the data, and `ruff format` has nothing to change."""

import ast
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpf.syntax.characters import UnwritableError
from qpf.syntax.pytext import python_literal


def trees_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    atoms = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
    )
    return st.recursive(
        atoms,
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.lists(inner, max_size=5).map(tuple)
            | st.dictionaries(texts, inner, max_size=5)
        ),
        max_leaves=25,
    )


LITERALS = {
    "double quotes": ("it's", '"it\'s"'),
    "fewest escapes": ('say "a"', "'say \"a\"'"),
    "both quotes": ("it's \"a\" 'b'", '"it\'s \\"a\\" \'b\'"'),
    "escapes": ("a\\b\n\t\x00\x7f\u2028😀é", '"a\\\\b\\n\\t\\x00\\x7f\\u2028😀é"'),
    "one-tuple": ((1,), "(1,)"),
    "empty": ({"a": {}, "b": (), "c": []}, '{"a": {}, "b": (), "c": []}'),
    "constants": ([None, True, False, 1, 1.0, 1e16, 1e-7], "[None, True, False, 1, 1.0, 1e16, 1e-07]"),
}


@pytest.mark.parametrize("name", LITERALS)
def test_literal_has_one_spelling(name: str) -> None:
    data, text = LITERALS[name]
    assert python_literal(data) == text


@given(trees_of(st.text()), st.integers(0, 8), st.integers(20, 110))
def test_literal_means_the_data(data: object, indent: int, width: int) -> None:
    assert repr(ast.literal_eval(python_literal(data, indent, width))) == repr(data)


def test_literal_that_does_not_fit_is_spread() -> None:
    data = MappingProxyType({"contacts": ("governance-board", "on-call"), "n": 1})
    assert python_literal(data, indent=4, width=40, before=4) == (
        '{\n        "contacts": (\n            "governance-board",\n            "on-call",\n        ),\n'
        '        "n": 1,\n    }'
    )


@pytest.mark.parametrize(("width", "fits"), [(18, True), (17, False)])
def test_width_counts_what_stands_before_and_after(width: int, *, fits: bool) -> None:
    text = python_literal(["ab", "c"], width=width, before=4, after=3)
    assert ("\n" not in text) is fits


@settings(max_examples=5, deadline=None)
@given(st.lists(trees_of(st.text(st.characters(max_codepoint=0x24F))), min_size=40, max_size=60))
def test_formatter_changes_nothing(values: list[object]) -> None:
    # Of characters that take one column each: the formatter counts columns, we count characters.
    lines = [
        f"x{n} = {python_literal(value, width=88, before=len(f'x{n} = '))}\n"
        for n, value in enumerate(values)
    ]
    source = "".join(lines)
    run = subprocess.run(
        [Path(sys.executable).parent / "ruff", "format", "--isolated", "--line-length", "88", "-"],
        input=source.encode(),
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == source


@pytest.mark.parametrize(
    "data", [float("nan"), object(), b"x", {1, 2}, [float("inf")]], ids=lambda data: type(data).__name__
)
def test_what_is_not_data_is_refused(data: object) -> None:
    with pytest.raises(UnwritableError):
        python_literal(data)
