"""Two sides compared schema by schema: everything that differs, judged."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from qpf.evolution.chain import Chain
from qpf.evolution.diff.declared.deprecated import with_deprecations
from qpf.evolution.diff.declared.evolved import Evolved, evolved
from qpf.evolution.diff.facts.compare import compare
from qpf.evolution.diff.facts.constraint_files import constraint_files
from qpf.evolution.diff.facts.dangling import cycles, dangling
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.facts.guess import guessed
from qpf.evolution.diff.facts.headers import headers, renamed
from qpf.evolution.diff.facts.lifecycle import Taken, lifecycle
from qpf.evolution.diff.judging.judge import in_order, judged
from qpf.evolution.diff.judging.policy import Governing
from qpf.evolution.diff.judging.rule import Reliance, Setting
from qpf.evolution.diff.sides import Contract, Subject
from qpf.evolution.places import written
from qpf.model.migration import Migration
from qpf.model.path import Path
from qpf.model.schema_change import SchemaChange, Weight
from qpf.model.version import order


def contrast(
    old: Contract, new: Contract, governing: Governing, reliance: Callable[[Path], Reliance]
) -> tuple[SchemaChange, ...]:
    """Everything that differs, judged; the heaviest first.

    Args:
        old: The earlier side.
        new: The later one.
        governing: How a field is governed, if it is.
        reliance: What becomes of agents if nobody says a field.
    """
    setting = Setting(old.version, new.version, reliance=reliance, spoken=new.spoken)
    called = renamed(old, new)
    changes: list[SchemaChange] = []
    taken: list[Taken] = []
    known = {*old.subjects, *called.values()}
    for name in (*old.subjects, *(each for each in new.subjects if each not in known)):
        before, after = old.subjects.get(name), new.subjects.get(called.get(name, name))
        if before is after and before is not None:
            taken.append(Taken(before, before, (), ()))
            continue
        here = replace(setting, shape=after.shape if after else None)
        now = after.name if after else name
        if before is not None and after is not None:
            migrations = () if before.packet else new.steps  # migrations are about sections
            steps = way(migrations, before.version or old.version, after.version or new.version)
            facts, evolving = _differences(before, after, steps, migrations)
            taken.append(Taken(before, after, steps, evolving.idle))
            found = judged(facts, here, governing, now)
            changes += map(_of_packets, found) if before.packet else found
        changes += judged(headers(before, after, old, new, called), here, governing, now)
    files = constraint_files(old.constraints, new.constraints)
    for subject, fact in (*dangling(old, new, called), *cycles(old, new), *files):
        changes += judged([fact], setting, governing, subject)
    setting = replace(
        setting,
        broken=_broken(changes),
        uncovered=_broken(each for each in changes if not each.covered),
        undeclared=_broken(each for each in changes if each.declared is None),
    )
    changes += judged(lifecycle(old, new, taken, setting), setting, governing)
    return in_order(folded(changes))


def folded(changes: Iterable[SchemaChange]) -> Iterable[SchemaChange]:
    """One change an operation: what it does to many schemas in the same way is told of the first of them."""
    told: dict[object, SchemaChange] = {}
    for change in changes:
        key: object = id(change)
        if change.declared is not None:
            key = (change.declared, change.code, change.message, change.policy)
        first = told.setdefault(key, change)
        if first is not change:
            place = " ".join((change.subject, written(change.path))).strip()
            told[key] = replace(first, also=(*first.also, place, *change.also))
    return told.values()


def _of_packets(change: SchemaChange) -> SchemaChange:
    """A change of what packets carry: no migration reaches a packet that is on its way."""
    if change.cover == "none":
        return change
    hint = "agents are deployed one after another: send what is new under another name until all know it"
    return replace(change, hint=hint)


def _broken(changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """Where documents are no longer valid."""
    return tuple(
        " ".join(part for part in (each.subject, written(each.path)) if part) or each.message
        for each in in_order(changes)
        if each.backward == "no" and (each.weight >= Weight.BREAKING or each.declared)
        if not each.subject.startswith("packet/")  # what packets carry has versions of its own
    )


def _differences(
    old: Subject, new: Subject, steps: tuple[Migration, ...], known: tuple[Migration, ...]
) -> tuple[tuple[Fact, ...], Evolved]:
    """What differs between two schemas, and what became of the earlier one by migrations."""
    before, after = (with_deprecations(each.shape, known, each.version) for each in (old, new))
    outcome = evolved(before, after, steps)
    return (*outcome.facts, *guessed(compare(outcome.shape, after))), outcome


def way(steps: Iterable[Migration], source: str, target: str) -> tuple[Migration, ...]:
    """The migrations from one version to another; all of them, if versions are not known."""
    known = tuple(steps)
    if not source or not target:
        return tuple(sorted(known, key=lambda step: (order(step.source), order(step.target))))
    return Chain(target, known).way(source) or ()
