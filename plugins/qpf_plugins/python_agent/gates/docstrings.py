"""Gate `docstrings`: how much of an emitted package says what it is."""

import ast
from collections.abc import Iterator

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import modules_of
from qpf_plugins.python_agent.gates.share import Counted, measure

MINIMUM = 90
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Count modules, classes and functions, and those of them with a docstring."""
    for agent, modules in modules_of(artifacts).items():
        yield measure(agent, "docstrings", MINIMUM, modules, count)


def count(tree: ast.Module) -> Counted:
    """What is documented, and where what is not stands."""
    things = [node for node in ast.walk(tree) if isinstance(node, _DOCUMENTED)]
    return Counted(
        len(things),
        tuple(
            (getattr(node, "lineno", 1), f"no docstring: {getattr(node, 'name', 'the module')}")
            for node in things
            if not (ast.get_docstring(node) or "").strip()
        ),
    )
