"""A small fleet as emitters see it, made without the compiler: values, spans, glue, an environment."""

import copy
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from qpf.api import Agent, Artifact, Connection, Environment, Glue, Port, Span
from qpf.model.fleet import Composed, EnvironmentSettings, FleetSettings
from qpf.model.node import Mapping, freeze
from qpf.syntax.jsontext import write_json
from qpf.syntax.writer import write_yaml
from qpf_plugins.kubernetes.emit import emit_agent, emit_environment
from qpf_plugins.kubernetes.options import Options
from tests.stages.trees import node

SERVICES = {
    "postgresql": {"namespace": "data", "labels": {"app.kubernetes.io/name": "postgresql"}, "port": 5432},
    "archive": {"cidr": "10.40.0.0/16", "port": 443},
}
VALUES: dict[str, Any] = {
    "system": {
        "title": "An Agent",
        "owner": "matching-team",
        "criticality": "high",
        "version": "6.0.0",
        "tags": [],
    },
    "integration": {"connectto": [], "imports": [], "methods": {}, "services": []},
    "governance": {"mode": "hybrid", "thresholds": {"confidence": 0.7}},
    "memorytopology": {
        "episodicmemory": {"storagetype": "postgresql", "retention": "90 days"},
        "archive": {"storagetype": "none"},
    },
    "communicationstack": {"protocol": "PacketEnvelope", "input": {}, "output": {}},
    "cursorinstructions": {"generatefiles": []},
    "deployment": {
        "replicas": 1,
        "image": "registry.example/l9/agent:6.0.0",
        "port": 8080,
        "log_level": "INFO",
        "apimode": "private",
        "auth_required": True,
        "timeout_ms": 2000,
        "resources": {
            "requests": {"cpu": "250m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "512Mi"},
        },
        "endpoints": {},
        "health_monitoring": {
            "interval_seconds": 10,
            "liveness_probe": {"endpoint": "/health", "timeout_ms": 1000},
            "readiness_probe": {"endpoint": "/ready", "timeout_ms": 1000},
            "startup_probe": {"endpoint": "/startup", "timeout_ms": 5000},
        },
        "secrets": {},
        "graceful_shutdown_timeout": 30,
        "deployment_updates": {"canary_percent": None},
    },
    "metadata": {"owner": "platform-team", "description": "Does one thing.", "labels": {}},
}


class Writer:
    """Writers and templates, as the compiler lends them."""

    def yaml(self, *documents: Any) -> bytes:
        return write_yaml(*documents)

    def json(self, data: Any) -> bytes:
        return write_json(data)

    def render(self, template: str, values: Any) -> bytes:
        raise NotImplementedError


def agent(name: str, environment: str = "production", base: str = "core_service", **sections: Any) -> Agent:
    """An agent: the defaults above, with some values replaced."""
    values = merged(VALUES, sections)
    body = node({"name": name, **values}, f"agents/{name}.yaml")
    assert isinstance(body, Mapping)
    return Agent(
        name=name,
        environment=environment,
        values=freeze(values),
        compose=lambda: Composed(name, environment, body, (), base, ()),
        base=base,
    )


def environment(
    agents: Iterable[Agent],
    connections: Iterable[tuple[str, str]] = (),
    name: str = "production",
    fleet: str = "l9",
    **options: Any,
) -> Environment:
    """An environment of agents; a connection is `("main_agent.out", "tensoraios.in")`."""
    source = f"environments/{name}/environment.yaml"
    known = Options.model_validate({"namespace": f"l9-{name}", "services": SERVICES, **options})
    return Environment(
        EnvironmentSettings(name, ("kubernetes",), freeze({"kubernetes": known.model_dump()})),
        FleetSettings(fleet, "6.0.0", None, {name: {"branch": name}}, ("kubernetes",)),
        {each.name: each for each in sorted(agents, key=lambda found: found.name)},
        Glue(connections=tuple(_connection(*ends) for ends in connections)),
        source,
    )


def merged(values: Any, changes: Any) -> Any:
    """Data with changes laid over it."""
    if isinstance(values, dict) and isinstance(changes, dict):
        kept = copy.deepcopy(values)
        return {**kept, **{key: merged(kept.get(key), change) for key, change in changes.items()}}
    return copy.deepcopy(changes)


def emitted(agent: Agent, environment: Environment) -> dict[str, Artifact]:
    """What the emitter makes of an agent, by path, stamped as the host stamps it."""
    return _stamped(emit_agent(Writer(), agent, environment), agent.name)


def rendered(environment: Environment) -> tuple[Artifact, ...]:
    """What the emitter makes of a whole environment."""
    found = _stamped(emit_environment(Writer(), environment), "")
    for each in environment.agents.values():
        found |= emitted(each, environment)
    return tuple(found[path] for path in sorted(found))


def objects(agent: Agent, environment: Environment) -> dict[str, Any]:
    """The objects of an agent, by kind (`NetworkPolicy/callees` for the second policy)."""
    found = {}
    for artifact in emitted(agent, environment).values():
        for key, resource in artifact.state.get("resources", {}).items():
            kind, _, name = key.partition("/")
            found[f"{kind}/callees" if name.endswith(".callees") else kind] = resource
    return found


def _stamped(artifacts: Iterable[Artifact], subject: str) -> dict[str, Artifact]:
    return {each.path: replace(each, emitter="kubernetes", subject=subject) for each in artifacts}


def _connection(source: str, target: str) -> Connection:
    span = Span("glue.yaml", 1, 1, 1, 2)
    (caller, _, output), (callee, _, taken) = source.partition("."), target.partition(".")
    return Connection(Port(caller, output, span), Port(callee, taken, span), output, "high", span)
