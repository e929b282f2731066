"""One emitted agent as a process: `serve(build, CONFIG)` is all that its `__main__` says.

The only module of the runtime that reads environment variables:

- `QPF_HOST`: address to listen on (127.0.0.1; a container sets 0.0.0.0)
- `QPF_PORT`: port to listen on (the schema's)
- `QPF_DATA_DIR`: folder of memory and audit trail (`data`)
- `QPF_STORES`: `declared` refuses stores that are not here, `local` keeps everything in the folder
- `QPF_MODELS`: `declared` refuses models that are not here, `offline` lets the deterministic one reason
- `QPF_LOG_LEVEL`: least important message written (the schema's)
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from qpf_runtime.agent import Agent
from qpf_runtime.config import AgentConfig
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.http import Health, agent_app
from qpf_runtime.listen import bind, listen
from qpf_runtime.metrics import Metrics
from qpf_runtime.reasoning import Models
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import Choice

Build = Callable[[Runtime], Agent]

log = logging.getLogger("qpf_runtime.service")

HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a process is told by those who start it."""

    host: str
    port: int
    data_dir: str
    stores: Choice
    models: Models
    log_level: str

    @classmethod
    def read(cls, variables: Mapping[str, str], config: AgentConfig) -> Self:
        """Read them from environment variables; what is not set is as the schema says.

        Raises:
            ConfigurationError: Naming a variable that makes no sense.
        """
        port = variables.get("QPF_PORT", str(config.port))
        if not port.isdecimal() or int(port) > HIGHEST_PORT:
            msg = f'QPF_PORT is "{port}", it must be a number up to {HIGHEST_PORT}'
            raise ConfigurationError(msg)
        stores: Choice = "local"
        if _choice(variables, "QPF_STORES", ("declared", "local")) == "declared":
            stores = "declared"
        models: Models = "offline"
        if _choice(variables, "QPF_MODELS", ("declared", "offline")) == "declared":
            models = "declared"
        levels = (config.log_level, "DEBUG", "INFO", "WARNING", "ERROR")
        return cls(
            host=variables.get("QPF_HOST", "127.0.0.1"),
            port=int(port),
            data_dir=variables.get("QPF_DATA_DIR", "data"),
            stores=stores,
            models=models,
            log_level=_choice(variables, "QPF_LOG_LEVEL", levels),
        )


def _choice(variables: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = variables.get(name, choices[0])
    if value not in choices:
        msg = f'{name} is "{value}", it may be {" or ".join(dict.fromkeys(choices))}'
        raise ConfigurationError(msg)
    return value


def serve(build: Build, config: AgentConfig) -> None:
    """Run one agent until SIGTERM or Ctrl-C, then finish what was accepted and leave.

    Exits with 2 if the agent cannot start as configured, with 1 if packets were lost at the end.
    """
    try:
        # The edge: an agent's process is told by its environment where it lives.
        surroundings = Surroundings.read(os.environ, config)  # noqa: TID251 -- the one place that reads it
        logging.basicConfig(
            level=surroundings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        lost = asyncio.run(run(build, config, surroundings))
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"{config.name}: {error}\n")
        raise SystemExit(2) from None
    raise SystemExit(1 if lost else 0)


async def run(build: Build, config: AgentConfig, surroundings: Surroundings) -> int:
    """Run one agent; tells how many accepted packets were left unfinished."""
    grace = config.graceful_shutdown_timeout
    runtime = Runtime.local(surroundings.data_dir, stores=surroundings.stores, models=surroundings.models)
    metrics = Metrics()
    runtime.watchers.append(metrics.watch)
    health = Health()

    def up() -> None:
        health.started = True
        log.info("%s listens on %s:%d", config.name, *listener.getsockname()[:2])

    def stopping() -> None:
        health.draining = True
        log.info("%s finishes what it accepted, within %d s", config.name, grace)

    try:
        agent = build(runtime)
        app = agent_app(agent, metrics, health)
        listener = bind(surroundings.host, surroundings.port)
        await agent.start()
        log.warning(
            "packets travel inside this process only: this bus is not durable and reaches no other agent"
        )
        await listen(app, listener, grace, up, stopping)
    finally:
        lost = await runtime.close(grace)
    return lost
