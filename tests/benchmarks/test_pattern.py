"""A pattern cut from a text gives, filled with its values, that text again, in each peer's language."""

import json

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers.pattern import JSONNET, KCL, PYTHON, Pattern, Variable, expression, template

VALUES = {"name": "agent_00003", "role": "Agent 3 of the fleet", "title": "Agent 3", "one": "{{"}
TEXTS = st.lists(st.sampled_from([*VALUES.values(), "{%", "{#", "}}", "%}", " ", "\n", '"', "a", "é"])).map(
    "".join
)
JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 -- code, no HTML


@given(TEXTS)
def test_pattern_filled_with_its_own_values_is_the_text(text: str) -> None:
    parts = Pattern.of(VALUES).cut(text)
    assert JINJA.from_string(template(parts)).render(v=VALUES) == text


@given(TEXTS)
def test_expression_adds_up_to_the_text(text: str) -> None:
    pieces = expression(Pattern.of(VALUES).cut(text)).split(" + ")
    own = {f'v["{name}"]': value for name, value in VALUES.items()}
    # A text that holds ` + ` would be split; none of these does.
    assert "".join(own[piece] if piece in own else json.loads(piece) for piece in pieces) == text


def test_of_values_that_overlap_the_longer_one_counts() -> None:
    assert Pattern.of(VALUES).cut("Agent 3 of the fleet: Agent 3") == (
        Variable("role"),
        ": ",
        Variable("title"),
    )


def test_two_values_with_one_text_are_refused() -> None:
    with pytest.raises(ValueError, match="'b'"):
        Pattern.of({"b": "low", "a": "low"})


def test_a_value_that_is_empty_stands_nowhere() -> None:
    assert Pattern.of({"sources": "", "name": "x"}).cut("axb") == ("a", Variable("name"), "b")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (PYTHON, '{v["sub"]: [True, None, 1.5], "k": "a" + v["sub"]}'),
        (JSONNET, '{[v["sub"]]: [true, null, 1.5], "k": "a" + v["sub"]}'),
        (KCL, '{(v["sub"]): [True, None, 1.5], "k": "a" + v["sub"]}'),
    ],
)
def test_data_are_spelled_as_the_language_wants(language, said) -> None:
    assert language.data({"skill": [True, None, 1.5], "k": "askill"}, Pattern.of({"sub": "skill"})) == said
