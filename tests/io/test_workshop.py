"""The folder a compile works in: hidden from git, and held by one process at a time."""

import errno
import os
from pathlib import Path

import pytest

from qpf.io.workshop import exclusive, hide


def test_a_workshop_is_hidden_though_a_run_was_killed_when_it_hid_it(tmp_path: Path) -> None:
    workshop = tmp_path / ".qpf"
    workshop.mkdir()
    (workshop / ".gitignore").touch()
    hide(workshop)
    assert (workshop / ".gitignore").read_text() == "*\n"


def test_what_a_person_wants_hidden_stays(tmp_path: Path) -> None:
    workshop = tmp_path / ".qpf"
    workshop.mkdir()
    (workshop / ".gitignore").write_text("*\n!mine\n")
    hide(workshop)
    assert (workshop / ".gitignore").read_text() == "*\n!mine\n"


def test_no_link_is_written_through_to_hide_a_workshop(tmp_path: Path) -> None:
    workshop = tmp_path / ".qpf"
    workshop.mkdir()
    (workshop / ".gitignore").symlink_to(tmp_path / "elsewhere")
    hide(workshop)
    assert not (tmp_path / "elsewhere").exists()


def test_a_workshop_that_cannot_be_hidden_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    workshop = tmp_path / ".qpf"
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        patch.setattr(Path, "write_text", full)
        for _ in range(2):  # for each environment, the second time against ourselves
            with pytest.raises(OSError, match="No space"), exclusive(workshop):
                pytest.fail("held")
    with exclusive(workshop):
        assert workshop.exists()
    assert not workshop.exists()
