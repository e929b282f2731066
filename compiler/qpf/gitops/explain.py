"""Where values come from, and what a source line reaches."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence as List
from types import MappingProxyType

from qpf.gitops.perturb import covers
from qpf.gitops.sourcemap import SourceMap
from qpf.model.compiled import Compiled
from qpf.model.explanation import Explanation, Moved, Reach, Speaker
from qpf.model.fleet import Agent, Composed
from qpf.model.merge import Append, Exclusive, Fixed, Keyed, Set, Strategy, Tighten
from qpf.model.migration import Change
from qpf.model.node import Mapping, Node, Sequence, to_data
from qpf.model.path import Path
from qpf.stages.claims import Rules
from qpf.stages.order import value_at
from qpf.stages.provenance import leaves, trace

_UNCHANGED: ReadOnly[str, List[Change]] = MappingProxyType({})


def explain(
    agent: Agent, path: Path, rules: Rules, changes: ReadOnly[str, List[Change]] = _UNCHANGED
) -> Explanation | None:
    """The history of one value; None where the agent has no such value.

    Args:
        agent: Whose.
        path: Which.
        rules: How layers merge.
        changes: What migrations did to each source.
    """
    told = written(agent.composed, path, rules, changes)
    if told is not None:
        return told
    value = value_at(agent.values, path)
    known = path and isinstance(value_at(agent.values, path[:-1]) or {}, type(agent.values))
    if value is None and not (known and path[-1] in (value_at(agent.values, path[:-1]) or {})):
        return None
    return Explanation(path, value, "default of the schema", ())


def written(
    composed: Composed, path: Path, rules: Rules, changes: ReadOnly[str, List[Change]] = _UNCHANGED
) -> Explanation | None:
    """The history of one value that some layer writes, of an agent that need not be valid; None if none does.

    Args:
        composed: The agent.
        path: Which value.
        rules: How layers merge.
        changes: What migrations did to each source.
    """
    origin = trace(composed, path, rules)
    if origin is None:
        return None
    ordered = [origin.won, *origin.overridden] if origin.won else list(origin.claims)
    return Explanation(
        path,
        to_data(origin.node),
        say(origin.strategy, origin.node),
        tuple(
            Speaker(
                claim.layer.name,
                claim.name,
                claim.node.span,
                to_data(claim.node),
                claim is origin.won,
                tuple(_moved(changes.get(claim.node.span.source, ()), path)),
            )
            for claim in ordered
        ),
    )


def _moved(changes: List[Change], path: Path) -> Iterator[Moved]:
    """What migrations did to the value at a path, the latest first."""
    for change in reversed(changes):
        after = change.after
        if after and path[: len(after)] == after:
            path = (*change.before, *path[len(after) :])
            yield Moved(change.step.title, path, change.operation.span or change.step.origin)


def explain_all(agent: Agent, rules: Rules) -> Iterator[Explanation]:
    """The history of every value of an agent, in document order."""
    for path, _ in leaves(agent.composed.body):
        explanation = explain(agent, path, rules)
        if explanation:
            yield explanation


def say(strategy: Strategy | None, node: Node) -> str:
    """A merge strategy in words."""
    match strategy:
        case Append():
            return "append: items of all layers, in order"
        case Set():
            return "set: united without repeats"
        case Keyed(name):
            return f"keyed: items with the same {name} merge"
        case Exclusive():
            return "exclusive: one base or sub adds each key"
        case Tighten():
            return "tighten: the tightest holds, no later layer may loosen it"
        case Fixed():
            return "fixed: no later layer may change it"
    if isinstance(node, Mapping):
        return "merge: key by key"
    return "replace: a later layer wins" + (", the list as a whole" if isinstance(node, Sequence) else "")


def reach_of_line(
    compiled: Iterable[Compiled],
    source: str,
    line: int,
    rules: Rules,
    maps: Callable[[Compiled, str], SourceMap],
) -> Iterator[Reach]:
    """Every value that a line of a schema or an environment file sets, and the artifacts it reaches."""
    for each in compiled:
        for name, agent in each.environment.agents.items():
            said = list(_said_on(agent, source, line))
            nodes = {id(node) for _, node in said}
            stems = {_stem(path) for path, _ in said}
            for path, _ in leaves(agent.composed.body) if said else ():
                origin = trace(agent.composed, path, rules) if _stem(path) in stems else None
                for claim in origin.claims if origin else ():
                    if id(claim.node) in nodes:
                        won = claim is origin.won or origin.won is None  # type: ignore[union-attr]  # it has claims
                        artifacts = tuple(sorted(maps(each, name).reach(path))) if won else ()
                        yield Reach(each.environment.name, name, path, to_data(claim.node), won, artifacts)


def _said_on(agent: Agent, source: str, line: int) -> Iterator[tuple[Path, Node]]:
    for contribution in agent.composed.contributions:
        yield from _leaves_on(contribution.body, source, line)


def _leaves_on(
    node: Node, source: str, line: int, path: Path = (), *, whole: bool = False
) -> Iterator[tuple[Path, Node]]:
    """Leaves that stand on a line, or below a key that does."""
    if isinstance(node, Mapping) and node.entries:
        for key, entry in node.entries.items():
            below = whole or covers(entry.span, source, line)
            yield from _leaves_on(entry.node, source, line, (*path, key), whole=below)
    elif isinstance(node, Sequence) and node.items:
        for index, item in enumerate(node.items):
            yield from _leaves_on(item, source, line, (*path, index), whole=whole)
    elif whole or covers(node.span, source, line):
        yield path, node


def _stem(path: Path) -> Path:
    """A path up to the first list: the same in a layer and in the merged document."""
    for index, part in enumerate(path):
        if isinstance(part, int):
            return path[:index]
    return path
