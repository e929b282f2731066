"""Edits put into texts: every other byte stays, and of two over each other one is left."""

from hypothesis import given
from hypothesis import strategies as st

from qpf.fixing.patch import patched
from qpf.model.diagnostic import Code, Diagnostic, Fix, Severity, TextEdit
from qpf.model.span import Span

CODE = Code("QPF999", "odd", Severity.ERROR, "Odd.")


def found(*edits: tuple[int, int, int, int, str], message: str = "odd") -> Diagnostic:
    spans = tuple(TextEdit(Span("a.yaml", *place), text) for *place, text in edits)
    return Diagnostic(CODE, message, Span("a.yaml", 1, 1, 1, 2), fix=Fix("mend it", spans))


def text_of(content: bytes, *findings: Diagnostic) -> bytes:
    patches, _ = patched(findings, {"a.yaml": content})
    return patches["a.yaml"].after if patches else content


def test_text_is_replaced_put_in_and_taken_out() -> None:
    content = b"a: 1.50\nbb: x # gone\nc: d\n"
    mended = text_of(
        content,
        found((1, 4, 1, 4, '"'), (1, 8, 1, 8, '"')),
        found((2, 1, 2, 3, "b")),
        found((2, 6, 2, 13, "")),
        found((3, 1, 4, 1, "")),
    )
    assert mended == b'a: "1.50"\nb: x\n'


def test_marks_line_ends_and_characters_beyond_ascii_stay() -> None:
    content = "\ufeffä: 😀 \r\nb: c\r\n".encode()
    assert text_of(content, found((2, 4, 2, 5, "d"))) == "\ufeffä: 😀 \r\nb: d\r\n".encode()
    assert text_of(content, found((1, 4, 1, 5, "e"))) == "\ufeffä: e \r\nb: c\r\n".encode()


def test_of_edits_over_each_other_the_first_is_made() -> None:
    first, second = found((1, 1, 1, 3, "x")), found((1, 2, 1, 4, "y"), message="other")
    patches, refused = patched([first, second], {"a.yaml": b"abcd\n"})
    assert patches["a.yaml"].after == b"xcd\n"
    assert [*refused] == [second]


def test_two_texts_are_not_put_in_at_one_place() -> None:
    first, second = found((1, 1, 1, 1, "x")), found((1, 1, 1, 1, "y"), message="other")
    assert [*patched([first, second], {"a.yaml": b"abcd\n"})[1]] == [second]


def test_an_anchor_is_not_taken_for_a_part_of_the_value() -> None:
    for begin in "&*!":
        content = f"{begin}x 1\n".encode()
        assert text_of(content, found((1, 1, 1, 1, '"'), (1, 5, 1, 5, '"'))) == content


def test_lines_are_told_as_they_are_then() -> None:
    removal, word = found((1, 1, 2, 1, "")), found((3, 1, 3, 2, "x"), message="other")
    patch = patched([removal, word], {"a.yaml": b"a\nb\nc\n"})[0]["a.yaml"]
    assert patch.after == b"b\nx\n"
    assert [*patch.lines_of(removal), *patch.lines_of(word)] == [1, 2]


@given(st.text("ab\n", max_size=12), st.integers(0, 12), st.integers(0, 3), st.text("x\n", max_size=3))
def test_one_edit_is_one_splice(text: str, start: int, size: int, new: str) -> None:
    start = min(start, len(text))
    stop = min(start + size, len(text))

    def place(position: int) -> tuple[int, int]:
        return text.count("\n", 0, position) + 1, position - (text.rfind("\n", 0, position) + 1) + 1

    edit = found((*place(start), *place(stop), new))
    assert text_of(text.encode(), edit) == (text[:start] + new + text[stop:]).encode()
