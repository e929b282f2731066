"""Expressions are laid out as `ruff format` would, whatever they hold."""

import ast
import subprocess
import sys
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qpf_plugins.python_agent.layout import Call, Code, Expression, lay_out, quote

NASTY = (
    "'",
    '"',
    "\\",
    "\n",
    "\t",
    "\x00",
    "é",
    "ж",
    "…",
    "語",
    "🦊",
    "e\u0301",
    "\u202e",
    "\u2028",
    " ",
    "a" * 30,
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from((*NASTY, "word", "another")), max_size=40).map("".join),
    st.lists(st.sampled_from(("word", "longer", "of", "text,")), max_size=40).map(" ".join),
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(str.isidentifier)
KEYWORDS = ("description", "name", "role", "ge", "some_longer_keyword")
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
ATOMS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())


def _inside(values: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    calls = st.dictionaries(st.sampled_from(KEYWORDS), values, max_size=4)
    return st.one_of(
        st.lists(values, max_size=4).map(tuple),
        st.dictionaries(TEXTS, values, max_size=4),
        calls.map(lambda keywords: Call("dict", keywords)),
        calls.map(lambda keywords: Call("dict", keywords, opened=True)),
    )


VALUES = st.recursive(ATOMS, _inside, max_leaves=12)


def formatted(source: str) -> str:
    """The source as ruff writes it."""
    done = subprocess.run(
        (sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--no-cache", "-"),
        input=source.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def plain(value: Any) -> Any:
    """The value that the laid-out source stands for."""
    if isinstance(value, Call):
        return {key: plain(item) for key, item in value.keywords.items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return tuple(plain(item) for item in value) if isinstance(value, tuple) else value


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(VALUES, min_size=10, max_size=40))
def test_formatter_finds_nothing_to_change(values: list[Expression]) -> None:
    labels = [f"name_{place} = " for place in range(len(values))]
    source = "".join(
        f"{label}{lay_out(value, before=len(label))}\n" for label, value in zip(labels, values, strict=True)
    )
    assert formatted(source) == source


@settings(max_examples=150, deadline=None)
@given(VALUES, st.sampled_from((0, 4, 8, 40)))
def test_value_survives(value: Expression, indent: int) -> None:
    source = lay_out(value, indent=indent)
    assert eval(source, {"__builtins__": {}, "dict": dict}) == plain(value)  # noqa: S307  # our own source


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_quoted_text_survives_on_one_line_without_anything_invisible(text: str) -> None:
    quoted = quote(text)
    assert ast.literal_eval(quoted) == text
    assert not set(quoted) & set("\x00\n\u202e\u2028")


def test_number_of_any_length_is_written_whole() -> None:
    assert lay_out(10**120, indent=8) == str(10**120)
    assert lay_out(Code("x" * 120)) == "x" * 120
