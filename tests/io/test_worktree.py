"""What only a disk can do to a fleet."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qpf.io.tree import UnreadableError
from qpf.io.worktree import WorkTree
from tests.io.trees import found, from_disk, paths, write


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return write(tmp_path, {"qpf.yaml": "x\n", "agents/a.yaml": "a\n", "agents/b.yaml": "b\n"})


def test_a_pipe_is_found_without_waiting_for_a_writer(fleet: Path) -> None:
    os.mkfifo(fleet / "agents/c.yaml")
    os.mkfifo(fleet / "agents/README")
    outcome = from_disk(fleet)
    assert found(outcome) == [("special-file", "agents/c.yaml")]
    assert paths(outcome) == ["agents/a.yaml", "agents/b.yaml", "qpf.yaml"]


def test_a_link_to_a_pipe_is_found_as_well(fleet: Path) -> None:
    os.mkfifo(fleet / "pipe")
    (fleet / "agents/c.yaml").symlink_to("../pipe")
    assert found(from_disk(fleet)) == [("special-file", "agents/c.yaml")]


def test_a_socket_is_found(fleet: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(fleet / "agents/c.yaml"))
        assert found(from_disk(fleet)) == [("special-file", "agents/c.yaml")]


def test_no_special_file_is_opened(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(fleet / "agents/c.yaml")
    opened: list[bytes] = []
    really = os.open

    def watch(path: Any, *arguments: Any, **options: Any) -> int:
        opened.append(os.fsencode(path).rpartition(b"/")[2])
        return really(path, *arguments, **options)

    monkeypatch.setattr(os, "open", watch)
    from_disk(fleet)
    assert sorted(opened) == [b"a.yaml", b"b.yaml", b"qpf.yaml"]


@pytest.mark.parametrize(
    ("swap", "name"),
    [
        (lambda _: None, "unreadable-source"),
        (lambda path: path.symlink_to("/etc/hostname"), "unreadable-source"),
        (os.mkfifo, "special-file"),
        (os.mkdir, "special-file"),
    ],
)
def test_what_changes_between_listing_and_reading_is_a_finding(
    fleet: Path, swap: Callable[[Path], None], name: str
) -> None:
    class Racing(WorkTree):
        def read(self, path: str) -> bytes:
            if path == "agents/a.yaml":
                (fleet / path).unlink()
                swap(fleet / path)
            return super().read(path)

    outcome = Racing(fleet).sources()
    assert found(outcome) == [(name, "agents/a.yaml")]
    assert paths(outcome) == ["agents/b.yaml", "qpf.yaml"]


def test_a_file_that_is_still_growing_is_read_up_to_what_it_has(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.read
    pieces = iter([1, 0])

    def short(handle: int, size: int) -> bytes:
        return really(handle, next(pieces, size) or size)

    (fleet / "agents/a.yaml").write_bytes(b"abcdef")
    monkeypatch.setattr(os, "read", short)
    content = {source.path: source.content for source in from_disk(fleet).value}
    assert content["agents/a.yaml"] == b"abcdef"


def test_a_file_without_permission_is_a_finding(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.open

    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        if os.fsencode(path).endswith(b"a.yaml"):
            raise PermissionError(13, "Permission denied")
        return really(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    outcome = from_disk(fleet)
    assert found(outcome) == [("unreadable-source", "agents/a.yaml")]
    assert "permission denied" in outcome.report.diagnostics[0].message


def test_a_folder_without_permission_is_a_finding(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.scandir

    def refuse(path: Any) -> Any:
        if os.fsencode(path).endswith(b"agents"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(os, "scandir", refuse)
    outcome = from_disk(fleet)
    assert found(outcome) == [("unreadable-source", "agents")]
    assert paths(outcome) == ["qpf.yaml"]


def test_no_message_names_where_the_fleet_lies(fleet: Path) -> None:
    (fleet / "agents/c.yaml").symlink_to("/etc/hostname")
    os.mkfifo(fleet / "agents/d.yaml")
    for one in (*from_disk(fleet).report.diagnostics, *from_disk(fleet / "absent").report.diagnostics):
        assert str(fleet) not in f"{one.message} {one.hint} {one.span}"


@pytest.mark.parametrize("root", ["absent", "agents/a.yaml"])
def test_a_root_that_is_no_folder_is_a_finding(fleet: Path, root: str) -> None:
    outcome = from_disk(fleet / root)
    assert outcome.report.failed
    assert outcome.value == ()


def test_a_root_reached_through_a_link_is_a_fleet(
    fleet: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("other") / "link"
    link.symlink_to(fleet)
    assert from_disk(link) == from_disk(fleet)


def test_why_a_file_cannot_be_read_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EMFILE, "whatever this system calls it")

    (tmp_path / "qpf.yaml").touch()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnreadableError, match=r"^too many open files$"):
        WorkTree(tmp_path).read("qpf.yaml")
