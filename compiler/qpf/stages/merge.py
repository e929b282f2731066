"""The merge algebra: what several layers say about one agent becomes one tree.

Layers are a *set* of contributions. A value belongs to the highest rank that sets it;
equal ranks must agree; lists and governed values follow the strategy their section
declares. Nothing depends on the order in which contributions arrive, so merging is
associative and commutative, and no contributions are its identity.

Subtrees that only one layer speaks about are shared, not copied: every node of the
result stands where the winning layer wrote it.
"""

from collections.abc import Iterable
from collections.abc import Sequence as List
from types import MappingProxyType

from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.digest import canonical
from qpf.model.layer import FLEET_OVERRIDE, Contribution
from qpf.model.merge import Append, Exclusive, Fixed, Keyed, Set, Strategy, Tighten
from qpf.model.node import Entry, Mapping, Node, Scalar, Sequence, to_data
from qpf.model.path import Path, format_path
from qpf.model.span import start_of
from qpf.model.wording import show
from qpf.stages import codes
from qpf.stages.claims import (
    Claim,
    Rules,
    blame,
    claims_of,
    is_null,
    items_of,
    key_groups,
    kind_of,
    list_who,
    same,
)

NO_RULES = Rules()


def merge(contributions: Iterable[Contribution], rules: Rules) -> Outcome[Mapping]:
    """Merge what layers say into one tree.

    Conflicts are findings that name every layer that took part; the value of the first
    (by layer, then name) stands in for the rest of the run.
    """
    claims = claims_of(contributions)
    if not claims:
        return Outcome(Mapping(MappingProxyType({}), start_of("")))
    found: list[Diagnostic] = []
    node = _merge(claims, rules, (), found)
    return Outcome(
        node if isinstance(node, Mapping) else Mapping(MappingProxyType({}), node.span), Report.of(found)
    )


def _merge(claims: List[Claim], rules: Rules | None, path: Path, found: list[Diagnostic]) -> Node:
    if rules is None and len(claims) == 1:
        return claims[0].node
    claims = settle_kinds(claims, rules, path, found)
    if isinstance(claims[0].node, Mapping):
        return _merge_mappings(claims, rules or NO_RULES, path, found)
    if isinstance(claims[0].node, Sequence) and rules and rules.strategy:
        items = []
        for position, group in enumerate(item_groups(claims, rules.strategy, path, found)):
            items.append(_merge(group, rules.children.get("*"), (*path, position), found))
        return Sequence(tuple(items), claims[-1].node.span)
    return winner(claims, rules.strategy if rules else None, path, found).node


def _merge_mappings(claims: List[Claim], rules: Rules, path: Path, found: list[Diagnostic]) -> Node:
    groups = key_groups(claims)
    if isinstance(rules.strategy, Exclusive):
        groups = {key: _only_adder(key, group, path, found) for key, group in groups.items()}
    entries: dict[str, Entry] = {}
    for key, group in groups.items():
        below = rules.below(key)
        if below and below.default is not None:
            _hold_default(claims, group, below, (*path, key), found)
        if len(group) == 1 and below is None:
            entries[key] = Entry(group[0].span, group[0].node)
        else:
            entries[key] = Entry(group[-1].span, _merge(group, below, (*path, key), found))
    return Mapping(MappingProxyType(entries), claims[-1].node.span)


def item_groups(
    claims: List[Claim], strategy: Strategy, path: Path, found: list[Diagnostic]
) -> list[list[Claim]]:
    """Claims about each item of the merged list, in the list's order."""
    match strategy:
        case Append():
            return [[item] for item in items_of(claims)]
        case Set():
            members: dict[bytes, list[Claim]] = {}
            for item in items_of(claims):
                members.setdefault(canonical(to_data(item.node)), []).append(item)
            return [members[key] for key in sorted(members)]
        case Keyed(name):
            keyed: dict[str, list[Claim]] = {}
            for item in items_of(claims):
                key = _key_of(item, name, path, found)
                group = keyed.setdefault(key, [])
                if group and group[-1].layer == item.layer and group[-1].name == item.name and key:
                    found.append(_repeated_key(group[-1], item, name, key, path))
                else:
                    group.append(item)
            keyed.pop("", None)
            return list(keyed.values())
        case _:
            return [[item] for item in items_of([winner(claims, strategy, path, found)])]


def winner(claims: List[Claim], strategy: Strategy | None, path: Path, found: list[Diagnostic]) -> Claim:
    """The claim that holds for a value that is taken whole."""
    if len(claims) > 1 and isinstance(strategy, Tighten):
        return _tightest(claims, strategy, path, found)
    if len(claims) > 1 and isinstance(strategy, Fixed):
        changed = [
            each
            for each in claims
            if each.layer.rank > claims[0].layer.rank and not same(each.node, claims[0].node)
        ]
        found.extend(_loosened(claims[0], each, path) for each in changed)
        claims = [each for each in claims if each.layer.rank == claims[0].layer.rank]
    top = claims[-1].layer.rank
    peers = [claim for claim in claims if claim.layer.rank == top]
    first = peers[0]
    if len(peers) > 1 and any(not same(first.node, peer.node) for peer in peers[1:]):
        found.append(
            blame(
                codes.MERGE_CONFLICT,
                f"{list_who(peers)} set {format_path(path)} differently",
                peers,
                path,
                hint="set it in the agent to decide, or let one of them leave it out",
            )
        )
    return first


def _tightest(claims: List[Claim], strategy: Tighten, path: Path, found: list[Diagnostic]) -> Claim:
    best = claims[0]
    for claim in claims[1:]:
        now, before = _tightness(claim.node, strategy), _tightness(best.node, strategy)
        if before is None or (now is None and not is_null(claim)):
            best = claim
        elif now is None or now < before:
            if claim.layer.rank > best.layer.rank:
                found.append(_loosened(best, claim, path))
        else:
            best = claim if now > before or claim.layer.rank > best.layer.rank else best
    return best


def _hold_default(
    parents: List[Claim], group: list[Claim], rules: Rules, path: Path, found: list[Diagnostic]
) -> None:
    """A default in force is governed like a value that was written: no environment may loosen it.

    The first layer that speaks decides; where that is an environment, the agent has relied on the
    schema so far.
    """
    first = group[0]
    relied_on = any(parent.layer.rank < FLEET_OVERRIDE.rank for parent in parents)
    if not relied_on or first.layer.rank < FLEET_OVERRIDE.rank or not isinstance(rules.strategy, Tighten):
        return
    for claim in group:
        now = _tightness(claim.node, rules.strategy)
        before = _tightness(Scalar(rules.default, claim.node.span), rules.strategy)
        if now is not None and before is not None and now < before:
            found.append(
                Diagnostic(
                    codes.GOVERNANCE_LOOSENED,
                    f"{claim.who} loosens {format_path(path)} from the schema's default "
                    f"{show(rules.default)} to {show(to_data(claim.node))}",
                    claim.node.span,
                    path,
                    (Note(f"{parents[0].who} leaves it at its default", parents[0].span),),
                    hint="an environment may only tighten what is governed; say it in the base or the agent",
                )
            )


def _loosened(governor: Claim, claim: Claim, path: Path) -> Diagnostic:
    return Diagnostic(
        codes.GOVERNANCE_LOOSENED,
        f"{claim.who} loosens {format_path(path)} "
        f"from {show(to_data(governor.node))} to {show(to_data(claim.node))}",
        claim.node.span,
        path,
        (Note(f"{governor.who} governs it here", governor.node.span),),
        hint="a later layer may only tighten what is governed; change the earlier layer instead",
    )


def _tightness(node: Node, strategy: Tighten) -> float | None:
    value = node.value if isinstance(node, Scalar) else None
    if strategy.order:
        for rank, known in enumerate(strategy.order):
            if type(value) is type(known) and value == known:
                return rank
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if strategy.tighter == "up" else -value


def settle_kinds(
    claims: List[Claim], rules: Rules | None, path: Path, found: list[Diagnostic]
) -> List[Claim]:
    """Keep claims of one kind: a later null erases, a later value fills a null, else kinds must agree.

    What is governed cannot be erased.
    """
    first = type(claims[0].node)
    if all(type(claim.node) is first for claim in claims):
        return claims
    nulls = [claim for claim in claims if is_null(claim)]
    real = [claim for claim in claims if not is_null(claim)]
    if nulls and real and nulls[-1].layer.rank != real[-1].layer.rank:
        if nulls[-1].layer.rank < real[-1].layer.rank:
            return settle_kinds(real, rules, path, found)
        if not (rules and rules.governs):
            return nulls
        found.append(_loosened(real[-1], nulls[-1], path))
        return settle_kinds(real, rules, path, found)
    found.append(
        blame(
            codes.KIND_CONFLICT,
            f"{list_who(claims)} give {format_path(path)} different kinds: "
            + ", ".join(f"{kind_of(claim.node)} in {claim.who}" for claim in claims),
            claims,
            path,
            hint="write the same kind of value in every layer",
        )
    )
    kept = type((real or claims)[0].node)
    return [claim for claim in claims if type(claim.node) is kept]


def _only_adder(key: str, group: list[Claim], path: Path, found: list[Diagnostic]) -> list[Claim]:
    peers = [claim for claim in group if claim.layer.rank == group[0].layer.rank]
    if len(peers) == 1:
        return group
    found.append(
        blame(
            codes.ADDED_TWICE,
            f"{list_who(peers)} both add {format_path((*path, key))}",
            peers,
            (*path, key),
            hint="rename one of them, or compose only one of the two",
            keys=True,
        )
    )
    return [peers[0], *(claim for claim in group if claim not in peers)]


def _key_of(item: Claim, name: str, path: Path, found: list[Diagnostic]) -> str:
    node = item.node
    if isinstance(node, Mapping) and name in node.entries:
        value = node.entries[name].node
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.value:
            return value.value
    found.append(
        Diagnostic(
            codes.UNKEYED_ITEM,
            f"an item of {format_path(path)} has no {name}",
            node.span,
            path,
            hint=f"items of this list are told apart by `{name}`: give it one",
        )
    )
    return ""


def _repeated_key(first: Claim, second: Claim, name: str, key: str, path: Path) -> Diagnostic:
    return Diagnostic(
        codes.UNKEYED_ITEM,
        f"{format_path(path)} has two items whose {name} is {key}",
        second.node.span,
        path,
        (Note("the first is here", first.node.span),),
        hint=f"items of this list are told apart by `{name}`: rename or merge them",
    )
