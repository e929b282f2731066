"""The fleet as a graph."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed edge; `kind` is `base`, `sub`, `depends` or `packet`."""

    kind: str
    source: str
    target: str
    label: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by kind, and edges, all sorted."""

    agents: tuple[str, ...]
    bases: tuple[str, ...]
    subs: tuple[str, ...]
    packets: tuple[str, ...]
    edges: tuple[Edge, ...]
