"""Words of a schema stay words: in docstrings, in TOML, in Markdown."""

import ast
import re
import subprocess
import sys
import tomllib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qpf_plugins.python_agent.prose import comment, docstring, markdown, sentence, toml_string

HOSTILE = (
    '"""', "'''", "\\", "\\N{BULLET}", "{{ x }}", "{% raw %}", "\n", "\n\n", "\r\n", "\t", "\x00", "\x1b[31m",
    "\u202e", "\u2028", "Args:", "Returns", "Note:\n", "name(", "name() -> None", "#", "$HOME", "`",
    "|", "<b>", "-->", "* ", "1. ", "#!/bin/sh", "# noqa", "word. Another", "iPhone", "é", "語" * 40,
    "x" * 130, "a. b. c", "…", "?!", " ",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from((*HOSTILE, "some", "plain words", " ")), max_size=30).map("".join),
    st.lists(st.sampled_from(("some", "plain", "words,", "end.", "\n", "\n\n")), max_size=90).map(" ".join),
)
RULES = "E,F,W,I,D,RUF100,PLE"


def letters(text: str) -> str:
    """What must survive: everything but white space, stops, dashes, and capitals at the beginning."""
    return "".join(text.split()).replace(".", "").replace("-", "").casefold()


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from((0, 4, 8)))
def test_docstring_says_what_the_schema_says(text: str, indent: int) -> None:
    source = f"def name():\n    {docstring(text, indent=indent, otherwise='Ours.')}\n"
    said = ast.get_docstring(ast.parse(source).body[0])  # type: ignore[arg-type]  # a function
    assert said is not None
    assert letters(text) in letters(said)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=20, max_size=60))
def test_docstrings_are_as_formatter_and_linter_want_them(texts: list[str]) -> None:
    parts = ['"""Module."""\n']
    for place, text in enumerate(texts):
        words = docstring(text, indent=4, otherwise="Ours.", more=("Received at `port`.",))
        inner = docstring(text, indent=8, otherwise="Ours.")
        parts.append(f"\n\nclass Name{place}:\n    {words}\n\n    def name(self) -> None:\n        {inner}\n")
    source = "".join(parts)
    options = ("--isolated", "--no-cache", "--line-length", "100")
    style = _ruff("format", *options, "-", source=source)
    assert style == source
    lint = (
        "--config",
        "lint.pydocstyle.convention='google'",
        "--select",
        RULES,
        "--ignore",
        "D403",
        "--output-format",
        "concise",
        "-",
    )
    assert _ruff("check", *options, *lint, source=source).startswith("All checks passed")


def _ruff(*arguments: str, source: str) -> str:
    done = subprocess.run(
        (sys.executable, "-m", "ruff", *arguments), input=source.encode(), capture_output=True, check=False
    )
    return done.stdout.decode()


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_toml_string_is_read_back_as_it_was(text: str) -> None:
    assert tomllib.loads(f"x = {toml_string(text)}\n") == {"x": text}


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_markdown_holds_no_markup(text: str) -> None:
    line = markdown(text)
    assert len(line.splitlines()) <= 1
    unescaped = re.sub(r"\\.|&(amp|lt|gt);", "", line)
    assert not set(unescaped) & set("`*_{}[]<>#|~$&")


def test_comment_is_one_line() -> None:
    assert comment("a\nb\x00\u202e c") == "a b c"


def test_sentence_begins_large_and_ends() -> None:
    assert sentence("route  packets\n") == "Route packets."
    assert sentence("iPhone!") == "iPhone!"
    assert sentence(" ") == ""


def test_long_text_gets_a_summary_of_its_own() -> None:
    text = "word " * 60
    lines = docstring(text, otherwise="Ours.").splitlines()
    assert lines[0] == '"""Ours.'
    assert lines[1] == ""
    assert max(map(len, lines)) <= 100


def test_first_sentence_is_the_summary() -> None:
    assert docstring("It does. " + "And more of it. " * 9, otherwise="Ours.").splitlines()[0] == '"""It does.'
