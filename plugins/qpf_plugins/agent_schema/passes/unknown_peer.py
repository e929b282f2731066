"""QPF419: an agent counts on a peer that does not exist."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code(
    "QPF419", "unknown-peer", Severity.ERROR, "An agent names a peer that is not an agent of the fleet."
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """An agent's `collaborationnetwork.peers` names something that is not another agent.

    What it does:
        Looks up every peer among the agents of the fleet; an agent is not its own peer.

    Why is this bad:
        Votes and shared context are counted against the list of peers: one that never
        answers keeps every quorum out of reach.

    Example:
        ```yaml
        collaborationnetwork: {pattern: mesh, role: member, peers: [gamma, delta]}   # no agent delta
        ```

    Use instead:
        ```yaml
        collaborationnetwork: {pattern: mesh, role: member, peers: [gamma]}
        ```
    """
    for agent in environment.agents.values():
        for position, peer in enumerate(agent.values["collaborationnetwork"]["peers"]):
            if peer in environment.known and peer != agent.name:
                continue
            path = ("collaborationnetwork", "peers", position)
            fault = "itself" if peer == agent.name else f"{peer}, which is not an agent of this fleet,"
            others = sorted(environment.known - {agent.name})
            yield Diagnostic(
                CODE,
                f"{agent.name} names {fault} as a peer",
                agent.span(*path),
                path,
                hint=did_you_mean(peer, others, f"name other agents: {listed(others)}"),
                subject=agent.name,
            )


PASS = Pass("unknown-peer", 4, (CODE,), check, scope="environment", partial=True)
