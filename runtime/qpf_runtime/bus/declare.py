"""What queues a fleet has on JetStream: derived from its agents, written down as `bus.json`.

A document names everything a server must hold before the agents start. It is the same whether it comes from
the agents' configurations (`declaration`) or from the emitted file. `qpf_runtime.bus.provision` applies it.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from qpf_runtime.bus.topology import Topology
from qpf_runtime.clock import period
from qpf_runtime.config import AgentConfig, ConfigModel, DeliveryConfig
from qpf_runtime.envelope import LARGEST_PAYLOAD, PRIORITIES
from qpf_runtime.errors import ConfigurationError

DAY = 86_400.0

DUPLICATE_WINDOW = 120.0
"""Seconds in which the same packet published again is one packet."""

DEAD_DUPLICATE_WINDOW = DAY
"""Seconds in which the same dead letter is one: longer than an agent that died over it stays away."""

LARGEST_BODY = LARGEST_PAYLOAD
"""Most bytes of a packet's payload."""

LARGEST_HEADERS = 64 * 1024 - 512
"""Most bytes of a packet's headers; the server refuses 64 KiB."""

LARGEST_MESSAGE = LARGEST_BODY + 64 * 1024
"""Most bytes of a message: what `max_payload` of the server must be at least."""


class ConsumerDeclaration(ConfigModel):
    """What hands out the messages of one filter, to whoever asks, each until it is acknowledged.

    Attributes:
        durable: Its name.
        filter: Subjects it hands out, as a pattern.
        ack_wait_seconds: How long a message may go without a sign of life before it is handed out again.
            The server takes the first of `backoff_seconds` for it, so it is that.
        max_deliver: How often a message is handed out; -1: for ever.
        backoff_seconds: The same wait for the first, second … time; the last one repeats.
            No more than `max_deliver` of them, or the server refuses.
        max_ack_pending: Most messages that are handed out and not acknowledged.
    """

    durable: str
    filter: str
    ack_wait_seconds: float
    max_deliver: int
    backoff_seconds: tuple[float, ...] = ()
    max_ack_pending: int


class StreamDeclaration(ConfigModel):
    """Where messages wait.

    Attributes:
        name: Its name.
        subjects: Subjects it takes, as patterns.
        retention: `workqueue`: until acknowledged. `limits`: until too old.
        storage: Always on disk.
        replicas: On how many servers; 1 with `sync_interval: always` loses nothing that was accepted.
        discard: What gives way when it is full: `new` refuses the sender, `old` forgets.
        discard_new_per_subject: Whether that holds for each subject by itself.
        max_msgs_per_subject: Most messages of one subject; -1: no limit.
        max_msg_size: Most bytes of one message with its headers; -1: what the server allows.
        max_age_seconds: How long a message is kept; 0: until it is acknowledged.
        duplicate_window_seconds: How long a message id is known.
        consumers: What hands its messages out.
    """

    name: str
    subjects: tuple[str, ...]
    retention: Literal["workqueue", "limits"]
    storage: Literal["file"] = "file"
    replicas: int = 1
    discard: Literal["new", "old"]
    discard_new_per_subject: bool = False
    max_msgs_per_subject: int = -1
    max_msg_size: int = -1
    max_age_seconds: float = 0.0
    duplicate_window_seconds: float = DUPLICATE_WINDOW
    consumers: tuple[ConsumerDeclaration, ...] = ()


class BusDeclaration(ConfigModel):
    """Everything one environment of a fleet needs of JetStream: `bus.json`, version 1.

    Streams are sorted: those of the agents by name, then the dead letters, then the advisories.
    """

    version: Literal[1] = 1
    fleet: str
    environment: str
    streams: tuple[StreamDeclaration, ...] = Field(default=())

    def stream(self, name: str) -> StreamDeclaration:
        """Give the stream of that name.

        Raises:
            KeyError: If there is none.
        """
        return {stream.name: stream for stream in self.streams}[name]


def declaration(configs: Iterable[AgentConfig]) -> BusDeclaration:
    """Derive what the agents of one environment need.

    Raises:
        ConfigurationError: If there are none, or they are not of one fleet and environment.
    """
    agents = sorted(configs, key=lambda config: config.name)
    places = {(config.fleet, config.environment) for config in agents}
    if len(places) != 1:
        msg = f"a bus is declared for agents of one fleet and environment; these are of {sorted(places)}"
        raise ConfigurationError(msg)
    topology = Topology(*places.pop())
    dead, advisories = _dead(topology, agents), _advisories(topology, agents)
    streams = (*(_inbound(topology, config) for config in agents), dead, advisories)
    return BusDeclaration(fleet=topology.fleet, environment=topology.environment, streams=streams)


def waits(delivery: DeliveryConfig) -> tuple[float, ...]:
    """Give the seconds after which a silent receiver's packet is handed out again, for each time.

    The wait of the configuration comes on top of `ack_wait_seconds`, because the server counts from the
    last sign of life.
    """
    backoff = delivery.backoff_seconds[: delivery.max_deliver]
    return tuple(delivery.ack_wait_seconds + seconds for seconds in backoff)


def _inbound(topology: Topology, config: AgentConfig) -> StreamDeclaration:
    delivery = config.delivery
    backoff = waits(delivery)
    return StreamDeclaration(
        name=topology.stream(config.name),
        # What no consumer hands out must not be accepted: it would wait for ever.
        subjects=tuple(topology.lane(config.name, priority) for priority in PRIORITIES),
        retention="workqueue",
        discard="new",
        discard_new_per_subject=True,
        max_msgs_per_subject=delivery.queue_limit,
        max_msg_size=LARGEST_MESSAGE,
        consumers=tuple(
            ConsumerDeclaration(
                durable=topology.durable(priority),
                filter=topology.lane(config.name, priority),
                ack_wait_seconds=backoff[0] if backoff else delivery.ack_wait_seconds,
                max_deliver=delivery.max_deliver,
                backoff_seconds=backoff,
                max_ack_pending=delivery.max_in_flight,
            )
            for priority in PRIORITIES
        ),
    )


def _dead(topology: Topology, agents: Sequence[AgentConfig]) -> StreamDeclaration:
    longest = max(period(config.delivery.dead_letter_retention).total_seconds() for config in agents)
    return StreamDeclaration(
        name=topology.dead_stream,
        subjects=(topology.dead("*"),),
        retention="limits",
        discard="old",
        max_age_seconds=longest,
        duplicate_window_seconds=min(DEAD_DUPLICATE_WINDOW, longest),
    )


def _advisories(topology: Topology, agents: Sequence[AgentConfig]) -> StreamDeclaration:
    return StreamDeclaration(
        name=topology.advisory_stream,
        subjects=tuple(topology.advisories(config.name) for config in agents),
        retention="workqueue",
        discard="old",
        consumers=tuple(
            ConsumerDeclaration(
                durable=config.name,
                filter=topology.advisories(config.name),
                ack_wait_seconds=30.0,
                max_deliver=-1,
                max_ack_pending=16,
            )
            for config in agents
        ),
    )
