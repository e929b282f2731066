"""Environment folders for the tests of publishing: states, what lies on disk, and child processes."""

import os
import signal
import stat
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from qpf.io.job import Changes, Job
from qpf.io.lockfile import write_lock
from qpf.io.publish import publish
from qpf.io.seen import NOTHING_SEEN
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Outcome
from qpf.model.digest import digest
from qpf.model.lock import ArtifactEntry, Lock


@dataclass(frozen=True)
class State:
    """What a compile produced: content by path; paths that end in `.sh` are programs."""

    files: Mapping[str, bytes]

    @property
    def lock(self) -> Lock:
        entries = (ArtifactEntry(path, digest(content), "x", "") for path, content in self.files.items())
        return Lock("dev", "1", (), (), tuple(sorted(entries)))

    @property
    def on_disk(self) -> dict[str, bytes]:
        return {**self.files, "qpf.lock": write_lock(self.lock)}

    def publish(
        self, folder: Path, previous: "State | None", *, workshop: Path | None = None
    ) -> Outcome[Changes]:
        return publish(self.job(folder, previous), workshop=workshop)

    def job(self, folder: Path, previous: "State | None") -> Job:
        outputs = [
            Artifact(path, content, executable=path.endswith(".sh"), emitter="x").output
            for path, content in self.files.items()
        ]
        before = previous.lock.digests if previous else None
        return Job(folder, outputs, lambda output: self.files[output.path], write_lock(self.lock), before)


def told(outcome: Outcome[Changes]) -> Changes:
    """What people are told of: not what is remembered for the next time."""
    return replace(outcome.value, known=NOTHING_SEEN, touched=frozenset())


def state(**files: str) -> State:
    """A state by names; `__` stands for a slash, and names get the suffix `.txt`."""
    return State({name.replace("__", "/") + ".txt": text.encode() for name, text in files.items()})


class Status(NamedTuple):
    content: bytes
    mode: int
    inode: int
    modified: int


def statuses(folder: Path) -> dict[str, Status]:
    """Every file and link below a folder; a link's content is its target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        found[path.relative_to(folder).as_posix()] = Status(
            content, stat.S_IMODE(status.st_mode), status.st_ino, status.st_mtime_ns
        )
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path: status.content for path, status in statuses(folder).items()}


def folders(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def child(action: Callable[[], object]) -> int:
    """Run an action in a process of its own, without waiting; its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        action()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(1)


def outcome_of(pid: int) -> int:
    """Wait for a child: its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die_before_step(number: int) -> None:
    """Kill this process with SIGKILL when it is about to touch the file system for the n-th time."""
    left = number

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event == "open" or (event.startswith("os.") and event != "os.kill"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
