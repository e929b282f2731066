"""Keeps one program running: starts it, sees it get ready, and starts it again when it ends."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, ValidationError

from qpf_plugins.local_run.agent_log import AgentLog
from qpf_plugins.local_run.bound import bind

State = Literal["starting", "ready", "waiting", "stopping", "stopped", "gave up"]

CONFIGURATION = 2
"""Exit code of a program that will not start as it is configured: starting it again changes nothing."""

CHUNK = 64 * 1024

LAST_WORDS = 1.0
"""Seconds that are waited for what an ended program wrote, if another one holds its output open."""


class Address(BaseModel):
    """What a program writes once it is ready."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Where it answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class Program(Struct, frozen=True):
    """What is to be kept running.

    Attributes:
        command: Program and arguments.
        environment: All its variables.
        folder: Where it is started.
        address: The file it writes once it is ready.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    address: Path


class Patience(Struct, frozen=True):
    """How long a program is waited for.

    Attributes:
        base: Most seconds before it is started again the first time; doubled each time after.
        cap: Most seconds before it is started again, ever.
        well: Seconds it must have been ready for its earlier ends to be forgotten.
        ready: Most seconds from a start until it is ready.
        look: Seconds between looks whether it is.
    """

    base: float = 0.5
    cap: float = 30.0
    well: float = 30.0
    ready: float = 120.0
    look: float = 0.05

    def wait(self, ends: int, chance: float) -> float:
        """Seconds until it is started again after so many ends in a row: any time up to a growing limit."""
        return chance * min(self.cap, self.base * 2.0 ** min(ends - 1, 32))


def chance() -> float:
    """Draw a number from 0 to 1, such that programs that end together do not start together."""
    return int.from_bytes(os.urandom(6)) / 2**48


class Supervised:
    """One program and what became of it.

    Attributes:
        name: What people call it.
        state: Where it is in its life.
        said: What happened last, for a person.
        restarts: How often it was started again.
        address: Where it answers, while it is ready.
        log: What it writes.
        clean: Whether it left nothing unfinished when it was stopped.
    """

    def __init__(
        self,
        name: str,
        program: Program,
        log: AgentLog,
        changed: Callable[["Supervised"], None],
        patience: Patience | None = None,
        draw: Callable[[], float] = chance,
    ) -> None:
        """Name it; `run` starts it.

        Args:
            name: What people call it.
            program: What is started.
            log: Takes what it writes.
            changed: Called after every change of its state.
            patience: How long it is waited for.
            draw: Gives a number from 0 to 1, for the time until it is started again.
        """
        self.name = name
        self.state: State = "starting"
        self.said = ""
        self.restarts = 0
        self.address: Address | None = None
        self.log = log
        self.clean = True
        self._program = program
        self._changed = changed
        self._patience = patience or Patience()
        self._draw = draw
        self._process: Process | None = None
        self._stop = asyncio.Event()
        self._ready_at: float | None = None
        self._late = False

    @property
    def pid(self) -> int | None:
        """Its process, while it has one."""
        return self._process.pid if self._process is not None else None

    async def run(self) -> None:
        """Keep it running until it is stopped, or will not start as it is configured."""
        ends = 0
        while not self._stop.is_set():
            ended = await self._once()
            if self._stop.is_set():
                # Before it was ready it had accepted nothing that could be left.
                self.clean = ended == 0 or (self._ready_at is None and ended == -signal.SIGTERM)
                break
            loop = asyncio.get_running_loop()
            well = self._ready_at is not None and loop.time() - self._ready_at >= self._patience.well
            if ended == CONFIGURATION:
                self._become("gave up", self.log.last[-1] if self.log.last else "it is configured wrongly")
                return
            ends = 1 if well else ends + 1
            wait = self._patience.wait(ends, self._draw())
            why = f"not ready within {self._patience.ready:g} s" if self._late else ending(ended)
            self._become("waiting", f"{why}; starts again in {wait:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait)
            if not self._stop.is_set():
                self.restarts += 1
        self._become("stopped", "")

    def stop(self) -> None:
        """Ask it to finish what it accepted and leave; it is not started again."""
        self._stop.set()
        if self._process is not None and self._process.returncode is None:
            self._become("stopping", "")
            self._process.terminate()

    def kill(self) -> None:
        """End it at once; it is not started again."""
        self._stop.set()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _once(self) -> int:
        self._ready_at, self._late = None, False
        self._program.address.unlink(missing_ok=True)
        process = await asyncio.create_subprocess_exec(
            *bind(self._program.command),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=dict(self._program.environment),
            cwd=self._program.folder,
            # Ctrl-C is for us: we tell it to finish.
            start_new_session=True,
        )
        self._process = process
        # Asked to stop while it was being started, it has not been told.
        if self._stop.is_set():
            process.terminate()
        else:
            self._become("starting", f"process {process.pid}")
        reading = asyncio.create_task(self._keep(process))
        watching = asyncio.create_task(self._watch(process))
        try:
            ended = await process.wait()
            await asyncio.wait({reading}, timeout=LAST_WORDS)
            return ended
        finally:
            reading.cancel()
            watching.cancel()
            self.log.end()
            self._process = None
            self.address = None

    async def _keep(self, process: Process) -> None:
        assert process.stdout is not None
        while chunk := await process.stdout.read(CHUNK):
            self.log.write(chunk)

    async def _watch(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (address := self._read(process)) is None:
            if loop.time() - began > self._patience.ready:
                self._late = True
                process.kill()
                return
            await asyncio.sleep(self._patience.look)
        self._ready_at = loop.time()
        self.address = address
        self._become("ready", f"{address.url}, process {process.pid}")

    def _read(self, process: Process) -> Address | None:
        try:
            address = Address.model_validate_json(self._program.address.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return address if address.pid == process.pid else None

    def _become(self, state: State, said: str) -> None:
        if self._stop.is_set() and state not in ("stopping", "stopped"):
            return
        self.state, self.said = state, said
        self._changed(self)


def ending(code: int) -> str:
    """Say how a program ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
