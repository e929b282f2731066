"""Tables have lines on a terminal and are plain columns elsewhere; colours follow NO_COLOR."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.host.hostile import make_fleet


def on_terminal(root: Path, *arguments: str, **environment: str) -> str:
    """What a person sees: both streams are a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "qpf", "-C", str(root), *arguments],
        stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    with child:
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    return seen.decode()


def test_a_table_has_lines_on_a_terminal(tmp_path: Path) -> None:
    assert "┃" in on_terminal(tmp_path, "plugins")
    assert "┃" not in on_terminal(tmp_path, "plugins", TERM="dumb")


@pytest.mark.parametrize("columns", ["0", "7"])
def test_a_table_for_which_there_is_no_room_is_plain_columns(tmp_path: Path, columns: str) -> None:
    shown = on_terminal(tmp_path, "plugins", COLUMNS=columns)
    assert "python_agent" in shown
    assert "┃" not in shown


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_terminals_that_want_them(
    environment: dict[str, str],
    coloured: object,
    tmp_path: Path,
) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    (root / "agents" / "adder.yaml").write_text("name: [")
    assert ("\x1b[" in on_terminal(root, "validate", **environment)) is coloured
