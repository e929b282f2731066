"""The form itself, a case each."""

import pytest

from qpf.formatting.form import formatted

CASES = {
    "indentation is two spaces a level": ("a:\n    b:\n         c: 1\n", "a:\n  b:\n    c: 1\n"),
    "lists are indented below their keys": ("a:\n- 1\n- 2\n", "a:\n  - 1\n  - 2\n"),
    "items are compact": (
        "a:\n  -  b: 1\n     c: 2\n  - - 1\n    - 2\n",
        "a:\n  - b: 1\n    c: 2\n  - - 1\n    - 2\n",
    ),
    "one space after colons and dashes": ("a:    1\nb :\n  -   x\n", "a: 1\nb:\n  - x\n"),
    "braces hug, commas and colons are followed by a space": (
        "a: { x: 1,y: [ 1,2 , ], }\n",
        "a: {x: 1, y: [1, 2]}\n",
    ),
    "line breaks in braces stay, indentation is by depth": (
        "a: [ 1,\n 2, # two\n       {x: 1,\n y: 2}\n     ]\n",
        "a: [1,\n  2,  # two\n  {x: 1,\n    y: 2}\n]\n",
    ),
    "empty lines in braces: one at most, none where they begin or end": (
        "a: {\n\n  x: 1,\n\n\n  # of y\n\n  y: 2\n\n  , z: [\n  3, # three\n\n  4 ]\n\n}\n",
        "a: {\n  x: 1,\n\n  # of y\n\n  y: 2,\n  z: [\n    3,  # three\n\n    4]\n}\n",
    ),
    "a line break before a comma goes behind it": (
        "a: {c: 1\n  , a: 2\n\n  , b: [3\n  , 4 ]\n  , }\n",
        "a: {c: 1,\n  a: 2,\n  b: [3,\n    4],\n}\n",
    ),
    "comments stand two spaces beside": (
        "a: 1 # one\nb: # two\n  c: 3\t\t# three\n",
        "a: 1  # one\nb:  # two\n  c: 3  # three\n",
    ),
    "comments above are indented as what they speak of": (
        "a:\n  b: 1\n# of c\n  c: 2\n# of d\nd: 3\n",
        "a:\n  b: 1\n  # of c\n  c: 2\n# of d\nd: 3\n",
    ),
    "a comment at the end of a block stays in it": (
        "a:\n    b: 1\n    # end of a\nc: 2\n",
        "a:\n  b: 1\n  # end of a\nc: 2\n",
    ),
    "empty lines: one at most, none at the ends or where a block begins": (
        "\n\na:\n\n  b: 1\n\n\n  c: 2\n\n\n",
        "a:\n  b: 1\n\n  c: 2\n",
    ),
    "white space at the ends of lines goes": ("a: 1  \nb: \n", "a: 1\nb:\n"),
    "CR LF and a byte order mark go": ("\ufeffa: 1\r\nb: |\r\n  x\r\n", "a: 1\nb: |\n  x\n"),
    "the mark of a document's begin goes, its comments stay": ("# x\n---\na: 1\n...\n", "# x\na: 1\n"),
    "quotes stay": ('a: \'x\'\n"b": "y"\n', 'a: \'x\'\n"b": "y"\n'),
    "text in blocks is indented anew, and stays": (
        "a: |\n        x\n          y \n\n        z\nb: >-\n   p\n   q\n",
        "a: |\n  x\n    y \n\n  z\nb: >-\n  p\n  q\n",
    ),
    "a text that begins with a space says how far it is indented": (
        "a: |4\n     x\n    y\n",
        "a: |2\n   x\n  y\n",
    ),
    "blanks that belong to a text stay, at the end of a file too": ("a: >-\n x\n   ", "a: >-\n  x\n    \n"),
    "empty lines that belong to a text stay": ("a: |+\n  x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"),
    "text over several lines is indented below its key": (
        'a: one\n        two\nb: "p\n q"\n',
        'a: one\n  two\nb: "p\n  q"\n',
    ),
    "anchors stay before what they name": (
        "a: &x   {b: 1}\nc: &y\n    d: *x\n",
        "a: &x {b: 1}\nc: &y\n  d: *x\n",
    ),
    "keys of braces on one line are put in order": ("z: {c: 1, a: 2}\n", "z: {a: 2, c: 1}\n"),
    "keys of braces over several lines are not": ("z: {c: 1,\n  a: 2}\n", "z: {c: 1,\n  a: 2}\n"),
    "a key nobody knows stays behind the one it stands behind": (
        "c: 1\nunknown: 2\na: 3\n",
        "a: 3\nc: 1\nunknown: 2\n",
    ),
    "a comment that is indented below an entry stays so, wherever the entry comes to stand": (
        "c: {x: 1}\n    # of c\na: 1\n",
        "a: 1\nc: {x: 1}\n  # of c\n",
    ),
    "so does one below the last": ("a: 1\nc: {x: 1}\n    # of c\n", "a: 1\nc: {x: 1}\n  # of c\n"),
    "lists are never put in order": ("a: [3, 1, 2]\nb:\n  - z\n  - a\n", "a: [3, 1, 2]\nb:\n  - z\n  - a\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_form(name: str) -> None:
    before, after = CASES[name]
    outcome = formatted("x.yaml", before.encode(), lambda _: "abc")
    errors = [found.message for found in outcome.report.diagnostics if found.code.id.startswith("QPF13")]
    assert not errors
    assert outcome.value.decode() == after
    assert formatted("x.yaml", outcome.value, lambda _: "abc").value == outcome.value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("? a\n: 1\n", "question mark"),
        ("%YAML 1.2\n---\na: 1\n", "directive"),
        ("a: {? b : 1}\n", "question mark"),
    ],
)
def test_what_has_no_form_is_left_and_says_why(text: str, why: str) -> None:
    outcome = formatted("x.yaml", text.encode(), lambda _: "abc")
    assert outcome.value == text.encode()
    assert [(found.code.id, why in found.message) for found in outcome.report.diagnostics] == [
        ("QPF131", True)
    ]


def test_an_alias_that_would_come_before_its_anchor_keeps_keys_where_they_are() -> None:
    text = b"b:   &x 1\na: *x\n"
    outcome = formatted("x.yaml", text, lambda _: "ab")
    assert outcome.value == b"b: &x 1\na: *x\n"
    assert "anchors would mean something else" in outcome.report.diagnostics[0].message


def test_what_cannot_be_read_is_left_with_the_readers_findings() -> None:
    outcome = formatted("x.yaml", b"a: [1\nb", lambda _: "ab")
    assert outcome.value == b"a: [1\nb"
    assert outcome.report.failed
