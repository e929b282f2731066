"""Where folders cannot be swapped, files are written one by one; memory knows less then, and never lies."""

import errno
from pathlib import Path

import pytest

from tests.compilation.memory import compile_fleet
from tests.host.hostile import make_fleet


def cannot(*_: object) -> None:
    raise OSError(errno.EINVAL, "folders cannot be swapped here")


def test_an_edit_of_what_was_written_in_place_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    assert compile_fleet(root).status == 0
    monkeypatch.setattr("qpf.io.publish.exchange", cannot)
    agent = root / "agents/adder.yaml"
    agent.write_text(agent.read_text().replace("title: Adder", "title: Summer"))
    assert compile_fleet(root).status == 0
    written = root / "environments/test/composed/adder.yaml"
    for _ in range(3):
        before = written.read_bytes()
        written.write_bytes(before.replace(b"Summer", b"Winter"))
        run = compile_fleet(root)
        assert not run.stood_still
        assert written.read_bytes() == before
