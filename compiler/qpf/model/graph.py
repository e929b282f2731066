"""The fleet as a graph."""

from msgspec import Struct


class Edge(Struct, frozen=True):
    """A directed edge; `kind` is `base`, `sub`, `depends` or `packet`."""

    kind: str
    source: str
    target: str
    label: str = ""
    detail: str = ""


class Graph(Struct, frozen=True):
    """Nodes by kind, and edges, all sorted."""

    agents: tuple[str, ...]
    bases: tuple[str, ...]
    subs: tuple[str, ...]
    packets: tuple[str, ...]
    edges: tuple[Edge, ...]
