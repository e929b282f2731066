"""Claims: what each layer says at one path, and the rules that apply there."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as List
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from qpf.model.diagnostic import Code, Diagnostic, Note
from qpf.model.digest import canonical
from qpf.model.layer import Contribution, Layer
from qpf.model.merge import Fixed, Strategy, Tighten
from qpf.model.node import Data, Node, Scalar, Sequence, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.span import Span
from qpf.model.wording import show


class Claim(NamedTuple):
    """What one layer says at one path; `span` is the key's, or the item's."""

    layer: Layer
    name: str
    node: Node
    span: Span

    @property
    def who(self) -> str:
        """The layer in words: `sub packet_router`."""
        return f"{self.layer.name} {self.name}"


@dataclass(slots=True)
class Rules:
    """Strategies by path: one step of a trie; `*` matches any key or item.

    Attributes:
        strategy: How values here are merged; None for the default.
        default: What the schema says where no layer speaks; None where it says nothing.
    """

    strategy: Strategy | None = None
    default: Data = None
    children: "dict[str, Rules]" = field(default_factory=dict)

    @classmethod
    def of(
        cls, strategies: Iterable[tuple[Path, Strategy]], defaults: Mapping[Path, Data] = MappingProxyType({})
    ) -> "Rules":
        """Build the trie."""
        root = cls()
        for path, strategy in strategies:
            rules = root
            for part in path:
                rules = rules.children.setdefault(str(part), cls())
            rules.strategy = strategy
            rules.default = defaults.get(path)
        return root

    @property
    def governs(self) -> bool:
        """Whether something here or below may only be tightened."""
        return isinstance(self.strategy, Tighten | Fixed) or any(
            each.governs for each in self.children.values()
        )

    def below(self, key: str) -> "Rules | None":
        """The rules one step down."""
        return self.children.get(key) or self.children.get("*")


def claims_of(contributions: Iterable[Contribution]) -> list[Claim]:
    """Contributions as claims about the root, lowest rank first, ties by name: the one order there is."""
    return [
        Claim(layer, name, body, body.span)
        for layer, name, body in sorted(
            contributions, key=lambda each: (each.layer.rank, each.layer.name, each.name, each.body.span)
        )
    ]


def key_groups(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Claims about each key of mappings, in the order in which keys are first met."""
    groups: dict[str, list[Claim]] = {}
    for layer, name, node, _ in claims:
        if isinstance(node, MappingNode):
            for key, entry in node.entries.items():
                claim = Claim(layer, name, entry.node, entry.span)
                group = groups.get(key)
                if group is None:
                    groups[key] = [claim]
                else:
                    group.append(claim)
    return groups


def items_of(claims: Iterable[Claim]) -> Iterable[Claim]:
    """Claims about every item of lists, in order."""
    for layer, name, node, _ in claims:
        if isinstance(node, Sequence):
            for item in node.items:
                yield Claim(layer, name, item, item.span)


def same(one: Node, other: Node) -> bool:
    """Whether two nodes say the same: equal data, where 1, 1.0 and true differ."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return type(one.value) is type(other.value) and one.value == other.value
    return type(one) is type(other) and canonical(to_data(one)) == canonical(to_data(other))


def blame(
    code: Code, message: str, claims: List[Claim], path: Path, *, hint: str, keys: bool = False
) -> Diagnostic:
    """One finding that names every claim: at the last, with a note for each of the others."""

    def where(claim: Claim) -> Span:
        return claim.span if keys or not isinstance(claim.node, Scalar) else claim.node.span

    last = claims[-1]
    return Diagnostic(
        code,
        message,
        where(last),
        path,
        tuple(
            Note(
                f"{claim.who} {'adds it' if keys else 'says ' + show(to_data(claim.node))} here", where(claim)
            )
            for claim in claims[:-1]
        ),
        hint=hint,
    )


def is_null(claim: Claim) -> bool:
    """Whether a claim is an explicit null."""
    return isinstance(claim.node, Scalar) and claim.node.value is None


def kind_of(node: Node) -> str:
    """The kind of a node in words."""
    if isinstance(node, Scalar) and node.value is None:
        return "null"
    return {Scalar: "a value", MappingNode: "a mapping", Sequence: "a list"}[type(node)]


def list_who(claims: Iterable[Claim]) -> str:
    """Who took part, in words: `sub a, sub b and base c`."""
    names = list(dict.fromkeys(claim.who for claim in claims))
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
