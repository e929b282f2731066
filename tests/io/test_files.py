"""Files that are replaced: whole at any time, with nothing left beside them."""

import errno
import fcntl
import os
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from qpf.io.files import replace_file, replace_source
from tests.io.folders import child, outcome_of

OLD, NEW = b"old" * 100, b"new" * 100_000


@pytest.mark.parametrize("step", ["fsync", "fchmod", "replace"])
def test_a_killed_replacement_leaves_the_old_file_and_the_next_leaves_nothing_beside_it(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "agent.yaml"
    path.write_bytes(OLD)

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def victim() -> None:
        monkeypatch.setattr(*((Path, step, die) if step == "replace" else (os, step, die)))
        replace_source(path, NEW)

    assert outcome_of(child(victim)) == -signal.SIGKILL
    assert path.read_bytes() == OLD
    replace_source(path, b"short")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"agent.yaml": b"short"}


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "agent.yaml"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_source(path, NEW)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"agent.yaml": OLD}


@pytest.mark.parametrize("step", ["open", "flock", "ftruncate", "fsync", "fchmod"])
def test_ctrl_c_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "agent.yaml"
    path.write_bytes(OLD)
    module = fcntl if step == "flock" else os
    call = getattr(module, step)

    def interrupted(*given: object) -> None:
        monkeypatch.undo()
        call(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_source(path, NEW)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"agent.yaml": OLD}


def test_who_gives_up_takes_nothing_from_another_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    beside = tmp_path / ".agent.yaml.new"

    def waits() -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            replace_file(path, OLD)

    with beside.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = child(waits)
        time.sleep(0.3)
        os.kill(waiting, signal.SIGTERM)
        assert outcome_of(waiting) == 0
        assert beside.exists()


def test_what_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is gone")

    monkeypatch.setattr(os, "ftruncate", refuse)
    with pytest.raises(OSError, match="the disk is gone") as raised:
        replace_file(tmp_path / "agent.yaml", NEW)
    assert raised.value.filename == f"{tmp_path}/agent.yaml"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127], ids=["letters", "bytes"])
def test_a_file_is_replaced_however_long_its_name_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for content in (OLD, NEW):
        replace_source(path, content)
        assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {name: content}


def test_who_writes_the_same_file_at_a_time_never_shows_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    contents = [bytes([65 + number]) * 300_000 for number in range(3)]
    replace_file(path, contents[0])

    def writer(content: bytes) -> None:
        for _ in range(40):
            replace_file(path, content)

    writers = [child(partial(writer, each)) for each in contents]
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        assert path.read_bytes() in contents
    assert [outcome_of(each) for each in writers] == [0, 0, 0]
    assert path.read_bytes() in contents
    assert [each.name for each in tmp_path.iterdir()] == ["state"]
