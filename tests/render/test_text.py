"""Findings as people read them."""

import re
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qpf.model.diagnostic import Report, Suppressed, Suppression
from qpf.model.span import Span
from qpf.render.excerpt import Lines, visible
from qpf.render.text import MOST, render_text, summary
from tests.render.reports import NOWHERE, REPORT, SOURCES, UNUSED, one

WHOLE = """\
note[QPF801 version-mismatch]: it is old
  page: `qpf explain QPF801`

agents/a.yaml:1:1: warning[QPF604 unused-port]: `out` is sent nowhere
     1 | name: a
       | ^^^^
  page: `qpf explain QPF604`

agents/a.yaml:3:3: error[QPF220 merge-conflict]: `replicas` is 3 here and 1 there
     3 |   replicas: 3
       |   ^^^^^^^^^^^
  note: base/b.yaml:2:14: the base says 1
     2 | deployment: {replicas: 1}
       |              ^^^^^^^^^^^
  note: and nobody may override it
  hint: remove one of them
  page: `qpf explain QPF220`

1 error, 1 warning, 1 note
"""


def test_a_report_shows_line_caret_notes_and_hint() -> None:
    expected = WHOLE.replace("note[QPF801", "agent a, environment dev: note[QPF801")
    assert render_text(REPORT, SOURCES) == expected


def test_without_sources_only_the_excerpts_are_missing() -> None:
    text = render_text(REPORT, {})
    assert " | " not in text
    assert [
        line for line in render_text(REPORT, SOURCES).splitlines() if " | " not in line
    ] == text.splitlines()


def test_colour_changes_nothing_but_colour() -> None:
    coloured = render_text(REPORT, SOURCES, colour=True)
    assert "\033[1;31merror[QPF220" in coloured
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == render_text(REPORT, SOURCES)


def test_an_empty_report_is_silent() -> None:
    assert render_text(Report(), SOURCES) == ""
    assert summary(Report()) == "no findings"


@pytest.mark.parametrize(
    ("line", "columns", "shown", "carets"),
    [
        ("abc", (2, 3), "abc", " ^"),
        ("abc", (2, 2), "abc", " ^"),
        ("abc", (4, 4), "abc", "   ^"),
        ("abc", (9, 12), "abc", "   ^"),
        ("\tabc", (2, 4), "    abc", "    ^^"),
        ("a\tbc", (2, 4), "a    bc", " ^^^^^"),
        ("配置: x", (1, 3), "配置: x", "^^^^"),
        ("配置: x", (5, 6), "配置: x", "      ^"),
        ("e\u0301x", (3, 4), "e\u0301x", " ^"),
        ("a\x1b[31mb", (7, 8), "a\\x1b[31mb", "         ^"),
        ("a\u202eb", (3, 4), "a\\u202eb", "       ^"),
        ("password: hunter2 # x", (19, 20), "password: *** # x", "              ^"),
        ("password: hunter2", (11, 18), "password: ***", "          ^^^"),
    ],
)
def test_carets_stand_below_what_they_mean(
    line: str, columns: tuple[int, int], shown: str, carets: str
) -> None:
    excerpt = Lines(line.encode()).excerpt(Span("x", 1, columns[0], 1, columns[1]))
    assert excerpt is not None
    assert (excerpt.line, excerpt.carets) == (shown, carets)


def test_a_span_of_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    excerpt = Lines(b"a:\n  b: 1\n  c: 2\n").excerpt(Span("x", 2, 3, 3, 7))
    assert excerpt is not None
    assert (excerpt.number, excerpt.line, excerpt.carets) == (2, "  b: 1", "  ^^^^")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_yaml_says(ending: str) -> None:
    excerpt = Lines(ending.join(["a", "b\u2028\x85\x0cb", "c"]).encode()).excerpt(Span("x", 3, 1, 3, 2))
    assert excerpt is not None
    assert excerpt.line == "c"


@pytest.mark.parametrize("column", [1, 5000, 99_990])
def test_a_long_line_is_cut_around_the_span(column: int) -> None:
    line = "".join(f"{number:05}" for number in range(20_000))
    excerpt = Lines(line.encode()).excerpt(Span("x", 1, column, 1, column + 5))
    assert excerpt is not None
    assert len(excerpt.line) <= 122
    start = len(excerpt.carets) - len(excerpt.carets.lstrip())
    assert excerpt.line[start : start + 5] == line[column - 1 : column + 4]
    assert excerpt.line.startswith("…") == (column > 1)


@pytest.mark.parametrize("span", [Span("x", 0, 0, 0, 0), Span("x", 9, 1, 9, 1)])
def test_a_span_outside_its_source_shows_no_line(span: Span) -> None:
    assert Lines(b"a\n").excerpt(span) is None
    assert render_text(one(span=span), {"x": b"a\n"}).count("\n") == 4


def test_bytes_that_are_no_text_do_not_hurt() -> None:
    assert "\ufffd" in render_text(one(span=Span("x", 1, 1, 1, 2)), {"x": b"\xff\xfe"})


def test_a_message_cannot_steer_the_terminal() -> None:
    text = render_text(one("a\x1b[2Jb\rc\u202ed\ne", Span("x\x1b", 1, 1, 1, 1), "h\x07"), {})
    assert "error[QPF220 merge-conflict]: a\\x1b[2Jb\\rc\\u202ed\n    e\n" in text
    assert all(character.isprintable() or character == "\n" for character in text)


def test_secrets_are_masked_in_message_excerpt_note_and_hint() -> None:
    secret = "hunter2secret"  # noqa: S105 - a made-up one
    source = f"x: 1\npassword: {secret}\n".encode()
    text = render_text(one(f"password: {secret}", Span("x", 2, 1, 2, 9), f"TOKEN={secret}"), {"x": source})
    assert secret not in text
    assert text.count("***") == 3


def test_who_is_meant_is_said_where_no_line_says_it() -> None:
    assert render_text(Report((NOWHERE,)), {}).startswith("agent a, environment dev: note[")


@given(st.text(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_no_source_breaks_the_excerpt(text: str, column: int, length: int) -> None:
    content = text.encode(errors="replace")
    excerpt = Lines(content).excerpt(Span("x", 1, column, 1, column + length))
    assert excerpt is not None
    assert visible(excerpt.line) == excerpt.line
    assert "\n" not in excerpt.line
    assert set(excerpt.carets) <= {" ", "^"}
    width = sum(2 if east_asian_width(character) in "WF" else 1 for character in excerpt.line)
    blank_at_the_end = len(text) * len("    ")
    assert len(excerpt.carets) <= width + blank_at_the_end + 2


@given(st.permutations([0, 1, 2]))
def test_the_order_of_finding_does_not_matter(order: list[int]) -> None:
    shuffled = Report.of([REPORT.diagnostics[position] for position in order])
    assert render_text(shuffled, SOURCES) == render_text(REPORT, SOURCES)


def test_of_many_alike_in_one_file_the_first_are_shown_and_the_rest_is_counted() -> None:
    many = Report.of(
        replace(UNUSED, span=Span(source, line, 1, line, 2))
        for source in ("a.yaml", "b.yaml")
        for line in range(1, MOST + 38)
    )
    text = render_text(many, {})
    assert text.count("warning[QPF604") == 2 * MOST
    assert text.count("\n…and 37 more QPF604 in a.yaml\n") == 1
    assert text.endswith(f"\n{2 * (MOST + 37)} warnings\n")


def test_what_is_accepted_is_counted_in_the_last_line() -> None:
    comment = Suppression(Span("agents/a.yaml", 1, 9, 1, 60), 1, ("QPF604",), "known", "2027-01-31")
    accepted = Report((), (Suppressed(UNUSED, comment),))
    assert render_text(accepted, {}) == "1 suppressed\n"
    assert summary(REPORT + accepted) == "1 error, 1 warning, 1 note, 1 suppressed"


def test_pages_of_the_core_are_linked_where_they_are_published() -> None:
    pages = "https://docs.example/codes/"
    assert "  page: https://docs.example/codes/QPF604.html\n" in render_text(
        Report((UNUSED,)), {}, pages=pages
    )
    other = replace(UNUSED, code=replace(UNUSED.code, id="ACM001"))
    assert "  page: `qpf explain ACM001`\n" in render_text(Report((other,)), {}, pages=pages)
