"""What each agent may publish and subscribe to: what the glue says, its own stream, its own answers.

A sender's name is the last part of a packet's subject, and it may publish under no other: who sent a packet
is known by where it arrived. What an agent takes in from outside reaches its own ports only.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from qpf.api import Environment
from qpf_plugins.messaging.names import OPERATOR, OUTSIDE, Names, names_of
from qpf_plugins.messaging.traffic import Lane, lanes


class Permissions(Struct, frozen=True):
    """Subjects that one user may publish to and subscribe to, sorted."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions(environment: Environment) -> Mapping[str, Permissions]:
    """The permissions of every agent, and of the operator."""
    names = names_of(environment)
    all_lanes = tuple(lanes(environment))
    found = {name: _of_agent(names, name, all_lanes) for name in environment.agents}
    return {**found, OPERATOR: _of_operator(names)}


def _of_agent(names: Names, agent: str, all_lanes: tuple[Lane, ...]) -> Permissions:
    publish = {
        *(
            names.packet(each.agent, each.port, each.priority, agent)
            for each in all_lanes
            if each.sender == agent
        ),
        *(names.reply(each.sender, ">") for each in all_lanes if each.agent == agent and each.reply),
        names.packet(agent, "*", "*", OUTSIDE),
        # What it takes in by HTTP it asks of itself.
        names.reply(agent, ">"),
        names.reply(OPERATOR, ">"),
        names.reply(OUTSIDE, ">"),
        names.dead(agent),
        *_own_queue(names, agent),
        *(
            f"$JS.API.STREAM.INFO.{names.stream(each.agent)}"
            for each in all_lanes
            if agent in (each.sender, each.agent)
        ),
    }
    subscribe = {names.reply(agent, ">"), f"_INBOX_{agent}.>"}
    return Permissions(tuple(sorted(publish)), tuple(sorted(subscribe)))


def _own_queue(names: Names, agent: str) -> Iterator[str]:
    stream, notices = names.stream(agent), names.stream("advisories")
    yield f"$JS.API.STREAM.INFO.{names.stream('dead')}"
    yield f"$JS.API.STREAM.INFO.{notices}"
    yield f"$JS.API.CONSUMER.INFO.{stream}.*"
    yield f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*"
    yield f"$JS.API.STREAM.MSG.GET.{stream}"
    yield f"$JS.API.STREAM.MSG.DELETE.{stream}"
    yield f"$JS.ACK.{stream}.>"
    yield f"$JS.API.CONSUMER.INFO.{notices}.{agent}"
    yield f"$JS.API.CONSUMER.MSG.NEXT.{notices}.{agent}"
    yield f"$JS.ACK.{notices}.{agent}.>"


def _of_operator(names: Names) -> Permissions:
    return Permissions(
        publish=("$JS.ACK.>", "$JS.API.>", f"{names.prefix}.>"),
        subscribe=("$JS.EVENT.>", "_INBOX.>", f"_INBOX_{OPERATOR}.>", f"{names.prefix}.>"),
    )
