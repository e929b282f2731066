"""The one spelling that every value has."""

import enum
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from qpf.syntax.characters import UnwritableError
from qpf.syntax.writer import write_yaml


class Colour(str, enum.Enum):  # noqa: UP042  # what people who mix in str have
    RED = "red"


SPELLINGS = {
    "key order": ({"b": 1, "a": 2, "B": 3}, "B: 3\na: 2\nb: 1\n"),
    "nesting": (
        {"a": {"b": {"c": 1}}, "l": [1, [2, [3]], {"x": 1, "z": [4]}, {"m": {"k": 0}}]},
        (
            "a:\n  b:\n    c: 1\nl:\n  - 1\n  - - 2\n    - - 3\n"
            "  - x: 1\n    z:\n      - 4\n  - m:\n      k: 0\n"
        ),
    ),
    "empty": ({"d": {}, "l": [], "s": "", "n": None}, 'd: {}\nl: []\n"n": null\ns: ""\n'),
    "empty in a list": ([{}, [], "", None], '- {}\n- []\n- ""\n- null\n'),
    "scalars": ({"t": True, "f": False, "i": -3, "x": 1.5}, "f: false\ni: -3\nt: true\nx: 1.5\n"),
    "floats": (
        [1.0, 1e16, 1e-7, 1.5e300, -0.0, 0.1, 5e-324],
        "- 1.0\n- 1.0e+16\n- 1.0e-07\n- 1.5e+300\n- -0.0\n- 0.1\n- 5.0e-324\n",
    ),
    "text alone": ("a\nb\n", '"a\\nb\\n"\n'),
    "block styles": (
        {"clip": "a\nb\n", "keep": "a\n\n", "strip": "a\n\nb"},
        "clip: |\n  a\n  b\nkeep: |+\n  a\n\nstrip: |-\n  a\n\n  b\n",
    ),
    "block in a list": (["a\nb\n", {"k": "c\nd"}], "- |\n  a\n  b\n- k: |-\n    c\n    d\n"),
    "block refused": ({"a": " x\ny\n", "b": "x \ny"}, 'a: " x\\ny\\n"\nb: "x \\ny"\n'),
    "quoted": (
        {"on": "no", "q": 'say "a\\b"', "t": "a\tb"},
        '"on": "no"\nq: "say \\"a\\\\b\\""\nt: "a\\tb"\n',
    ),
    "beyond ASCII": (
        {"größe": "日本 😀", "nbsp": "a\xa0b", "tag": "\U000e0001"},
        '"größe": "日本 😀"\nnbsp: "a\\u00a0b"\ntag: "\\U000e0001"\n',
    ),
    "plain": (
        {
            "image": "registry.example/l9/a:6.0.0",
            "cpu": "250m",
            "path": "/v1/x",
            "text": "It's so (really), 100%.",
        },
        "cpu: 250m\nimage: registry.example/l9/a:6.0.0\npath: /v1/x\ntext: It's so (really), 100%.\n",
    ),
    "subclass of str": ({Colour.RED: Colour.RED, "l": [Colour.RED]}, "l:\n  - red\nred: red\n"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_value_has_one_spelling(name: str) -> None:
    data, text = SPELLINGS[name]
    assert write_yaml(data).decode() == text


def test_order_written_is_kept_if_asked_for() -> None:
    assert write_yaml({"b": [{"d": 1, "c": 2}], "a": {}}, sort=False) == b"b:\n  - d: 1\n    c: 2\na: {}\n"


def test_documents_are_parted_only_where_there_are_several() -> None:
    assert write_yaml() == b""
    assert write_yaml({"a": 1}) == b"a: 1\n"
    assert write_yaml({"a": 1}, {}, [1], "x") == b"a: 1\n---\n{}\n---\n- 1\n---\nx\n"


def test_read_only_views_are_written_as_what_they_show() -> None:
    plain = {"a": [{"b": [1, 2]}], "c": {"d": []}}
    frozen = MappingProxyType({"c": MappingProxyType({"d": ()}), "a": (MappingProxyType({"b": (1, 2)}),)})
    assert write_yaml(frozen) == write_yaml(plain)


def test_long_key_is_written_with_a_question_mark() -> None:
    assert (
        write_yaml({"a": [{"k" * 1001: {"x": 1}}]}) == b"a:\n  - ? " + b"k" * 1001 + b"\n    :\n      x: 1\n"
    )


@pytest.mark.parametrize(
    "data",
    [
        float("nan"),
        float("inf"),
        {"a": float("-inf")},
        "\ud800",
        {"\udfff": 1},
        "a\n\ud800\n",
        {1: 2},
        {None: 1},
        {"a": 1, 2: 3},
        {"a": object()},
        {"a": b"x"},
        {"a": {1, 2}},
    ],
    ids=lambda data: type(data).__name__,
)
@pytest.mark.parametrize("sort", [True, False])
def test_what_no_reader_could_read_back_is_refused(data: object, *, sort: bool) -> None:
    with pytest.raises(UnwritableError):
        write_yaml(data, sort=sort)


def test_mappings_of_any_kind_are_written() -> None:
    class Lazy(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return len(key)

        def __iter__(self):
            return iter(["bb", "a"])

        def __len__(self) -> int:
            return 2

    assert write_yaml({"x": Lazy()}) == b"x:\n  a: 1\n  bb: 2\n"
