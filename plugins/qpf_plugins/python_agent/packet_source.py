"""Packet models: one frozen class a packet kind, its fields as the glue declares them."""

from collections.abc import Mapping

from qpf.api import Data
from qpf_plugins.python_agent.anatomy import Anatomy
from qpf_plugins.python_agent.layout import Call, Code, Expression, lay_out
from qpf_plugins.python_agent.naming import class_name
from qpf_plugins.python_agent.prose import docstring, sentence

_ATOMS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def packet_values(anatomy: Anatomy) -> dict[str, str]:
    """What the template of `packets.py` is given."""
    classes = [_class(anatomy, kind, contract) for kind, contract in anatomy.kinds.items()]
    fields = any(contract["fields"] for contract in anatomy.kinds.values())
    imports = ""
    if classes:
        imports = "from typing import ClassVar\n\n"
        imports += "from pydantic import Field\n" if fields else ""
        imports += "from qpf_runtime.packet import Packet\n"
    return {"imports": imports, "classes": "\n\n".join(classes)}


def python_type(shape: Mapping[str, Data]) -> str:
    """The annotation of a field."""
    kind = shape["type"]
    if kind == "array":
        return f"tuple[{_ATOMS[shape.get('items') or 'string']}, ...]"
    if kind == "map":
        return f"dict[str, {_ATOMS[shape.get('values') or 'string']}]"
    return _ATOMS[kind]


def _class(anatomy: Anatomy, kind: str, contract: Mapping[str, Data]) -> str:
    words = docstring(
        contract["description"],
        indent=4,
        otherwise=f"A packet of kind `{kind}`.",
        more=(_use(anatomy, kind),),
    )
    head = f"class {class_name(kind)}(Packet):\n    {words}\n\n"
    own = f'    kind: ClassVar[str] = "{kind}"\n    version: ClassVar[int] = {contract["version"]}\n'
    lines = [head, own]
    if contract["fields"]:
        lines.append("\n")
    lines += [_field(name, shape) for name, shape in contract["fields"].items()]
    return "".join(lines)


def _field(name: str, shape: Mapping[str, Data]) -> str:
    annotation = python_type(shape)
    arguments: dict[str, Expression] = {}
    if not shape.get("required", True):
        default = shape.get("default")
        if shape["type"] == "map":
            arguments["default_factory"] = Code("dict")
        elif shape["type"] == "array":
            arguments["default"] = ()
        else:
            arguments["default"] = (
                float(default) if shape["type"] == "number" and default is not None else default
            )
            annotation += " | None" if default is None else ""
    if shape["type"] in ("integer", "number"):
        for argument, bound in (("ge", "minimum"), ("le", "maximum")):
            if shape.get(bound) is not None:
                arguments[argument] = shape[bound]
    said = sentence(shape.get("description") or "")
    unit = sentence(shape.get("unit") or "").rstrip(".").lower()
    if unit:
        said = f"{said} Unit: {unit}." if said else f"Unit: {unit}."
    if said:
        arguments["description"] = said
    prefix = f"{name}: {annotation} = "
    return f"    {prefix}{lay_out(Call('Field', arguments), indent=4, before=len(prefix))}\n"


def _use(anatomy: Anatomy, kind: str) -> str:
    """Where the agent meets packets of this kind."""
    ports = (("Received", anatomy.inputs), ("Sent", anatomy.outputs))
    uses = [
        f"{verb} at `{name}`"
        for verb, group in ports
        for name, port in group.items()
        if port["packet"] == kind
    ]
    uses += [
        f"answers `{name}`" for _, group in ports for name, port in group.items() if port["reply"] == kind
    ]
    text = "; ".join(uses)
    return text[:1].upper() + text[1:] + "."
