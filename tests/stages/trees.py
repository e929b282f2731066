"""Builds node trees and contributions from plain data, for tests."""

from types import MappingProxyType

from hypothesis import strategies as st

from qpf.model.diagnostic import Diagnostic
from qpf.model.layer import Contribution, Layer
from qpf.model.merge import Strategy
from qpf.model.node import Data, Entry, Mapping, Node, Scalar, Sequence, to_data
from qpf.model.path import parse_path
from qpf.model.span import Span
from qpf.stages.claims import Rules
from qpf.stages.merge import merge


def node(data: Data, source: str = "s.yaml", line: int = 1) -> Node:
    """A tree whose every node stands on a line of its own."""
    counter = iter(range(line, 100_000))

    def build(value: Data) -> Node:
        at = next(counter)
        span = Span(source, at, 1, at, 2)
        if isinstance(value, dict):
            return Mapping(
                MappingProxyType({key: Entry(span, build(each)) for key, each in value.items()}), span
            )
        if isinstance(value, list):
            return Sequence(tuple(build(each) for each in value), span)
        return Scalar(value, span)

    return build(data)


def says(layer: Layer, name: str, data: dict[str, Data]) -> Contribution:
    """A contribution."""
    body = node(data, f"{layer.name}/{name}.yaml")
    assert isinstance(body, Mapping)
    return Contribution(layer, name, body)


atoms = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "b", "c"]))
keys = st.sampled_from(["a", "b", "c", "d"])
documents = st.dictionaries(
    keys,
    st.recursive(
        atoms,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
        max_leaves=6,
    ),
    max_size=4,
)


def merged(
    *layers: Contribution, rules: dict[str, Strategy] | None = None
) -> tuple[Data, tuple[Diagnostic, ...]]:
    outcome = merge(layers, rules_of(rules or {}))
    return to_data(outcome.value), outcome.report.diagnostics


def rules_of(rules: dict[str, Strategy]) -> Rules:
    return Rules.of((parse_path(path), strategy) for path, strategy in rules.items())
