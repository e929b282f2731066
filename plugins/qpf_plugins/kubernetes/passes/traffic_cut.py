"""QPF616: the emitted network rules cut what an agent says it needs."""

from collections.abc import Iterator

from qpf.api import Agent, Diagnostic, Environment, Note, Pass, Span
from qpf_plugins.kubernetes.codes import TRAFFIC_CUT
from qpf_plugins.kubernetes.identity import Identity, Resource, identity_of
from qpf_plugins.kubernetes.network import callee_policy, network_policy
from qpf_plugins.kubernetes.options import Options, Service, options_of, targeted
from qpf_plugins.kubernetes.probes import HTTP
from qpf_plugins.kubernetes.reach import Outside, Pod, is_address, reaches

STORES = {
    "redis": "redis", "redis_cluster": "redis", "postgresql": "postgresql", "pgvector": "postgresql",
    "neo4j": "neo4j",
}  # fmt: skip
"""The service that keeps a memory, by its storage type."""

LOCAL_MODELS = ("offline", "test")
"""Providers of models that need no network."""

_OTHERS = frozenset({"nats", *STORES.values()})


def check(environment: Environment) -> Iterator[Diagnostic]:
    """The emitted network rules cut what an agent says it needs.

    What it does:
        Forms the NetworkPolicies that are emitted and asks them, as the cluster would, whether
        each agent still reaches what its schema declares: the agents it is connected to or
        cannot work without, its services at the address it is given for them, the stores its
        memory is kept in, its model, the name server; and whether the monitoring namespace still
        reaches its metrics.

    Why is this bad:
        Everything that is not named is refused, without an answer: the agent starts, is ready,
        and every packet times out. It looks like a slow store and takes hours to find.

    Example:
        ```yaml
        integration: {services: [nats]}
        memorytopology: {episodicmemory: {storagetype: postgresql}}
        ```

    Use instead:
        ```yaml
        integration: {services: [nats, postgresql]}
        memorytopology: {episodicmemory: {storagetype: postgresql}}
        ```
    """
    if not targeted(environment):
        return
    options = options_of(environment)
    world = _World(environment, options)
    for agent in environment.agents.values():
        found = (
            *world.agents(agent),
            *world.services(agent),
            *world.stores(agent),
            *world.model(agent),
            *world.platform(agent),
        )
        yield from found


class _World:
    """The pods of an environment and the policies between them.

    An agent's own policy is kept apart from what lets it in at agents it needs: that selects others, and
    there is one of it for each caller. All a connection can meet is the policies of its two ends and the
    caller's; that of another caller is about another caller.
    """

    def __init__(self, environment: Environment, options: Options) -> None:
        self.environment = environment
        self.options = options
        self.identities: dict[str, Identity] = {}
        self.policies: dict[str, Resource] = {}
        self.callees: dict[str, Resource] = {}
        for name, agent in environment.agents.items():
            identity = self.identities[name] = identity_of(agent, environment, options.namespace)
            self.policies[name] = network_policy(agent, environment, identity, options)
            callees = callee_policy(agent, environment, identity)
            if callees is not None:
                self.callees[name] = callees

    def pod(self, agent: Agent) -> Pod:
        """The pods of an agent."""
        identity = self.identities[agent.name]
        return Pod(identity.namespace, identity.labels, {HTTP: agent.values["deployment"]["port"]})

    def agents(self, agent: Agent) -> Iterator[Diagnostic]:
        """Agents that it is connected to, or needs."""
        wires = {wire.target.agent: wire.span for wire in self.environment.connections_from(agent.name)}
        named: tuple[str, ...] = agent.values["integration"]["connectto"]
        mine = [self.policies[agent.name]]
        if agent.name in self.callees:
            mine.append(self.callees[agent.name])
        for name in sorted({*wires, *named}):
            other = self.environment.agents.get(name)
            if other is None or name == agent.name:
                continue
            port = other.values["deployment"]["port"]
            if not reaches([*mine, self.policies[name]], self.pod(agent), self.pod(other), port):
                # Only now: looking a span up merges the agent's layers.
                span = (
                    agent.span("integration", "connectto", named.index(name))
                    if name in named
                    else wires[name]
                )
                yield _cut(agent, f"{agent.name} is cut off from {name}, which it needs", span)

    def services(self, agent: Agent) -> Iterator[Diagnostic]:
        """Services that it names, at the address that it is given."""
        for at, name in enumerate(agent.values["integration"]["services"]):
            service = self.options.services.get(name)
            if service is None or self._reaches_service(agent, service):
                continue
            yield _cut(
                agent,
                f"{agent.name} finds {name} at {service.host}, to which its network policy lets no traffic",
                agent.span("integration", "services", at),
                Note(
                    f"traffic to {name} is let through to {service.cidr} only",
                    self.environment.option_span("kubernetes", "services", name, "cidr"),
                ),
                hint="let `cidr` hold the address of `host`, or give the service another name",
            )

    def stores(self, agent: Agent) -> Iterator[Diagnostic]:
        """Stores that its memory is in, among its services or not."""
        named = agent.values["integration"]["services"]
        for memory, settings in agent.values["memorytopology"].items():
            kind = settings["storagetype"]
            store = STORES.get(kind)
            # What is named and has no address is a finding (QPF610) of its own.
            if store is None or store in named:
                continue
            service = self.options.services.get(store)
            if service is not None and self._reaches_service(agent, service):
                continue
            yield _cut(
                agent,
                f"{agent.name} keeps its {memory} in {kind}, to which its network policy lets no traffic",
                agent.span("memorytopology", memory, "storagetype"),
                _named(agent),
                hint=f"add {store} to integration.services, or keep this memory beside the agent",
            )

    def model(self, agent: Agent) -> Iterator[Diagnostic]:
        """A model that answers over the network."""
        model = agent.values["reasoningengine"]["primary_model"]
        if model is None or model.partition(":")[0] in LOCAL_MODELS:
            return
        # A model may be asked by way of any service that is not known to be something else.
        if any(name not in _OTHERS for name in agent.values["integration"]["services"]):
            return
        yield _cut(
            agent,
            f"{agent.name} reasons with {model}, to which its network policy lets no traffic",
            agent.span("reasoningengine", "primary_model"),
            _named(agent),
            hint="name the service that the model is asked by under integration.services, with an address",
        )

    def platform(self, agent: Agent) -> Iterator[Diagnostic]:
        """The scrape of its metrics, and the name server."""
        pod, mine = self.pod(agent), [self.policies[agent.name]]
        port = agent.values["deployment"]["port"]
        if not reaches(mine, Pod(self.options.monitoring_namespace), pod, port):
            span = self.environment.option_span("kubernetes", "monitoring_namespace")
            yield _cut(agent, f"the metrics of {agent.name} cannot be scraped", span)
        dns = self.options.dns
        if not reaches(mine, pod, Pod(dns.namespace, dns.labels), dns.port, "UDP"):
            span = self.environment.option_span("kubernetes", "dns")
            yield _cut(agent, f"{agent.name} cannot look up names", span)

    def _reaches_service(self, agent: Agent, service: Service) -> bool:
        mine, pod = [self.policies[agent.name]], self.pod(agent)
        return reaches(mine, pod, _end(service), service.port, service.protocol)


def _end(service: Service) -> Pod | Outside:
    if service.namespace is not None:
        return Pod(service.namespace, service.labels)
    host = service.host or ""
    return Outside(host if is_address(host) else str(service.cidr))


def _named(agent: Agent) -> Note:
    """Where an agent names its services, or would."""
    services = agent.values["integration"]["services"]
    told = "traffic is let through to these services" if services else "no service is named here"
    return Note(told, agent.span("integration", "services"))


def _cut(agent: Agent, message: str, span: Span, *notes: Note, hint: str = "") -> Diagnostic:
    return Diagnostic(
        TRAFFIC_CUT,
        message,
        span,
        notes=notes,
        hint=hint or "this is how the emitted policies are: say so to the authors of `kubernetes`",
        subject=agent.name,
    )


PASS = Pass("traffic-cut", 6, (TRAFFIC_CUT,), check, scope="environment", partial=True)
