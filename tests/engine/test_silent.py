"""What is known of texts is believed as it was written, by those who would find the same."""

import pytest

from qpf.engine.silent import read_silent, write_silent
from qpf.model.digest import ordered, sealed

TEXTS = {"agents/a.yaml": "sha256:1"}


def test_it_is_read_as_it_was_written() -> None:
    assert read_silent(write_silent(TEXTS, "tools"), "tools") == TEXTS


def test_other_tools_may_find_something() -> None:
    assert read_silent(write_silent(TEXTS, "tools"), "newer tools") == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        write_silent(TEXTS, "tools")[:-1],
        sealed(b"{"),
        sealed(b"7"),
        sealed(ordered([1, "tools"])),
        sealed(ordered([1, "tools", ["agents/a.yaml"]])),
        sealed(ordered([0, "tools", TEXTS])),
    ],
)
def test_anything_else_is_not_believed(content: bytes) -> None:
    assert read_silent(content, "tools") == {}
