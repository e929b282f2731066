"""The fleet as a graph: agents, what they are composed of, who sends what to whom."""

from qpf.model.fleet import Environment
from qpf.model.graph import Edge, Graph
from qpf.stages.order import dependencies_of
from qpf.stages.schema import Schema


def graph(environment: Environment, schema: Schema) -> Graph:
    """The graph of one environment's agents; glue connects ports, dependencies connect agents."""
    agents = environment.agents
    edges: set[Edge] = set()
    for name, agent in agents.items():
        edges.add(Edge("base", name, agent.base))
        edges.update(Edge("sub", name, sub) for sub in agent.subs)
        edges.update(Edge("depends", name, needed) for _, needed in dependencies_of(agent, schema))
    wires = [
        wire
        for wire in environment.glue.connections
        if wire.source.agent in agents or wire.target.agent in agents
    ]
    edges.update(
        Edge(
            "packet",
            wire.source.agent,
            wire.target.agent,
            wire.packet,
            f"{wire.source} → {wire.target}, {wire.priority}",
        )
        for wire in wires
    )
    return Graph(
        agents=tuple(sorted(agents)),
        bases=tuple(sorted({agent.base for agent in agents.values()})),
        subs=tuple(sorted({sub for agent in agents.values() for sub in agent.subs})),
        packets=tuple(sorted({wire.packet for wire in wires})),
        edges=tuple(
            sorted(edges, key=lambda edge: (edge.kind, edge.source, edge.target, edge.label, edge.detail))
        ),
    )
