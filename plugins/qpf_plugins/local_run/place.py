"""Where a fleet lies, and the note that tells other processes where it runs.

A held lock says that a fleet runs, whatever became of the note: the system lets go of a lock when its
process ends, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, Protocol

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from qpf.api import did_you_mean
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.listing import UnknownNameError

LOOKS = 4
LOOK_SECONDS = 0.05


class _Session(Protocol):
    @property
    def root(self) -> Path:
        """The fleet's folder, absolute."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RunningAgent(_Said):
    """One agent that runs.

    Attributes:
        name: The agent's.
        url: Where it answers; its own paths (`/packets`, `/trail/…`) follow.
        token: Lets its reader use them.
        pid: Its process.
    """

    name: str
    url: str
    token: str = Field(repr=False)
    pid: int


class RunningBus(_Said):
    """The broker a fleet runs on.

    Attributes:
        url: Where it listens.
        seed: File with the operator's NKey seed; None if it asks for none.
    """

    url: str
    seed: Path | None = None


class Running(_Said):
    """What `.qpf/run/ENV.json` says of a running fleet. Its tokens let the reader send packets.

    Attributes:
        pid: The process of `qpf run`.
        mode: `in_process`: all agents live in that process; `nats`: each has one of its own.
        fleet: Name of the fleet.
        environment: Name of the environment.
        url: The server of the one process, if there is one only.
        bus: The broker, if there is one.
        agents: Who runs.
    """

    version: int = 1
    pid: int
    mode: Literal["in_process", "nats"]
    fleet: str
    environment: str
    url: str | None = None
    bus: RunningBus | None = None
    agents: dict[str, RunningAgent]

    def agent(self, name: str) -> RunningAgent:
        """Find one.

        Raises:
            UnknownNameError: If it does not run.
        """
        if name not in self.agents:
            where = f"the running {self.environment}"
            raise UnknownNameError(where, name, sorted(self.agents), what="agent")
        return self.agents[name]


def _locked(lock: IO[bytes]) -> bool:
    """Take the lock, if nobody runs the fleet; who only looks whether somebody does lets go at once."""
    for _ in range(LOOKS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
        else:
            return True
    return False


class Place:
    """One environment of one fleet on this machine."""

    def __init__(self, root: Path, environment: str) -> None:
        """Find it.

        Raises:
            Problem: If the fleet has no such environment.
        """
        self.root = root
        self.folder = root / "environments" / environment
        known = (
            [found.name for found in (root / "environments").iterdir() if found.is_dir()]
            if (root / "environments").is_dir()
            else []
        )
        if not known:
            message = f"{root} has no compiled environment"
            hint = f"qpf compile --env {environment} makes it; qpf -C DIR takes the fleet in another folder"
            raise Problem(message, hint)
        if environment not in known:
            message = f"the fleet has no environment {environment}"
            raise Problem(message, did_you_mean(environment, known))
        self.environment = environment
        self.kept = root / ".qpf"
        self._note = root / ".qpf" / "run" / f"{environment}.json"
        self._lock = root / ".qpf" / "run" / f"{environment}.lock"

    @classmethod
    def of(cls, ctx: click.Context, environment: str) -> "Place":
        """Find it from where the command line stands."""
        session: _Session = ctx.find_root().obj
        return cls(Path(session.root), environment)

    def running(self) -> Running | None:
        """Read the note of the running fleet; None if none runs, even if one left its note behind."""
        try:
            with self._lock.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return self._read()
        return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one process that runs this environment; removes the note at the end.

        Raises:
            Problem: If another process runs it.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("ab") as lock:
            if not _locked(lock):
                note = self._read()
                where = f" (process {note.pid})" if note else ""
                message = f"{self.environment} runs already{where}"
                raise Problem(message, "stop it with Ctrl-C, or send it packets with qpf send")
            # Left by one that was killed, it would lead senders astray.
            self._note.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._note.unlink(missing_ok=True)

    def write(self, note: Running) -> None:
        """Leave the note, all of it or none, for this user's eyes only."""
        fresh = self._note.with_suffix(f".{note.pid}.tmp")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(to_json(note, indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._note)

    def _read(self) -> Running | None:
        try:
            return Running.model_validate_json(self._note.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
