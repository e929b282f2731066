"""Comments stay with what they speak of, wherever that goes; where nobody can tell, nothing goes anywhere."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpf.formatting.form import formatted
from qpf.model.node import to_data
from qpf.syntax.reader import read_yaml

ORDER = "abcdefgh"
trees = st.recursive(
    st.sampled_from(("1", "x", "two words", "[a, b]", "{a: 1}")),
    lambda inner: st.dictionaries(st.sampled_from(ORDER), inner, min_size=1, max_size=5),
    max_leaves=12,
)
documents = st.dictionaries(st.sampled_from(ORDER), trees, min_size=2, max_size=6)


def told(tree: Any, chance: Random, at: str = "", pad: str = "") -> str:
    """A document in which comments say what they are about."""
    text = ""
    keys = list(tree)
    chance.shuffle(keys)
    for index, key in enumerate(keys):
        name = f"{at}{key}"
        # The comment above a file's first key may be the file's: see below.
        if chance.random() < 0.4 and (at or index):
            text += f"{pad}# above {name}\n" * chance.choice((1, 1, 2))
        beside = f" # beside {name}" if chance.random() < 0.3 else ""
        value = tree[key]
        if isinstance(value, dict):
            step = " " * chance.choice((1, 2, 4))
            text += f"{pad}{key}:{beside}\n{told(value, chance, f'{name}.', pad + step)}"
        else:
            text += f"{pad}{key}: {value}{beside}\n"
    return text


def names(text: str) -> list[tuple[str, str]]:
    """Each line that says a key, by the key's full name, with what the comments at it say."""
    found = []
    path: list[str] = []
    above: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("#"):
            above.append(line.split()[-1])
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        key = line.strip()[0]
        path = [*path[:depth], key]
        beside = [line.split()[-1]] if "# beside" in line else []
        found += [(".".join(path), about) for about in (*above, *beside)]
        above = []
    assert not above
    return found


@given(documents, st.integers(0, 2**32))
@settings(max_examples=100, derandomize=True)
def test_a_comment_stays_with_its_key(tree: Any, seed: int) -> None:
    text = told(tree, Random(seed))  # noqa: S311  # not for secrets
    outcome = formatted("x.yaml", text.encode(), lambda _: ORDER)
    assert not outcome.report.diagnostics
    after = outcome.value.decode()
    assert after.count("#") == text.count("#")
    for key, about in names(after):
        assert key == about


@given(documents, st.integers(0, 2**32))
@settings(max_examples=100, derandomize=True)
def test_keys_come_out_in_order_whatever_order_they_stood_in(tree: Any, seed: int) -> None:
    one = formatted("x.yaml", told(tree, Random(seed)).encode(), lambda _: ORDER).value  # noqa: S311  # not for secrets
    body = read_yaml("x.yaml", one).value
    assert body is not None

    def sound(data: Any) -> None:
        if isinstance(data, dict):
            assert list(data) == sorted(data)
            for value in data.values():
                sound(value)

    sound(to_data(body))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("b: 1\n\n# of all below\n\na: 2\n", "parted from it by an empty line"),
        ("# of the file, or of b\nb: 1\na: 2\n", "may speak of the whole file"),
    ],
)
def test_where_a_comment_may_speak_of_several_keys_they_stay(text: str, why: str) -> None:
    outcome = formatted("x.yaml", text.encode(), lambda _: ORDER)
    assert outcome.value == text.encode()
    (found,) = outcome.report.diagnostics
    assert (found.code.id, found.code.severity.name) == ("QPF131", "WARNING")
    assert why in found.message


def test_a_comment_parted_from_the_first_key_stays_at_the_top() -> None:
    text = b"# the file\n\n# of b\nb: 1\na: 2\n"
    assert formatted("x.yaml", text, lambda _: ORDER).value == b"# the file\n\na: 2\n# of b\nb: 1\n"
