"""Every way a document can be wrong: its code, and the exact place that is blamed."""

from typing import NamedTuple

import pytest

from qpf.model.diagnostic import Outcome
from qpf.model.node import Mapping, to_data
from qpf.syntax.codes import READER_CODES
from qpf.syntax.reader import read_yaml


class Case(NamedTuple):
    """A document, and what is found in it: `QPF107 4:3-4:4 < 3:3` (blaming 3:3 as well)."""

    content: str | bytes
    found: tuple[str, ...]
    data: object = None


CASES = {
    # 101 syntax: one finding, in our words
    "two colons": Case("a: b: c", ("QPF101 1:5-1:6",)),
    "no colon": Case("a: 1\nb\nc: 2\n", ("QPF101 2:1-2:2 < 3:1",)),
    "dash without space": Case("a:\n  - b\n  -c\n  - d\n", ("QPF101 3:3-3:4 < 4:3",)),
    "reserved @": Case("a: @x", ("QPF101 1:4-1:5",)),
    "reserved backtick": Case("a: `x`", ("QPF101 1:4-1:5",)),
    "single quote open": Case("a: 'x\nb: 1\n", ("QPF101 1:4-1:5 < 2:5",)),
    "double quote open": Case('k: 1\na: "x', ("QPF101 2:4-2:5 < 2:6",)),
    "apostrophe inside single quotes": Case("key: 'it's'", ("QPF101 1:10-1:11 < 1:1",)),
    "unknown escape": Case('a: "\\q"', ("QPF101 1:5-1:6",)),
    "short escape": Case('a: "\\xZZ"', ("QPF101 1:7-1:8",)),
    "surrogate escape": Case('a: "\\ud83d\\ude00"', ("QPF101 1:7-1:8",)),
    "escape beyond Unicode": Case('a: "\\U00110000"', ("QPF101 1:7-1:8",)),
    "glob": Case("a: *.py", ("QPF101 1:5-1:6",)),
    "ampersand": Case("a: & b", ("QPF101 1:5-1:6",)),
    "list on the line of its key": Case("a: - b", ("QPF101 1:4-1:5",)),
    "key inside list": Case("a:\n  - b\n  c: d\n", ("QPF101 3:3-3:4 < 2:3",)),
    "outdented key": Case("a:\n    b: 1\n  c: 2\n", ("QPF101 3:3-3:4 < 1:1",)),
    "indented key": Case("a: 1\n  b: 2\n", ("QPF101 2:4-2:5",)),
    "open list": Case("a: [1, 2\nb: 3\n", ("QPF101 1:4-1:5 < 2:2",)),
    "open mapping": Case("a: {b: 1\n", ("QPF101 1:4-1:5 < 1:9",)),
    "crossed brackets": Case("a: {b: [c, d}\n", ("QPF101 1:8-1:9 < 1:13",)),
    "stray bracket": Case("a: ]", ("QPF101 1:4-1:5",)),
    "text after a quote": Case('a: "x" y', ("QPF101 1:8-1:9 < 1:1",)),
    "block scalar with text": Case("a: |x\n  y\n", ("QPF101 1:5-1:6",)),
    "block scalar of indentation 0": Case("a: |0\n  y\n", ("QPF101 1:5-1:6",)),
    "text after the end": Case("a: 1\n...\nb: 2\n", ("QPF101 3:1-3:2",)),
    "marker inside quotes": Case("a: 'x\n---\n'\n", ("QPF101 1:4-1:5 < 2:1",)),
    "question mark": Case("a: ? b", ("QPF101 1:4-1:5",)),
    "found before the syntax error": Case("a: 1\na: 2\nb: [\n", ("QPF107 2:1-2:2 < 1:1", "QPF101 3:5-3:5")),
    # 102 encoding
    "latin 1": Case(b"ok: 1\na: \xc3\xa9\xe9\n", ("QPF102 2:5-2:6",)),
    "cut utf-8": Case(b"a: \xc3", ("QPF102 1:4-1:5",)),
    "surrogate in utf-8": Case(b"a: \xed\xa0\x80\n", ("QPF102 1:4-1:5",)),
    "overlong nul": Case(b"a: \xc0\x80\n", ("QPF102 1:4-1:5",)),
    "utf-16 little": Case("a: 1\n".encode("utf-16"), ("QPF102 1:1-1:1",)),
    "utf-16 big, no mark": Case("a: 1\n".encode("utf-16-be"), ("QPF102 1:1-1:1",)),
    "utf-32": Case("a: 1\n".encode("utf-32"), ("QPF102 1:1-1:1",)),
    # 103, 104: read on
    "byte order mark": Case("\ufeffa: 1\n", ("QPF103 1:1-1:1",), {"a": 1}),
    "crlf": Case("a: 1\r\nb: |\r\n  x\r\n  y\r\n", ("QPF104 1:5-1:7",), {"a": 1, "b": "x\ny\n"}),
    "mark and crlf and more": Case(
        "\ufeffa: 1\r\na: 2\r\n",
        (
            "QPF103 1:1-1:1",
            "QPF104 1:5-1:7",
            "QPF107 2:1-2:2 < 1:1",
        ),
        {"a": 1},
    ),
    # 105, 125: characters
    "nul": Case("a: x\nb: \0\n", ("QPF105 2:4-2:5",)),
    "bell and escape": Case("a: \x07\nb: \x1b \x07\n", ("QPF105 1:4-1:5 <", "QPF105 2:4-2:5")),
    "delete": Case("a: \x7f\n", ("QPF105 1:4-1:5",)),
    "c1": Case("a: \x9f\n", ("QPF105 1:4-1:5",)),
    "lone cr": Case("a: 1\rb: 2\n", ("QPF105 1:5-1:6",)),
    "mark inside": Case("a: \ufeffx\n", ("QPF105 1:4-1:5",)),
    "non-character": Case("a: \uffff\n", ("QPF105 1:4-1:5",)),
    "next line": Case("a: x\x85y\n", ("QPF125 1:5-1:6",)),
    "line separator in a comment": Case("a: x # y\u2028b: 2\n", ("QPF125 1:9-1:10",)),
    "paragraph separator in quotes": Case('a: "\u2029"\n', ("QPF125 1:5-1:6",)),
    "emoji count as one column": Case("a: {😀: 1, 😀: 2}\n", ("QPF107 1:11-1:12 < 1:5",), {"a": {"😀": 1}}),
    # 106 tabs
    "tab before a key": Case("a:\n\tb: 1\n", ("QPF106 2:1-2:2",)),
    "tab after spaces": Case("a:\n  \tb: 1\n", ("QPF106 2:3-2:4",)),
    "tab going on": Case("a: b\n\tc: 2\n", ("QPF106 2:1-2:2",)),
    "tab after a dash": Case("a:\n  -\tb: 1\n", ("QPF106 2:4-2:5",)),
    "tab before a block scalar's text": Case("a: |\n\tx\n", ("QPF106 2:1-2:2",)),
    "tab inside a block scalar": Case("a: |\n  all:\n  \tgo build\n", (), {"a": "all:\n\tgo build\n"}),
    "tab between tokens": Case("a:\tb\t# c\n", (), {"a": "b"}),
    # 107 to 110 keys
    "duplicate": Case("a: 1\nb: 2\na: 3\n", ("QPF107 3:1-3:2 < 1:1",), {"a": 1, "b": 2}),
    "three times": Case("a: 1\na: 2\na: 3\n", ("QPF107 2:1-2:2 < 1:1", "QPF107 3:1-3:2 < 1:1"), {"a": 1}),
    "duplicate, quoted": Case("a: 1\n'a': 2\n", ("QPF107 2:1-2:4 < 1:1",), {"a": 1}),
    "duplicate in flow": Case("x: {a: 1, a: 2}\n", ("QPF107 1:11-1:12 < 1:5",), {"x": {"a": 1}}),
    "duplicate with a collection": Case(
        "a:\n  b: [1]\na:\n  c: {d: 2, d: 3}\n",
        ("QPF107 3:1-3:2 < 1:1", "QPF107 4:13-4:14 < 4:7"),
        {"a": {"b": [1]}},
    ),
    "NFC and NFD": Case("\u00e9: 1\ne\u0301: 2\n", ("QPF107 2:1-2:3 < 1:1",), {"\u00e9": 1}),
    "NFD and NFC": Case("e\u0301: 1\n\u00e9: 2\n", ("QPF107 2:1-2:2 < 1:1",), {"e\u0301": 1}),
    "kelvin": Case("\u212a: 1\nK: 2\n", ("QPF107 2:1-2:2 < 1:1",), {"\u212a": 1}),
    "number and its text": Case('1: a\n"1": b\n', ("QPF107 2:1-2:4 < 1:1", "QPF108 1:1-1:2"), {"1": "a"}),
    "boolean key": Case("true: a\n", ("QPF108 1:1-1:5",), {"true": "a"}),
    "null key in flow": Case("a: {? : 1}\n", ("QPF108 1:7-1:7",), {"a": {}}),
    "list key": Case("? [a, b]\n: 1\nc: 2\n", ("QPF109 1:3-1:9",), {"c": 2}),
    "template in a value": Case("a: {{ x }}\n", ("QPF109 1:5-1:10",), {"a": {}}),
    "alias key": Case("a: &k b\n*k : 1\n", ("QPF109 2:1-2:3",), {"a": "b"}),
    "anchored key": Case("&k a: 1\nb: *k\n", (), {"a": 1, "b": "a"}),
    "merge key": Case(
        "a: &a {b: 1}\nc:\n  <<: *a\n  d: 2\n", ("QPF110 3:3-3:5",), {"a": {"b": 1}, "c": {"d": 2}}
    ),
    # 111 tags
    "tags": Case(
        "a: !!str 3\nb: !c {d: 1}\ne: !!python/object:os.system [x]\nf: !!binary aGk=\ng: !<x> 1\n",
        ("QPF111 1:4-1:9", "QPF111 2:4-2:6", "QPF111 3:4-3:29", "QPF111 4:4-4:12", "QPF111 5:4-5:8"),
        {"a": "3", "b": {"d": 1}, "e": ["x"], "f": "aGk=", "g": "1"},
    ),
    "tagged key": Case("!!str 1: a\n", ("QPF111 1:1-1:6",), {"1": "a"}),
    "undefined handle": Case("a: !x!y z\n", ("QPF111 1:4-1:5",)),
    # 112, 113 aliases
    "unknown anchor": Case(
        "a: *x\nb: [*y]\n", ("QPF112 1:4-1:6", "QPF112 2:5-2:7"), {"a": None, "b": [None]}
    ),
    "anchor after alias": Case("a: *x\nb: &x 1\n", ("QPF112 1:4-1:6",), {"a": None, "b": 1}),
    "recursive list": Case("a: &x [*x]\n", ("QPF113 1:8-1:10",), {"a": [None]}),
    "recursive mapping": Case("a: &x\n  b: *x\n", ("QPF113 2:6-2:8",), {"a": {"b": None}}),
    "anchor redefined": Case("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", (), {"a": 1, "b": 1, "c": 2, "d": 2}),
    # 114 to 116 documents
    "two documents": Case("a: 1\n---\nb: 2\n", ("QPF114 2:1-2:4 < 1:1",), {"a": 1}),
    "one document, marked": Case("---\na: 1\n...\n", (), {"a": 1}),
    "empty": Case("", ("QPF115 1:1-1:1",)),
    "comment only": Case("# nothing\n\n", ("QPF115 1:1-1:1",)),
    "marker only": Case("---\n", ("QPF115 2:1-2:1",)),
    "null": Case("~\n", ("QPF115 1:1-1:2",)),
    "list": Case("- a\n- b\n", ("QPF116 1:1-1:2",)),
    "scalar": Case("just text\n", ("QPF116 1:1-1:10",)),
    "empty mapping": Case("{}\n", (), {}),
    # 117 to 119 numbers
    "numbers": Case(
        "a: .nan\nb: 123456789012345678901\nc: 0644\n",
        ("QPF117 1:4-1:8", "QPF118 2:4-2:25", "QPF119 3:4-3:8"),
        {"a": ".nan", "b": "123456789012345678901", "c": 644},
    ),
    # 120 directives
    "yaml 1.1": Case("%YAML 1.1\n---\na: 1\n", ("QPF120 1:1-1:10",)),
    "yaml 1.2": Case("%YAML 1.2\n---\na: 1\n", (), {"a": 1}),
    "tag directive": Case("# x\n%TAG ! !y\n---\na: 1\n", ("QPF120 2:1-2:10",)),
    "unknown directive": Case("%FOO bar\n---\na: 1\n", ("QPF120 1:1-1:9",)),
    "percent is no directive": Case("a: 100%\nb:\n  %c: 1\n", ("QPF101 3:3-3:4",)),
}


def told(outcome: Outcome[Mapping | None]) -> tuple[str, ...]:
    lines = []
    for found in outcome.report.diagnostics:
        span = found.span
        line = f"{found.code.id} {span.line}:{span.column}-{span.end_line}:{span.end_column}"
        blamed = [f" {note.span.line}:{note.span.column}" if note.span else "" for note in found.notes]
        lines.append(line + "".join(f" <{place}" for place in blamed))
    return tuple(sorted(lines))


@pytest.mark.parametrize("name", CASES)
def test_defect_is_found_where_it_is(name: str) -> None:
    case = CASES[name]
    content = case.content if isinstance(case.content, bytes) else case.content.encode()
    outcome = read_yaml("a.yaml", content)
    value = None if outcome.value is None else to_data(outcome.value)
    assert (told(outcome), value) == (tuple(sorted(case.found)), case.data)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.found])
def test_finding_is_a_sentence_with_a_remedy(name: str) -> None:
    content = CASES[name].content
    for found in read_yaml(
        "a.yaml", content if isinstance(content, bytes) else content.encode()
    ).report.diagnostics:
        assert found.hint
        assert found.message[0].islower() or not found.message[0].isalpha()
        assert not found.message.endswith(".")
        assert all(character.isprintable() for character in found.message + found.hint)


def test_every_reader_code_has_a_case() -> None:
    in_table = {line.split()[0] for case in CASES.values() for line in case.found}
    budgets = {"QPF121", "QPF122", "QPF123", "QPF124"}  # tests/syntax/test_reader_budgets.py
    assert in_table | budgets == {code.id for code in READER_CODES}
