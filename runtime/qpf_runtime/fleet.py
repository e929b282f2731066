"""A compiled fleet in one process: every agent of an environment folder on one in-process bus."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Delivery, Done, Settlement
from qpf_runtime.config import DeliveryConfig
from qpf_runtime.envelope import Json, PacketEnvelope, Priority
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.listing import LISTING, UnknownNameError, input_port, read_listing
from qpf_runtime.logs import secrets_of
from qpf_runtime.packages import Packages
from qpf_runtime.reasoning import Models
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import Choice
from qpf_runtime.surroundings import store_urls
from qpf_runtime.trail import Trail

log = logging.getLogger(__name__)


class LocalFleet:
    """The agents of one environment, in this process. Use it as an asynchronous context manager.

    Attributes:
        listing: What the environment folder holds.
        runtime: What the agents run on.
        agents: The running agents, by name; empty before the start.
        trail: The last turns.
    """

    def __init__(
        self,
        environment_folder: str | Path,
        agents: Sequence[str] | None = None,
        data_dir: str | Path | None = None,
        stores: Choice = "declared",
        models: Models = "declared",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Read what is to be run.

        Args:
            environment_folder: FLEET/environments/ENV.
            agents: Names of those to run; all, if none are named.
            data_dir: Folder of memories and audit trails; FLEET/.qpf/data/ENV, if not given.
            stores: `declared` refuses agents whose schema declares a store this runtime has not;
                `local` keeps everything in `data_dir`.
            models: `declared` refuses agents whose schema declares a model this runtime has not; `offline`
                lets the deterministic one reason instead.
            variables: Environment variables that say where stores are, and hold the keys of models.

        Raises:
            NotCompiledError: If the folder holds no compiled fleet.
            UnknownNameError: If an agent is not in it.
            ConfigurationError: If an address of a store cannot be read.
        """
        self._folder = Path(environment_folder).resolve()
        self.listing = read_listing(self._folder)
        self._root = self._folder.parent.parent
        for name in agents or ():
            if name not in self.listing.agents:
                raise UnknownNameError(self._folder.name, name, sorted(self.listing.agents), what="agent")
        self._wanted = tuple(dict.fromkeys(agents or sorted(self.listing.agents)))
        kept = data_dir or self._root / ".qpf" / "data" / self._folder.name
        told = variables or {}
        self.runtime = Runtime.local(kept, stores=stores, models=models, urls=store_urls(told))
        self.runtime.variables, self.runtime.secrets = told, secrets_of(told)
        self._bus = InProcessBus()
        self.runtime.bus = self._bus
        self.trail = Trail()
        self.runtime.watchers.append(self.trail.watch)
        self.agents: dict[str, Agent] = {}
        self._packages = Packages()

    @property
    def grace(self) -> float:
        """Seconds the agents may take to finish: the longest of theirs."""
        return max((agent.config.graceful_shutdown_timeout for agent in self.agents.values()), default=5)

    async def start(self) -> None:
        """Import, build and start every agent; all or none.

        Raises:
            ConfigurationError: If some cannot be built: names each of them.
        """
        try:
            logic = self._root / "logic"
            if logic.is_dir():
                self._packages.add(logic)
            self._build_all()
            for agent in self.agents.values():
                await agent.start()
            for target in self._unasked():
                await self._bus.collect(target, DeliveryConfig(), _lose)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> int:
        """Finish what was accepted, close everything; tells how many packets were left unfinished."""
        unfinished = await self.runtime.close(self.grace)
        self.agents.clear()
        self._packages.unload()
        return unfinished

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def send(
        self, agent: str, port: str, payload: Mapping[str, Json], priority: Priority | None = None
    ) -> tuple[PacketEnvelope | None, tuple[str, ...]]:
        """Send a payload to an agent, by the name of a port or of a packet kind, and wait.

        Returns:
            The reply (an error reply if the turn failed, None if the port gives none) and the path it took.

        Raises:
            UnknownNameError: If there is no such agent, port or kind.
            ReplyTimeout: If the agent does not get to it in time.
        """
        receiver = self.agents.get(agent)
        if receiver is None:
            raise UnknownNameError(self._folder.name, agent, sorted(self.agents), what="agent")
        name = input_port(agent, {key: found.packet for key, found in receiver.config.inputs.items()}, port)
        envelope = receiver.envelope(name, payload, priority)
        reply = await self.runtime.bus.request(envelope, within=receiver.config.timeout_ms / 1000 + 1)
        if reply is not None:
            return reply, reply.path
        turns = [turn for turn in self.trail.of(envelope.correlation_id) if turn.envelope.id == envelope.id]
        return None, tuple(hop for turn in turns for hop in turn.hops)

    def absent(self) -> dict[str, tuple[str, ...]]:
        """Name, by agent, the agents it sends to that do not run."""
        needed = {
            name: sorted({route.target for routes in agent.config.routes.values() for route in routes})
            for name, agent in self.agents.items()
        }
        missing = {
            name: tuple(target for target in targets if target not in self.agents)
            for name, targets in needed.items()
        }
        return {name: targets for name, targets in missing.items() if targets}

    def _unasked(self) -> tuple[str, ...]:
        """Agents that do not run and are only told things: what is sent to them is lost, and said to be.

        One that is asked for an answer stays unreachable, so that whoever asks fails at once.
        """
        asked = {
            route.target
            for agent in self.agents.values()
            for port, routes in agent.config.routes.items()
            for route in routes
            if agent.config.outputs[port].reply is not None
        }
        absent = {target for targets in self.absent().values() for target in targets}
        return tuple(sorted(absent - asked))

    def _build_all(self) -> None:
        wrong = []
        for name in self._wanted:
            try:
                self.agents[name] = self._build(name)
            except ConfigurationError as error:
                wrong.append(str(error))
        if wrong:
            raise ConfigurationError("\n".join(wrong))

    def _build(self, name: str) -> Agent:
        listed = self.listing.agents[name]
        source = (self._folder / listed.src).resolve()
        if not source.is_relative_to(self._folder):
            msg = f"{LISTING}: src of {name} leads out of the environment"
            raise ConfigurationError(msg)
        module = self._packages.load(f"{listed.package}.agent", source)
        agent = module.build(self.runtime)
        if not isinstance(agent, Agent):
            msg = f"{listed.package}.agent:build made no agent"
            raise ConfigurationError(msg)
        return agent


async def _lose(delivery: Delivery) -> Settlement:
    envelope = delivery.envelope
    log.warning("%s for %s is lost: %s does not run here", envelope.kind, envelope.target, envelope.agent)
    return Done()
