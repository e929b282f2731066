"""Validated → Plan: one extraction an agent, dependencies first, each with its key and interface."""

from collections.abc import Mapping

from qpf.model.digest import digest_in_order, digest_of
from qpf.model.fleet import Agent, Environment
from qpf.model.plan import Extraction, Plan
from qpf.stages.order import dependencies_of, sort, value_at
from qpf.stages.schema import Schema


def plan(environment: Environment, schema: Schema, pins: str) -> Plan:
    """Order the extractions and digest what each depends on.

    Args:
        environment: A valid environment.
        schema: What counts as an interface.
        pins: Digest of everything that is the same for all agents: compiler, plugins, templates.
    """
    interfaces = {name: interface_of(agent, schema) for name, agent in environment.agents.items()}
    needs = {
        name: {
            dependency for _, dependency in dependencies_of(agent, schema) if dependency in environment.agents
        }
        for name, agent in environment.agents.items()
    }
    fleet = digest_of(
        {"pins": pins, "environment": environment.name, "options": environment.settings.options}
    )
    ordered, _ = sort(needs)
    return Plan(
        environment.name,
        tuple(
            Extraction(
                agent=name,
                dependencies=tuple(sorted(needs[name])),
                interface=interfaces[name],
                key=_key(environment.agents[name], environment, interfaces, needs[name], fleet),
            )
            for name in ordered
        ),
    )


def interface_of(agent: Agent, schema: Schema) -> str:
    """Digest of what dependents can see of an agent: an unchanged interface leaves them as they are."""
    return digest_in_order([agent.name, *(value_at(agent.values, path) for path in schema.interface)])


def _key(
    agent: Agent, environment: Environment, interfaces: Mapping[str, str], needs: set[str], fleet: str
) -> str:
    wires = [*environment.connections_from(agent.name), *environment.connections_to(agent.name)]
    neighbours = {end.agent for wire in wires for end in (wire.source, wire.target)} | needs
    return digest_of(
        {
            "fleet": fleet,
            "values": agent.digest,
            "role": agent.role,
            "subs": agent.subs,
            "glue": [[str(wire.source), str(wire.target), wire.packet, wire.priority] for wire in wires],
            "packets": {wire.packet: environment.glue.packets.get(wire.packet) for wire in wires},
            "interfaces": {name: interfaces[name] for name in sorted(neighbours) if name in interfaces},
        }
    )
