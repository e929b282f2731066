"""Comments that accept findings, wherever a comment can stand, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.model.diagnostic import Code, Severity
from qpf.model.text import Text
from qpf.syntax.suppressions import is_marked, suppressions

ODD = Code("QPF999", "odd", Severity.WARNING, "Odd.")
CODES = {"QPF999": ODD, "odd": ODD, "QPF998": Code("QPF998", "wrong", Severity.ERROR, "Wrong.")}
GOOD = '# qpf: ignore[QPF999] reason="a reason" until=2027-01-31'


def lines(text: str) -> list[int]:
    """The lines whose findings a text's comments accept; none of them is wrong."""
    outcome = suppressions("a.yaml", text.encode(), CODES)
    assert [found.message for found in outcome.report.diagnostics] == []
    return [each.line for each in outcome.value]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"a: 1 {GOOD}\n", 1),
        (f"a: 1 {GOOD}", 1),
        (f"{GOOD}\na: 1\n", 2),
        (f"{GOOD}\r\na: 1\r\n", 2),
        (f"\ufeff{GOOD}\na: 1\n", 2),
        (f"b: 2\n{GOOD}\n# another comment\n\na: 1\n", 5),
        (f"a:\n  # of b\n  {GOOD}\n  - b\n", 4),
        (f"a: [1, {GOOD}\n  2]\n", 1),
        (f"a: |\n  text\n{GOOD}\nb: 1\n", 4),
        (f"a: |  {GOOD}\n  text\nb: 1\n", 1),
        (f"ä: 'ü' {GOOD}\n", 1),
        ('a: 1 #qpf:ignore [odd]  until="2027-01-31"  reason=short\n', 1),
    ],
)
def test_a_comment_is_about_its_line_or_the_next_that_says_something(text: str, line: int) -> None:
    assert lines(text) == [line]


@pytest.mark.parametrize(
    "text",
    [
        f"a: '{GOOD}'\n",
        f"a: |\n  {GOOD}\nb: 1\n",
        f"a: >-\n  one\n\n  {GOOD}\n",
        'a: "one\n  # qpf: ignore[QPF999]\n  two"\n',
        f"? '{GOOD}'\n: 1\n",
        f"a: x{GOOD}\n",
        f"a: [unclosed {GOOD}\n",
        "a: 1 # qpf: ignored in all that follows\n",
        "a: 1 # qpf: the compiler\n",
        "",
    ],
)
def test_text_is_no_comment(text: str) -> None:
    assert lines(text) == []


SAID = GOOD.removeprefix("# ")


@pytest.mark.parametrize("file", ["x.py", "x.cue", "README.md.jinja", "x.yaml.jinja"])
@pytest.mark.parametrize(
    ("text", "line", "comment"),
    [
        (f"a = 1  {GOOD}\n", 1, GOOD),
        (f"a = 1  {GOOD}\r\n", 1, GOOD),
        (f"a = '\f'\r{GOOD}\rb = 1\r", 3, GOOD),
        (f"a = [  # of b  {GOOD}\n", 1, GOOD),
        (f"{GOOD}\na = 1\n", 2, GOOD),
        (f"\ufeff{GOOD}\na = 1\n", 2, GOOD),
        (f"{GOOD}\n# a = 1\n", 2, GOOD),
        (f"a = 1\n{GOOD}", 2, GOOD),
        (f"a: 1 // {SAID}\n", 1, f"// {SAID}"),
        (f"\t//{SAID}\na: 1\n", 2, f"//{SAID}"),
        (f"a {{# {SAID} #}} b\n", 1, f"{{# {SAID} #}}"),
        (f"a{{#- {SAID} -#}}\n", 1, f"{{#- {SAID} -#}}"),
        (f"{{# {SAID} #}}a\n", 1, f"{{# {SAID} #}}"),
        (f" {{# {SAID} #}}\na\n", 2, f"{{# {SAID} #}}"),
    ],
)
def test_in_other_texts_a_comment_is_about_its_line_or_the_one_below(
    file: str, text: str, line: int, comment: str
) -> None:
    outcome = suppressions(file, text.encode(), CODES)
    assert outcome.report.diagnostics == ()
    assert is_marked(text.encode())
    whole = Text.of(file, text.encode())
    spans = [whole.range_of(each.span) for each in outcome.value]
    assert [whole.content[start:end] for start, end in spans] == [comment]
    assert [(each.line, each.codes, each.reason, each.until) for each in outcome.value] == [
        (line, ("QPF999",), "a reason", "2027-01-31")
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"a = x{GOOD}\n",
        f"https://{SAID}\n",
        f"/ {SAID}\n",
        f"{{# {SAID}\n",
        f"{{{{ {SAID} }}}}\n",
        f"{SAID}\n",
    ],
)
def test_in_other_texts_nothing_else_is_a_comment(text: str) -> None:
    assert suppressions("x.py", text.encode(), CODES) == suppressions("x.py", b"", CODES)


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# qpf: ignore", "this comment names no codes"),
        ("{# qpf: ignore #}", "this comment names no codes"),
        ("// qpf: ignore[QPF999]", "this comment says no reason"),
        (f"{GOOD} -->", "nobody can tell what `-->` means here"),
        (
            f"{{# {SAID.replace('QPF999', 'QPF998')} #}}",
            "QPF998 (wrong) is an error, which no comment accepts",
        ),
    ],
)
def test_in_other_texts_too_what_nobody_can_follow_is_a_finding(comment: str, message: str) -> None:
    outcome = suppressions("x.py", f"a {comment}\n".encode(), CODES)
    assert outcome.value == ()
    assert message in [found.message for found in outcome.report.diagnostics]


def test_what_is_shown_to_passes_has_comments_though_some_bytes_are_no_text() -> None:
    content = f"\xff {GOOD}".encode("latin-1")
    (found,) = suppressions("x.py", content, CODES).value
    assert Text.of("x.py", content).range_of(found.span) == (2, 2 + len(GOOD))


@pytest.mark.parametrize(
    ("comment", "messages"),
    [
        ("ignore", ["this comment names no codes"]),
        ("ignore QPF999", ["this comment names no codes"]),
        ("ignore[ , ]", ["this comment names no codes"]),
        ("ignor[QPF999]", ["`ignor` is nothing that a comment can do"]),
        ('ignore[QPF996] reason="x" until=2027-01-31', ["there is no code QPF996"]),
        ("ignore[QPF999] until=2027-01-31", ["this comment says no reason"]),
        ('ignore[QPF999] reason=" " until=2027-01-31', ["this comment says no reason"]),
        ('ignore[QPF999] reason="x"', ["this comment does not say until when it holds"]),
        ('ignore[QPF999] reason="x" until=2027-02-29', ["`2027-02-29` is no date"]),
        ('ignore[QPF999] reason="x" until=20270131', ["`20270131` is no date"]),
        ('ignore[QPF999] reason="x" until=2027-01-31 because', ["nobody can tell what `because` means here"]),
        ('ignore[QPF999] reason="x" until=2027-01-31 by=me', ["nobody can tell what `by=me` means here"]),
        ('ignore[QPF998] reason="x" until=2027-01-31',
         ["QPF998 (wrong) is an error, which no comment accepts"]),
    ],
)  # fmt: skip
def test_what_nobody_can_follow_is_a_finding_and_accepts_nothing(comment: str, messages: list[str]) -> None:
    outcome = suppressions("a.yaml", f"a: 1  # qpf: {comment}\n".encode(), CODES)
    assert outcome.value == ()
    assert [found.message for found in outcome.report.diagnostics] == messages
    assert {found.span and found.span[1:3] for found in outcome.report.diagnostics} == {(1, 7)}


def test_codes_are_named_by_id_or_name_and_count_once() -> None:
    text = f"a: 1 {GOOD.replace('QPF999', 'odd, QPF999')}\n"
    assert [each.codes for each in suppressions("a.yaml", text.encode(), CODES).value] == [("QPF999",)]


def test_only_files_with_the_marker_are_looked_into() -> None:
    assert is_marked(GOOD.encode())
    assert not is_marked(b"# of qpf: nothing\nqpf: 1\n")
    assert not is_marked(b"a: 1 # ignore[QPF999]\n")


@given(st.binary(max_size=80))
def test_any_bytes_give_an_outcome(content: bytes) -> None:
    marked = b"a: 1 # qpf: ignore[" + content
    suppressions("a.yaml", marked, CODES)
    suppressions("a.py", marked, CODES)
