"""One emitted agent as a process: `serve(build, CONFIG)` is all that its `__main__` says.

The only module of the runtime that reads environment variables; `surroundings` says which.
"""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic_core import to_json

from qpf_runtime.agent import Agent
from qpf_runtime.config import AgentConfig
from qpf_runtime.equipment import bus_of, stores_of, tracer_of
from qpf_runtime.errors import ConfigurationError, Transient
from qpf_runtime.http import Health, agent_app
from qpf_runtime.ids import spread
from qpf_runtime.listen import Listener, bind, signals
from qpf_runtime.logs import set_up_logs
from qpf_runtime.metrics import Metrics
from qpf_runtime.runtime import Runtime
from qpf_runtime.surroundings import Surroundings

Build = Callable[[Runtime], Agent]

log = logging.getLogger("qpf_runtime.service")

LONGEST_WAIT = 5.0
"""Seconds between two tries to reach what the agent needs, at most."""

TELLING = 3.0
"""Seconds that spans may take to be sent at the end."""


def serve(build: Build, config: AgentConfig) -> None:
    """Run one agent until SIGTERM or Ctrl-C, then finish what was accepted and leave.

    Exits with 2 if the agent cannot start as configured, with 1 if packets were lost at the end.
    """
    try:
        # The edge: an agent's process is told by its environment where it lives.
        surroundings = Surroundings.read(os.environ, config)  # noqa: TID251 -- the one place that reads it
        set_up_logs(
            surroundings.log_level,
            surroundings.log_format or ("text" if sys.stderr.isatty() else "json"),
            {"agent": config.name, "environment": config.environment},
            surroundings.secrets,
        )
        lost = asyncio.run(run(build, config, surroundings))
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"{config.name}: {error}\n")
        raise SystemExit(2) from None
    raise SystemExit(1 if lost else 0)


async def run(build: Build, config: AgentConfig, surroundings: Surroundings) -> int:
    """Run one agent; tells how many accepted packets were lost.

    Raises:
        ConfigurationError: If it cannot run as it is configured.
    """
    metrics = Metrics()
    runtime = Runtime(
        bus=bus_of(config, surroundings, metrics.no_packet),
        stores=stores_of(surroundings),
        models=surroundings.models,
        tracer=tracer_of(config, surroundings),
        watchers=[metrics.watch],
        on_call=[metrics.called],
        variables=surroundings.variables,
        secrets=surroundings.secrets,
    )
    process = Process(build(runtime), runtime, metrics, surroundings, _package(build))
    return await process.run()


class Process:
    """An agent that answers from the first moment, takes packets when it can, and leaves nothing undone."""

    def __init__(
        self,
        agent: Agent,
        runtime: Runtime,
        metrics: Metrics,
        surroundings: Surroundings,
        package: Path | None,
    ) -> None:
        """Bind the address.

        Raises:
            ConfigurationError: If an endpoint leads nowhere, or the address cannot be had.
        """
        self._agent, self._runtime = agent, runtime
        self._surroundings = surroundings
        self._grace = float(agent.config.graceful_shutdown_timeout)
        self._ends: float | None = None
        self._stop = asyncio.Event()
        self._health = Health(
            flags={"bus": lambda: runtime.bus.connected, "database": lambda: agent.database.available}
        )
        app = agent_app(
            agent,
            metrics,
            self._health,
            token=surroundings.token,
            approvers=surroundings.approvers,
            tracer=runtime.tracer,
            package=package,
        )
        try:
            listener = bind(surroundings.host, surroundings.port)
        except OSError as error:
            where = f"port {surroundings.port} of {surroundings.host}"
            msg = f"{where} cannot be had: {error.strerror} (QPF_HOST, QPF_PORT; port 0 takes a free one)"
            raise ConfigurationError(msg) from None
        self._listener = Listener(app, listener, self._grace)

    async def run(self) -> int:
        """Serve until a signal, then finish; tells how many accepted packets were lost."""
        file = self._surroundings.address_file
        with signals(self._told_to_stop):
            serving = asyncio.create_task(self._listener.serve(), name="qpf-http")
            working = asyncio.create_task(self._work(), name="qpf-work")
            try:
                await asyncio.wait([serving, working], return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._health.draining = True
                self._listener.stop()
                working.cancel()
                outcomes = await asyncio.gather(serving, working, return_exceptions=True)
                lost = await self._close()
                if file is not None:
                    file.unlink(missing_ok=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return lost

    async def _work(self) -> None:
        """Start the agent as soon as what it needs is there, and wait for the signal."""
        agent, bus = self._agent, self._runtime.bus
        starting = asyncio.create_task(self._start(), name="qpf-start")
        stop = asyncio.create_task(self._stop.wait(), name="qpf-stop")
        try:
            await asyncio.wait([starting, stop], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stop
                log.info("%s finishes what it accepted, within %g s", agent.name, self._grace)
                try:
                    await bus.drain()
                except Transient as error:
                    log.warning("%s cannot tell the bus that it goes: %s", agent.name, error)
        finally:
            starting.cancel()
            stop.cancel()
            await asyncio.gather(starting, stop, return_exceptions=True)

    async def _start(self) -> None:
        agent, bus = self._agent, self._runtime.bus
        await self._until_it_works("the bus", bus.open)
        await self._until_it_works("its stores", agent.check)
        await self._until_it_works("the bus", self._join)
        host, port = self._listener.address
        if not bus.durable:
            log.warning(
                "packets travel inside this process only: this bus is not durable and reaches no other agent"
            )
        settle()
        self._health.started = True
        log.info("%s listens on %s:%d", agent.name, host, port)
        if self._surroundings.address_file is not None:
            write_address(self._surroundings.address_file, host, port)

    async def _join(self) -> None:
        try:
            await self._agent.begin()
        except BaseException:
            await self._agent.stop()
            self._runtime.members.clear()
            raise

    async def _until_it_works(self, what: str, attempt: Callable[[], Awaitable[object]]) -> None:
        tries = 0
        while True:
            try:
                await attempt()
            except Transient as error:
                seconds = spread(min(LONGEST_WAIT, 0.1 * 2 ** min(tries, 10)))
                log.warning(
                    "%s waits for %s, tries again in %.1f s: %s", self._agent.name, what, seconds, error
                )
                tries += 1
                await asyncio.sleep(seconds)
            else:
                return

    def _told_to_stop(self) -> None:
        if self._stop.is_set():
            log.error("%s was told to stop twice: it ends at once", self._agent.name)
            logging.shutdown()
            os._exit(1)
        self._health.draining = True
        self._ends = asyncio.get_running_loop().time() + self._grace
        self._stop.set()

    async def _close(self) -> int:
        now = asyncio.get_running_loop().time()
        left = self._grace if self._ends is None else max(0.1, self._ends - now)
        unfinished = await self._runtime.close(left)
        await asyncio.to_thread(self._runtime.tracer.close, TELLING)
        return 0 if self._runtime.bus.durable else unfinished


def settle() -> None:
    """Tune the interpreter for a process that has loaded what it needs and now answers packets.

    What was made so far lives as long as the process: no collection need look at it again. And the database's
    thread gives way after half a millisecond, not five: a turn waits for both threads in turn.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)


def _package(build: Build) -> Path | None:
    """Find the folder of an agent's code: of the package its `build` stands in."""
    module = sys.modules.get(build.__module__.rpartition(".")[0])
    paths = list(getattr(module, "__path__", ()))
    return Path(paths[0]) if paths else None


def write_address(file: Path, host: str, port: int) -> None:
    """Tell in a file where the process answers: whole, or not at all.

    Raises:
        ConfigurationError: If the file cannot be written.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_bytes(to_json({"host": host, "port": port, "pid": os.getpid()}))
        draft.replace(file)
    except OSError as error:
        msg = f"QPF_ADDRESS_FILE: {file} cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
