"""Tests of the emitted agent: each component alone, and the agent as a whole."""

from collections.abc import Mapping

from qpf_plugins.python_agent.anatomy import Anatomy, Part
from qpf_plugins.python_agent.component_source import bindings, import_line
from qpf_plugins.python_agent.composition import first_party, packet_class
from qpf_plugins.python_agent.layout import Call, Code, Expression, lay_out


def component_test_values(anatomy: Anatomy, part: Part) -> dict[str, str]:
    """What the template of a component's test is given."""
    bound = bindings(part)
    module = f"{anatomy.name}.{part.name}"
    methods: Mapping[str, Expression] = {
        method.name: f"{module}.{bound[method.module]}.{method.function}" for method in part.methods
    }
    return {
        "import": import_line(module, [part.class_name]).rstrip("\n"),
        "module": part.name,
        "class": part.class_name,
        "methods": _opened("METHODS: Final = ", methods),
    }


def agent_test_values(anatomy: Anatomy) -> dict[str, object]:
    """What the template of the agent's own test is given."""
    inputs = anatomy.inputs
    flows: dict[str, Expression] = {
        name: [[Code(anatomy.owners[step].class_name), step] for step in port["flow"]]
        for name, port in inputs.items()
    }
    received: dict[str, Expression] = {name: packet_class(port["packet"]) for name, port in inputs.items()}
    answers: dict[str, Expression] = {
        name: packet_class(port["reply"]) for name, port in inputs.items() if port["reply"]
    }
    return {
        "imports": first_party(anatomy, (), anatomy.wired),
        "inputs": bool(inputs),
        "kinds": bool(anatomy.kinds),
        "flows": _opened("FLOWS: Final[dict[str, tuple[tuple[type[Component], str], ...]]] = ", flows),
        "received": _opened("RECEIVED: Final[dict[str, type[Packet]]] = ", received),
        "answers": _opened("ANSWERS: Final[dict[str, type[Packet]]] = ", answers),
        "packets": _opened("PACKETS: Final = ", [packet_class(kind) for kind in anatomy.kinds]),
        "declared": _opened("DECLARED: Final[dict[str, object]] = ", _declared(anatomy)),
        "stray": lay_out(
            Call("answer_to", {"to": f"{anatomy.name}.NO_SUCH_PORT"}, [next(iter(inputs), "")]),
            indent=4,
            before=len("reply = "),
        ),
    }


def _declared(anatomy: Anatomy) -> dict[str, Expression]:
    """What the schema says of the things that matter most in production, by path in the configuration."""
    values = anatomy.agent.values
    governance, memory, deployment = values["governance"], values["memorytopology"], values["deployment"]
    declared: dict[str, Expression] = {
        "name": anatomy.name,
        "environment": anatomy.environment.name,
        "mode": governance["mode"],
        "governance.humanoverride": governance["humanoverride"],
        "governance.anchors": governance["anchors"],
        "governance.thresholds": governance["thresholds"],
        "governance.governed": governance["governed"],
        "governance.audittrail": governance["audittrail"],
    }
    declared |= {f"memory.{name}.storagetype": memory[name]["storagetype"] for name in memory}
    declared["reasoning.primary_model"] = values["reasoningengine"]["primary_model"]
    declared |= {
        key: deployment[key]
        for key in ("port", "log_level", "timeout_ms", "decisionlatencymaxms", "auth_required")
    }
    return declared


def _opened(label: str, value: Expression) -> str:
    return label + lay_out(value, before=len(label))
