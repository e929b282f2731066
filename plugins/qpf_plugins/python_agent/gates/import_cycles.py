"""Gate `import-cycles`: no module of an emitted package imports itself by way of others."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import modules_of

NAME = "import cycles"
THRESHOLD = "0"


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Look for a circle in each package's imports."""
    for agent, modules in modules_of(artifacts).items():
        try:
            graph = imports(agent, modules)
        except (SyntaxError, ValueError) as error:
            yield Measurement(agent, NAME, "not measured", THRESHOLD, passed=False, detail=str(error))
            continue
        circle = find_cycle(graph)
        yield Measurement(
            agent,
            NAME,
            "1 or more" if circle else "0",
            THRESHOLD,
            passed=not circle,
            detail=" → ".join(circle),
        )


def imports(package: str, modules: tuple[Artifact, ...]) -> Mapping[str, frozenset[str]]:
    """Which modules of a package each of them imports."""
    names = {_module(package, each.path): each for each in modules}
    graph: dict[str, frozenset[str]] = {}
    for name, artifact in sorted(names.items()):
        package_of = name if artifact.path.endswith("/__init__.py") else name.rpartition(".")[0]
        seen = {
            found for node in ast.walk(ast.parse(artifact.content)) for found in _imported(node, package_of)
        }
        graph[name] = frozenset((seen & names.keys()) - {name})
    return graph


def find_cycle(graph: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """A circle, each module followed by one it imports; empty if there is none."""
    try:
        TopologicalSorter({name: sorted(found) for name, found in graph.items()}).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def _module(package: str, path: str) -> str:
    inside = path.partition(f"/src/{package}/")[2].removesuffix(".py")
    return ".".join([package, *(part for part in inside.split("/") if part != "__init__")])


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, base] if base else above)
        members = [f"{base}.{each.name}" for each in node.names]
        yield from members
        yield base
