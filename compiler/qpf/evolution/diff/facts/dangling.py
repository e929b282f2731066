"""A name that one document says of another, and whether it still leads somewhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.sides import Contract, Reference
from qpf.model.span import Span


def dangling(old: Contract, new: Contract, renamed: Mapping[str, str]) -> Iterator[tuple[str, Fact]]:
    """References that led somewhere before, by who says them; those to schemas that are gone are told there.

    Args:
        old: The earlier side.
        new: The later one.
        renamed: What schemas are called now, by the names that they had.
    """
    for each in new.references:
        gone = each.target in old.known and each.target not in new.known
        if gone and (each.target in renamed or each.target not in old.subjects):
            yield (
                each.subject,
                Fact(
                    kind="reference", path=each.path, word="dangling", before=each.target,
                    after=renamed.get(each.target), old_span=_span(old, each.target), new_span=each.span,
                ),
            )  # fmt: skip


def cycles(old: Contract, new: Contract) -> Iterator[tuple[str, Fact]]:
    """Schemas that need themselves now and did not before, one finding a cycle."""
    before = {frozenset(names) for names, _ in _cycles(old.references)}
    for names, closing in _cycles(new.references):
        if frozenset(names) not in before:
            yield (
                closing.subject,
                Fact(
                    kind="reference", path=closing.path, word="cycle", after=[*names, names[0]],
                    old_span=_span(old, closing.subject), new_span=closing.span,
                ),
            )  # fmt: skip


def _span(contract: Contract, target: str) -> Span | None:
    """Where something is described; of a port, where its agent is."""
    subject = contract.subjects.get(target) or contract.subjects.get(target.partition(".")[0])
    return None if subject is None else subject.shape.span


def _cycles(references: Iterable[Reference]) -> Iterator[tuple[list[str], Reference]]:
    """Every cycle among schemas of a kind, from its first name on, with the reference that closes it."""
    leading: dict[str, list[Reference]] = defaultdict(list)
    for each in references:
        if each.subject.partition("/")[0] == each.target.partition("/")[0]:
            leading[each.subject].append(each)
    done: set[str] = set()
    for start in sorted(leading):
        trail, left = [start], [iter(leading[start])]
        while left and start not in done:
            onward = next(left[-1], None)
            if onward is None:
                done.add(trail.pop())
                left.pop()
            elif onward.target in trail:
                around = trail[trail.index(onward.target) :]
                first = around.index(min(around))
                yield [*around[first:], *around[:first]], onward
            elif onward.target not in done and onward.target in leading:
                trail.append(onward.target)
                left.append(iter(leading[onward.target]))
