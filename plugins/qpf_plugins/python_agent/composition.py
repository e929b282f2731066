"""The composition root: components made, output ports declared, input ports wired to their flows."""

from collections.abc import Mapping

from qpf.api import Data
from qpf_plugins.python_agent.anatomy import Anatomy, Part
from qpf_plugins.python_agent.component_source import import_line
from qpf_plugins.python_agent.layout import Call, Code, Expression, lay_out
from qpf_plugins.python_agent.naming import class_name, natural


def composition_values(anatomy: Anatomy) -> dict[str, str]:
    """What the template of `agent.py` is given."""
    blocks = [
        "".join([f"    {part.name} = {part.class_name}(agent)\n" for part in anatomy.wired]),
        "".join([_statement(_sends(name, port)) for name, port in anatomy.outputs.items()]),
        "".join([_statement(_on(anatomy, name, port)) for name, port in anatomy.inputs.items()]),
    ]
    return {
        "imports": first_party(anatomy, ("__main__", "agent"), anatomy.wired),
        "wiring": "\n".join([block for block in blocks if block]),
    }


def first_party(anatomy: Anatomy, skip: tuple[str, ...], parts: tuple[Part, ...]) -> str:
    """Imports from the agent's own package, sorted."""
    package = anatomy.name
    names = {
        "__main__": "main",
        "agent": "build",
        "config": "CONFIG",
        **{part.name: part.class_name for part in parts},
    }
    lines = [import_line(package, ["packets"])] if anatomy.kinds else []
    lines += [
        import_line(f"{package}.{module}", [names[module]])
        for module in sorted(names, key=natural)
        if module not in skip
    ]
    return "".join(lines)


def packet_class(kind: str) -> Code:
    """A packet's class, as seen from other modules."""
    return Code(f"packets.{class_name(kind)}")


def _sends(name: str, port: Mapping[str, Data]) -> Call:
    reply = [packet_class(port["reply"])] if port["reply"] else []
    return Call("agent.sends", {}, [name, packet_class(port["packet"]), *reply])


def _on(anatomy: Anatomy, name: str, port: Mapping[str, Data]) -> Call:
    steps: list[Expression] = [Code(f"{anatomy.owners[step].name}.{step}") for step in port["flow"]]
    reply = [packet_class(port["reply"])] if port["reply"] else []
    return Call("agent.on", {}, [name, packet_class(port["packet"]), steps, *reply])


def _statement(call: Call) -> str:
    return f"    {lay_out(call, indent=4)}\n"
