"""Where nodes stand: 1-based, in code points, the end after the last character."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpf.model.diagnostic import Outcome
from qpf.model.node import Mapping, Node, Scalar, find
from qpf.model.path import Path, parse_path
from qpf.syntax import parsers
from qpf.syntax.reader import read_yaml
from tests.syntax.readers import data_of, tree_of

DOCUMENT = """\
# a comment
name: main_agent   # another
"quoted key": 'it''s'
größe: 😀 ok
list:
  - one
  - [two, {three: 3}]
  -
nothing:
text: |
  first
  second
folded: >-
  a
  b
plain: over
  two lines
shared: &x {a: 1}
again: *x
last:
  deep:
    end: 1
"""

VALUES = {
    "name": "2:7-2:17",
    '["quoted key"]': "3:15-3:22",
    '["größe"]': "4:8-4:12",
    "list": "6:3-8:4",
    "list[0]": "6:5-6:8",
    "list[1]": "7:5-7:22",
    "list[1][0]": "7:6-7:9",
    "list[1][1]": "7:11-7:21",
    "list[1][1].three": "7:19-7:20",
    "list[2]": "8:4-8:4",
    "nothing": "9:9-9:9",
    "text": "10:7-13:1",
    "folded": "13:9-16:1",
    "plain": "16:8-17:12",
    "shared": "18:9-18:18",
    "again": "18:9-18:18",
    "last": "21:3-22:11",
    "last.deep": "22:5-22:11",
    "last.deep.end": "22:10-22:11",
}
KEYS = {
    "name": "2:1-2:5",
    "quoted key": "3:1-3:13",
    "größe": "4:1-4:6",
    "again": "19:1-19:6",
    "last": "20:1-20:5",
}


@pytest.fixture(params=["c", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Reads with libyaml, or as if PyYAML had been built without it."""
    if request.param == "python":
        monkeypatch.setattr(parsers, "_CParser", None)
    return str(request.param)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("path", "place"), VALUES.items())
def test_value_stands_where_it_is_written(path: str, place: str) -> None:
    root = tree_of(DOCUMENT)
    assert place_of(find(root, parse_path(path))) == place


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("key", "place"), KEYS.items())
def test_key_stands_where_it_is_written(key: str, place: str) -> None:
    root = tree_of(DOCUMENT)
    assert place_of(root.entries[key]) == place


@pytest.mark.usefixtures("parser")
def test_carriage_returns_change_no_value_and_no_place() -> None:
    unix, windows = (
        read_yaml("a.yaml", text.encode()) for text in (DOCUMENT, DOCUMENT.replace("\n", "\r\n"))
    )
    assert data_of(windows) == data_of(unix)
    assert dict(places(windows.value)) == dict(places(unix.value))


@pytest.mark.usefixtures("parser")
def test_byte_order_mark_changes_no_value_and_no_place() -> None:
    assert (
        read_yaml("a.yaml", b"\xef\xbb\xbf" + DOCUMENT.encode()).value
        == read_yaml("a.yaml", DOCUMENT.encode()).value
    )


def test_keys_keep_the_order_written() -> None:
    assert list(tree_of("b: 1\na: 2\nc: 3\n").entries) == ["b", "a", "c"]


# Pieces that, in any order, make valid and invalid documents of every kind.
MARKS = """a|b: |- |[|]|{|}|, |: |'|"|# c|&x |*x|!t |? |1|0644|\t|é|😀|~|---|...|<<: |\\|%|@|>-\n"""
PIECES = st.lists(
    st.sampled_from([*MARKS.split("|"), "|\n", "\n", "\n  ", "\n    ", "\r\n", "key: v\n"]), max_size=25
).map("".join)


@settings(max_examples=400, deadline=None)
@given(PIECES)
def test_both_parsers_give_the_same_tree_and_the_same_findings(text: str) -> None:
    # PyYAML's own scanner refuses tabs between tokens, where libyaml takes them for spaces; after an
    # empty `? ` in a list, libyaml loses a token.
    content = text.replace("\t", " ").replace("? ", "").encode()
    with pytest.MonkeyPatch.context() as patch:
        fast = read_yaml("a.yaml", content)
        patch.setattr(parsers, "_CParser", None)
        slow = read_yaml("a.yaml", content)
    assert dict(places(slow.value)) == dict(places(fast.value))
    assert codes_of(slow) == codes_of(fast)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | PIECES.map(str.encode)
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_give_an_outcome(content: bytes) -> None:
    outcome = read_yaml("a.yaml", content)
    assert isinstance(outcome.value, Mapping) or outcome.report.failed
    lines = len(content.splitlines()) + 1
    for found in outcome.report.diagnostics:
        assert 1 <= found.span.line <= lines
        assert (found.span.line, found.span.column) <= (found.span.end_line, found.span.end_column)


def codes_of(outcome: Outcome[Mapping | None]) -> list[str]:
    """The findings; of a broken document only that it is broken, for parsers get differently far."""
    codes = [found.code.id for found in outcome.report.diagnostics]
    return ["QPF101"] if "QPF101" in codes else codes


def place_of(node: object) -> str:
    _, line, column, end_line, end_column = node.span  # type: ignore[attr-defined]  # a node or an entry
    return f"{line}:{column}-{end_line}:{end_column}"


def places(node: Node | None, at: Path = ()) -> Iterator[tuple[Path, tuple[str, object]]]:
    """Every node with its place; of an empty value only the line, where parsers differ by a column."""
    if node is None:
        return
    place = place_of(node)
    if isinstance(node, Scalar):
        empty = node.value is None and node.span[1:3] == node.span[3:]
        yield at, ("" if empty else place, node.value)
    elif isinstance(node, Mapping):
        yield at, (place.split("-")[0], None)
        for key, entry in node.entries.items():
            yield (*at, key, "key"), (place_of(entry), None)
            yield from places(entry.node, (*at, key))
    else:
        yield at, (place.split("-")[0], None)
        for index, item in enumerate(node.items):
            yield from places(item, (*at, index))
