"""Streams and consumers of an environment, in the words of the runtime's `bus.json`; times are in seconds.

One stream an agent, with one consumer a priority; one stream for dead letters, one for the server's notices
that a packet was handed out too often. A tested law holds them to what the runtime derives for itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from qpf.api import Agent, Environment
from qpf_plugins.messaging.names import PRIORITIES, Names, names_of

Config = dict[str, Any]

DAY = 86_400.0
DUPLICATE_WINDOW = 120.0
"""How long a stream recognises a packet that is sent again; later, the receiver's inbox does."""

LARGEST_MESSAGE = 1024 * 1024 + 64 * 1024
"""Most bytes of a message: of its payload and its headers."""

NOTICE_WAIT = 30.0
NOTICES_PENDING = 16
NO_LIMIT = -1

_DAYS = {"days": 1, "months": 30, "years": 365}


def streams(environment: Environment) -> Iterator[Config]:
    """Every stream, each with its consumers: the agents' by name, dead letters, notices."""
    names = names_of(environment)
    agents = [agent for _, agent in sorted(environment.agents.items())]
    for agent in agents:
        yield _stream(names, agent)
    if agents:
        yield _dead_letters(names, agents)
        yield _notices(names, agents)


def _stream(names: Names, agent: Agent) -> Config:
    delivery = agent.values["communicationstack"]["delivery"]
    wait = delivery["ack_wait_seconds"]
    # The server takes the first wait for the time in which it wants a sign of life.
    backoff = [wait + seconds for seconds in delivery["backoff_seconds"]][: delivery["max_deliver"]]
    lanes = {priority: f"{names.prefix}.packet.{agent.name}.*.{priority}.*" for priority in PRIORITIES}
    consumers = [
        _consumer(priority, lane, backoff, delivery["max_deliver"], delivery["max_in_flight"])
        for priority, lane in lanes.items()
    ]
    return _config(
        names.stream(agent.name),
        # What no consumer hands out must not be accepted: it would wait for ever.
        list(lanes.values()),
        consumers,
        discard="new",
        discard_new_per_subject=True,
        max_msgs_per_subject=delivery["queue_limit"],
        max_msg_size=LARGEST_MESSAGE,
    )


def _dead_letters(names: Names, agents: Iterable[Agent]) -> Config:
    longest = max(
        _seconds(agent.values["communicationstack"]["delivery"]["dead_letter_retention"]) for agent in agents
    )
    return _config(
        f"qpf_{names.fleet}_{names.environment}_dead",
        [names.dead("*")],
        [],
        retention="limits",
        max_age_seconds=longest,
        duplicate_window_seconds=min(DAY, longest),
    )


def _notices(names: Names, agents: Iterable[Agent]) -> Config:
    notices = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"
    subjects = {agent.name: f"{notices}.{names.stream(agent.name)}.*" for agent in agents}
    consumers = [
        _consumer(name, subject, [], NO_LIMIT, NOTICES_PENDING) for name, subject in subjects.items()
    ]
    return _config(f"qpf_{names.fleet}_{names.environment}_advisories", list(subjects.values()), consumers)


def _config(name: str, subjects: list[str], consumers: list[Config], **settings: Any) -> Config:
    return {
        "name": name,
        "subjects": subjects,
        "retention": "workqueue",
        "storage": "file",
        "replicas": 1,
        "discard": "old",
        "discard_new_per_subject": False,
        "max_msgs_per_subject": NO_LIMIT,
        "max_msg_size": NO_LIMIT,
        "max_age_seconds": 0.0,
        "duplicate_window_seconds": DUPLICATE_WINDOW,
        "consumers": consumers,
        **settings,
    }


def _consumer(durable: str, subjects: str, backoff: list[float], max_deliver: int, pending: int) -> Config:
    return {
        "durable": durable,
        "filter": subjects,
        "ack_wait_seconds": backoff[0] if backoff else NOTICE_WAIT,
        "max_deliver": max_deliver,
        "backoff_seconds": backoff,
        "max_ack_pending": pending,
    }


def _seconds(retention: str) -> float:
    number, _, unit = retention.partition(" ")
    return int(number) * _DAYS[unit] * DAY
