"""Differences of files: what git would show, less dates and secrets."""

import subprocess
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from qpf.render.diff import render_diff


def test_a_change_is_shown_with_its_surroundings() -> None:
    old = b"".join(b"%d\n" % number for number in range(20))
    assert render_diff([("a/x.txt", old, old.replace(b"10\n", b"ten\n"))]) == (
        "--- a/a/x.txt\n+++ b/a/x.txt\n@@ -8,7 +8,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"
    )


def test_new_and_removed_files_say_so() -> None:
    assert render_diff([("x", None, b"a\n")]) == "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"
    assert render_diff([("x", b"a\n", None)]) == "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"


def test_a_missing_last_line_end_is_told() -> None:
    assert render_diff([("x", b"a", b"a\n")]).endswith("-a\n\\ No newline at end of file\n+a\n")


def test_equal_files_are_left_out_and_binary_ones_not_shown() -> None:
    assert render_diff([("x", b"a", b"a"), ("y", b"\xff", b"a")]) == "--- a/y\n+++ b/y\nBinary files differ\n"


def test_a_changed_secret_shows_as_a_change_but_not_itself() -> None:
    text = render_diff([("x", b"password: one1\nb: 1\n", b"password: two2\nb: 1\n")])
    assert text.endswith("-password: ***\n+password: ***\n b: 1\n")


lines = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "d\u2028\n", "e"]), max_size=12).map("".join)


@settings(max_examples=25, deadline=None)
@given(lines, lines)
def test_git_can_apply_it(tmp_path_factory: object, old: str, new: str) -> None:
    folder: Path = tmp_path_factory.mktemp("diff")  # type: ignore[attr-defined]  # pytest's own factory
    (folder / "x").write_bytes(old.encode())
    text = render_diff([("x", old.encode(), new.encode())])
    if text:
        command = ["git", "apply", "--unsafe-paths", "--whitespace=nowarn", "-"]
        subprocess.run(command, input=text.encode(), check=True, capture_output=True, cwd=folder)
    assert (folder / "x").read_bytes() == new.encode()
