"""A fleet's graph as text, Graphviz dot, Mermaid and data."""

from collections.abc import Iterator

from msgspec import to_builtins

from qpf.model.graph import Graph
from qpf.model.node import Data

SHAPES = {"base": ("box3d", '[["{}"]]'), "sub": ("component", '(["{}"])'), "agent": ("box", '["{}"]')}

NEIGHBOURS = ("depends", "packet")
"""Edges that end at agents: those not asked for are drawn as well, without edges of their own."""


def graph_text(graph: Graph) -> str:
    """An indented list an agent: base, subs, dependencies, packets out and in."""
    lines: list[str] = []
    for agent in graph.agents:
        out = [edge for edge in graph.edges if edge.source == agent]
        into = [edge for edge in graph.edges if edge.kind == "packet" and edge.target == agent]
        lines.append(agent)
        lines += [f"  base     {edge.target}" for edge in out if edge.kind == "base"]
        lines += [f"  sub      {edge.target}" for edge in out if edge.kind == "sub"]
        lines += [f"  depends  {edge.target}" for edge in out if edge.kind == "depends"]
        lines += [f"  sends    {edge.label}  {edge.detail}" for edge in out if edge.kind == "packet"]
        lines += [f"  receives {edge.label}  {edge.detail}" for edge in into]
    return "".join(f"{line}\n" for line in lines)


def graph_dot(graph: Graph) -> str:
    """Graphviz: solid arrows carry packets, dashed ones are dependencies, dotted ones composition."""
    styles = {"base": "dotted", "sub": "dotted", "depends": "dashed", "packet": "solid"}
    lines = ["digraph fleet {", "  rankdir=LR;"]
    lines += [
        f'  "{_key(kind, name)}" [label="{name}", shape={SHAPES[kind][0]}];' for kind, name in _nodes(graph)
    ]
    for kind, source, target, label in _links(graph):
        text = f', label="{label}"' if label else ""
        lines.append(f'  "{source}" -> "{target}" [style={styles[kind]}{text}];')
    return "".join(f"{line}\n" for line in (*lines, "}"))


def graph_mermaid(graph: Graph) -> str:
    """Mermaid, as GitHub and most forges render it."""
    lines = ["flowchart LR"]
    lines += [f"  {_key(kind, name)}{SHAPES[kind][1].format(name)}" for kind, name in _nodes(graph)]
    for kind, source, target, label in _links(graph):
        arrow = {"packet": f"-->|{label}|", "depends": "-. needs .->"}.get(kind, "-.-")
        lines.append(f"  {source} {arrow} {target}")
    return "".join(f"{line}\n" for line in lines)


def graph_data(graph: Graph) -> Data:
    """The same for `-o json`."""
    plain: Data = to_builtins(graph)
    return plain


def _nodes(graph: Graph) -> Iterator[tuple[str, str]]:
    ends = {end for edge in graph.edges if edge.kind in NEIGHBOURS for end in (edge.source, edge.target)}
    yield from (("agent", name) for name in sorted({*graph.agents, *ends}))
    yield from (("base", name) for name in graph.bases)
    yield from (("sub", name) for name in graph.subs)


def _links(graph: Graph) -> Iterator[tuple[str, str, str, str]]:
    for edge in graph.edges:
        kind = edge.kind if edge.kind in ("base", "sub") else "agent"
        yield edge.kind, _key("agent", edge.source), _key(kind, edge.target), edge.label


def _key(kind: str, name: str) -> str:
    return f"{kind}_{name}"
