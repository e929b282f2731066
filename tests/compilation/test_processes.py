"""How many processes work, whatever is allowed."""

import os
from pathlib import Path

import pytest

from benchmarks.fleet import make
from qpf.compilation.fleet import FEW
from qpf.io.publish import publish_all
from tests.command import run
from tests.io.folders import state


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were forked."""
    fork = os.fork
    seen: list[int] = []

    def counted() -> int:
        seen.append(fork())
        return seen[-1]

    monkeypatch.setattr(os, "fork", counted)
    return seen


def test_no_more_work_than_there_are_agents(tmp_path: Path, forks: list[int]) -> None:
    root = make(FEW + 1, tmp_path)
    assert run(["compile", "-j", "100"], root)[0] == 0
    assert 0 < len(forks) <= FEW + 1


def test_no_more_write_than_files_are_worth(tmp_path: Path, forks: list[int]) -> None:
    files = state(**{f"file_{number}": "" for number in range(3000)})
    publish_all([files.job(tmp_path / "folder", None)], workshop=tmp_path / ".qpf", processes=100)
    assert 0 < len(forks) <= 3
