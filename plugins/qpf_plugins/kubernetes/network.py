"""NetworkPolicies: who may talk to an agent and whom it may talk to; all else is refused, both ways.

Policies are stateful: an answer comes back on the connection of its question. So a connection
`a.out -> b.in` lets `a` call `b` and nothing more; if `b` also speaks first, glue says so.

A policy must not depend on other agents' values (they would not be re-extracted), so it knows
other agents by name and the port by its name, `http`, which is looked up on the pods.
"""

from collections.abc import Iterable

from qpf.api import Agent, Environment
from qpf_plugins.kubernetes.identity import Identity, Resource
from qpf_plugins.kubernetes.names import resource_name
from qpf_plugins.kubernetes.options import Options, Peer, Service
from qpf_plugins.kubernetes.probes import HTTP

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that Kubernetes itself puts on every namespace."""


def network_policy(agent: Agent, environment: Environment, identity: Identity, options: Options) -> Resource:
    """The policy of an agent's own pods."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": identity.metadata(),
        "spec": {
            "egress": _egress(agent, environment, identity, options),
            "ingress": _ingress(agent, environment, identity, options),
            "podSelector": {"matchLabels": identity.selector},
            "policyTypes": ["Ingress", "Egress"],
        },
    }


def callee_policy(agent: Agent, environment: Environment, identity: Identity) -> Resource | None:
    """What lets an agent in at those that it needs (`integration.connectto`) and no connection leads to.

    Policies add up: this one belongs to the caller and selects the callees, whose own
    manifests need not know about it.
    """
    needed = set(agent.values["integration"]["connectto"]) - set(_targets(agent, environment)) - {agent.name}
    if not needed:
        return None
    metadata = identity.metadata()
    # No agent's own policy can have a dot in its name, so this one cannot meet another.
    metadata["name"] = f"{identity.name}.callees"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {
            "ingress": [_rule("from", [{"podSelector": {"matchLabels": identity.selector}}])],
            "podSelector": identity.peers(_resource_names(needed)),
            "policyTypes": ["Ingress"],
        },
    }


def _ingress(agent: Agent, environment: Environment, identity: Identity, options: Options) -> list[Resource]:
    callers = {connection.source.agent for connection in environment.connections_to(agent.name)}
    rules = []
    # An empty `from` would let everybody in: a rule is written only if it names somebody.
    if callers:
        rules.append(_rule("from", [{"podSelector": identity.peers(_resource_names(callers))}]))
    rules.append(_rule("from", [_namespace(options.monitoring_namespace)]))
    if agent.values["deployment"]["apimode"] == "public":
        anywhere: list[Resource] = [{"namespaceSelector": {}}]
        rules.append(_rule("from", [_namespace(name) for name in options.ingress_namespaces] or anywhere))
    return rules


def _egress(agent: Agent, environment: Environment, identity: Identity, options: Options) -> list[Resource]:
    rules = [name_server(options.dns)]
    callees = {*_targets(agent, environment), *agent.values["integration"]["connectto"]}
    if callees:
        rules.append(_rule("to", [{"podSelector": identity.peers(_resource_names(callees))}]))
    for name in sorted(set(agent.values["integration"]["services"])):
        service = options.services.get(name)
        # A service without an address is a finding (QPF610) of the pass, which runs first.
        if service is not None:
            rules.append(to_service(service))
    return rules


def _targets(agent: Agent, environment: Environment) -> Iterable[str]:
    return (connection.target.agent for connection in environment.connections_from(agent.name))


def _resource_names(agents: Iterable[str]) -> list[str]:
    return sorted({resource_name(name) for name in agents})


def _rule(direction: str, peers: list[Resource]) -> Resource:
    return {direction: peers, "ports": [{"port": HTTP, "protocol": "TCP"}]}


def _namespace(name: str) -> Resource:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: name}}}


def _pods(namespace: str, labels: dict[str, str]) -> Resource:
    """Pods of another namespace: both selectors in one peer, or either alone would do."""
    peer = _namespace(namespace)
    if labels:
        peer["podSelector"] = {"matchLabels": dict(labels)}
    return peer


def name_server(dns: Peer) -> Resource:
    """What lets pods ask for addresses."""
    ports = [{"port": dns.port, "protocol": protocol} for protocol in ("UDP", "TCP")]
    return {"ports": ports, "to": [_pods(dns.namespace, dns.labels)]}


def to_service(service: Service) -> Resource:
    """What lets pods reach a service."""
    peer: Resource = (
        {"ipBlock": {"cidr": service.cidr}}
        if service.namespace is None
        else _pods(service.namespace, service.labels)
    )
    return {"ports": [{"port": service.port, "protocol": service.protocol}], "to": [peer]}
