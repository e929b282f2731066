"""Gate `type-hints`: how much of an emitted package says of which type it is."""

import ast
from collections.abc import Iterator

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import modules_of
from qpf_plugins.python_agent.gates.share import Counted, measure

MINIMUM = 95


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Count parameters, returns, and assignments of modules and classes, and those of them with a type."""
    for agent, modules in modules_of(artifacts).items():
        yield measure(agent, "type hints", MINIMUM, modules, count)


def count(tree: ast.Module) -> Counted:
    """What is typed, and where what is not stands."""
    total = 0
    bare: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            slots = _slots(node)
            total += len(slots)
            bare += [(node.lineno, f"no type: {node.name}, {name}") for name, typed in slots if not typed]
        if isinstance(node, ast.ClassDef | ast.Module):
            values = [each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign)]
            total += len(values)
            bare += [
                (each.lineno, "no type: an assignment") for each in values if isinstance(each, ast.Assign)
            ]
    return Counted(total, tuple(bare))


def _slots(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, bool]]:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    named += [each for each in (given.vararg, given.kwarg) if each]
    slots = [(each.arg, each.annotation is not None) for each in named if each.arg not in ("self", "cls")]
    return [*slots, ("its result", function.returns is not None)]
