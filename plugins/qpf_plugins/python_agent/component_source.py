"""Component modules: a class a sub-schema, each of its methods bound to its implementation."""

from collections.abc import Iterable, Mapping

from qpf_plugins.python_agent.anatomy import Anatomy, Method, Part
from qpf_plugins.python_agent.layout import Call, Code, lay_out
from qpf_plugins.python_agent.naming import natural
from qpf_plugins.python_agent.prose import WIDTH, docstring

_OWN = {"qpf_runtime.component": "Component", "qpf_runtime.turn": "Turn"}
_TAKEN = ("self", "turn")


def component_values(anatomy: Anatomy, part: Part) -> dict[str, str]:
    """What the template of a component's module is given."""
    bound = bindings(part)
    own = f"Methods of `{anatomy.name}` itself, bound to their implementations."
    return {
        "title": own if part.own else f"Sub-schema `{part.name}`, bound to its implementations.",
        "imports": _imports(bound),
        "class": part.class_name,
        "words": docstring(part.role, indent=4, otherwise=f"The component `{part.name}`."),
        "name": part.name,
        "methods": "\n".join([_method(method, bound[method.module]) for method in part.methods]),
    }


def bindings(part: Part) -> Mapping[str, str]:
    """What each implementation's module is called inside the component's module.

    The last word of its path; where that word is taken, the whole path.
    """
    modules = sorted({method.module for method in part.methods})
    last = [module.rpartition(".")[2] for module in modules]
    return {
        module: short
        if last.count(short) == 1 and short not in _TAKEN
        else f"{module.replace('.', '_')}_module"
        for module, short in zip(modules, last, strict=True)
    }


def _method(method: Method, bound: str) -> str:
    words = docstring(method.description, indent=8, otherwise=f"Run the step `{method.name}`.")
    call = Call(f"{bound}.{method.function}", {}, (Code("self.agent"), Code("turn")))
    return (
        f"    async def {method.name}(self, turn: Turn) -> None:\n"
        f"        {words}\n"
        f"        await {lay_out(call, indent=8, before=len('await '))}\n"
    )


def _imports(bound: Mapping[str, str]) -> str:
    """Import statements in the order of `ruff check --select I`."""
    plain: list[str] = []
    grouped: dict[str, list[str]] = {module: [name] for module, name in _OWN.items()}
    renamed: list[tuple[str, str]] = []
    for module, name in bound.items():
        parent, _, last = module.rpartition(".")
        suffix = "" if name == last else f" as {name}"
        if not parent:
            plain.append(module + suffix)
        elif suffix:
            renamed.append((parent, last + suffix))
        else:
            grouped.setdefault(parent, []).append(last)
    lines = [f"import {module}\n" for module in sorted(plain, key=natural)]
    statements = [*grouped.items(), *((parent, [name]) for parent, name in renamed)]
    statements.sort(key=lambda each: (natural(each[0]), min(map(natural, each[1]))))
    return "".join(lines + [import_line(parent, names) for parent, names in statements])


def import_line(module: str, names: Iterable[str]) -> str:
    """A `from` import, opened if it does not fit."""
    ordered = sorted(names, key=natural)
    line = f"from {module} import {', '.join(ordered)}\n"
    if len(line) <= WIDTH + 1:
        return line
    opened = "".join([f"    {name},\n" for name in ordered])
    return f"from {module} import (\n{opened})\n"
