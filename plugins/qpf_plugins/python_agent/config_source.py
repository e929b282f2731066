"""The typed configuration of an agent, as the literal `CONFIG` of its `config.py`."""

from collections.abc import Iterable, Mapping

from qpf.api import Data
from qpf_plugins.python_agent.anatomy import Anatomy
from qpf_plugins.python_agent.layout import Call, Expression, lay_out

_MEMORIES = {
    "workingmemory": "WorkingMemoryConfig",
    "episodicmemory": "EpisodicMemoryConfig",
    "semanticmemory": "SemanticMemoryConfig",
    "causalmemory": "CausalMemoryConfig",
    "archive": "ArchiveConfig",
}
_GOVERNANCE = (
    "humanoverride",
    "anchors",
    "thresholds",
    "escalationpolicy",
    "escalationtriggers",
    "governed",
    "audittrail",
)
_DEPLOYMENT = (
    "port",
    "log_level",
    "timeout_ms",
    "decisionlatencymaxms",
    "graceful_shutdown_timeout",
    "auth_required",
)
_RESILIENCE = {"retry": "RetryConfig", "breaker": "BreakerConfig", "bulkhead": "BulkheadConfig"}
_PROBES = {"liveness": "liveness_probe", "readiness": "readiness_probe", "startup": "startup_probe"}


def config_call(anatomy: Anatomy) -> Call:
    """The call of `AgentConfig` that says all the runtime needs; what is empty is left out."""
    values = anatomy.agent.values
    governance, deployment = values["governance"], values["deployment"]
    memory, health = values["memorytopology"], deployment["health_monitoring"]
    arguments: dict[str, Expression] = {
        "name": anatomy.name,
        "environment": anatomy.environment.name,
        "fleet": anatomy.environment.fleet.name,
        "role": anatomy.agent.role,
        "schema_version": anatomy.environment.fleet.schema_version,
        "mode": governance["mode"],
        "governance": _call("GovernanceConfig", _governance(governance)),
        "memory": _call(
            "MemoryConfig", {name: _call(kind, memory[name]) for name, kind in _MEMORIES.items()}
        ),
        "reasoning": _call("ReasoningConfig", _reasoning(values["reasoningengine"])),
        "worldmodel": _call("WorldModelConfig", values["worldmodelintegration"]),
        "learning": _call("LearningConfig", values["learningsystem"]),
        "collaboration": _call("CollaborationConfig", values["collaborationnetwork"]),
        "inputs": _inputs(anatomy),
        "outputs": {
            name: _call("OutputPort", {key: port[key] for key in ("packet", "reply")})
            for name, port in anatomy.outputs.items()
        },
        "routes": _routes(anatomy),
        "delivery": Call("DeliveryConfig", values["communicationstack"]["delivery"]),
        "resilience": _call(
            "ResilienceConfig",
            {name: _call(kind, deployment["resilience"][name]) for name, kind in _RESILIENCE.items()},
        ),
        **{key: deployment[key] for key in _DEPLOYMENT},
        "endpoints": {
            name: _call("Endpoint", endpoint) for name, endpoint in deployment["endpoints"].items()
        },
        "probes": _call("Probes", {key: health[probe]["endpoint"] for key, probe in _PROBES.items()}),
    }
    return Call(
        "AgentConfig", {key: value for key, value in arguments.items() if not _empty(value)}, opened=True
    )


def config_values(call: Call) -> dict[str, str]:
    """What the template of `config.py` is given."""
    return {
        "imports": "".join([f"    {name},\n" for name in sorted(set(_names(call)))]),
        "literal": lay_out(call, before=len("CONFIG: Final = ")),
    }


def _governance(governance: Mapping[str, Data]) -> dict[str, Expression]:
    values: dict[str, Expression] = {key: governance[key] for key in _GOVERNANCE}
    if governance["escalationpolicy"] is not None:
        values["escalationpolicy"] = _call("EscalationPolicy", governance["escalationpolicy"])
    values["escalationtriggers"] = [
        _call("EscalationTrigger", trigger) for trigger in governance["escalationtriggers"]
    ]
    return values


def _reasoning(reasoning: Mapping[str, Data]) -> dict[str, Expression]:
    return {
        **reasoning,
        "tools": {name: _call("ReasoningTool", tool) for name, tool in reasoning["tools"].items()},
        "budget": _call("ReasoningBudget", reasoning["budget"]),
    }


def _inputs(anatomy: Anatomy) -> dict[str, Expression]:
    """Input ports, each with the addresses that the glue lets send there."""
    senders: dict[str, set[str]] = {}
    for each in anatomy.environment.connections_to(anatomy.name):
        senders.setdefault(each.target.port, set()).add(str(each.source))
    return {
        name: _call(
            "InputPort",
            {
                **{key: port[key] for key in ("packet", "priority", "reply")},
                "version": anatomy.kinds[port["packet"]]["version"],
                "senders": sorted(senders.get(name, ())),
            },
        )
        for name, port in anatomy.inputs.items()
    }


def _routes(anatomy: Anatomy) -> dict[str, Expression]:
    routes: dict[str, list[Expression]] = {}
    for each in anatomy.routes:
        routes.setdefault(each.source.port, []).append(
            Call(
                "Route",
                {
                    "target": each.target.agent,
                    "port": each.target.port,
                    "packet": each.packet,
                    "priority": each.priority,
                },
            )
        )
    return dict(routes)


def _call(name: str, values: Mapping[str, Expression]) -> Call:
    return Call(name, {key: value for key, value in values.items() if not _empty(value)})


def _empty(value: Expression) -> bool:
    """Whether the runtime's own default says the same: nothing."""
    return value is None or (not isinstance(value, bool | int | float | Call) and not value)


def _names(value: Expression) -> Iterable[str]:
    if isinstance(value, Call):
        yield value.name
        value = value.keywords
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
