"""The way from one schema version to another: forward only, and never a choice.

A shortest way is not looked for. Where two ways lead from a version to the fleet's, one of them may lose what
the other keeps, so a person has to take one of them away.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from qpf.evolution.codes import AMBIGUOUS_PATH, BACKWARD_STEP, DUPLICATE_STEP
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.migration import Migration
from qpf.model.version import order


class Chain(Struct, frozen=True, dict=True):
    """The steps of a fleet that lead to its version.

    Attributes:
        version: Where they lead.
        steps: All steps that are known, those beyond the fleet's version included, by source and target.
    """

    version: str
    steps: tuple[Migration, ...] = ()

    @cached_property
    def _ways(self) -> Mapping[str, tuple[Migration, ...]]:
        """The way from each version that has one."""
        ways: dict[str, tuple[Migration, ...]] = {self.version: ()}
        for step in sorted(self.steps, key=lambda each: order(each.source), reverse=True):
            if step.target in ways:
                ways[step.source] = (step, *ways[step.target])
        return ways

    def way(self, version: str) -> tuple[Migration, ...] | None:
        """The steps from a version to the fleet's, in order; None if there is no way."""
        return self._ways.get(version)

    @cached_property
    def past(self) -> tuple[Migration, ...]:
        """Every step that some document may take, the earliest first."""
        taken = {id(step): step for way in self._ways.values() for step in way}
        return tuple(sorted(taken.values(), key=lambda step: (order(step.source), order(step.target))))

    def drawn(self) -> str:
        """The steps as a person reads them: `5.8.0 → 5.9.0 → 6.0.0, 5.9.0 → 6.1.0`."""
        lines: list[list[str]] = []
        for step in sorted(self.steps, key=lambda each: (order(each.source), order(each.target))):
            line = next((each for each in lines if each[-1] == step.source), None)
            if line is None:
                lines.append([step.source, step.target])
            else:
                line.append(step.target)
        return ", ".join(" → ".join(line) for line in lines) or "there is none"


def chain_of(version: str, steps: Iterable[Migration]) -> Outcome[Chain]:
    """Order the steps of a fleet; whatever leaves a choice is a finding."""
    known = sorted(
        steps, key=lambda each: (order(each.source), order(each.target), each.origin or (), each.author)
    )
    found: list[Diagnostic] = []
    kept: dict[tuple[str, str], Migration] = {}
    for step in known:
        if order(step.target) <= order(step.source):
            found.append(_backward(step))
            continue
        first = kept.setdefault((step.source, step.target), step)
        if first is not step:
            found.append(_twice(step, first))
    chain = Chain(version, tuple(kept.values()))
    found += _choices(chain)
    return Outcome(chain, Report.of(found))


def _choices(chain: Chain) -> Iterator[Diagnostic]:
    """Versions from which more than one step leads towards the fleet's."""
    reaching = {chain.version}
    leaving: dict[str, list[Migration]] = defaultdict(list)
    for step in sorted(chain.steps, key=lambda each: order(each.source), reverse=True):
        if step.target in reaching:
            reaching.add(step.source)
            leaving[step.source].append(step)
    for version, several in leaving.items():
        if len(several) > 1:
            first, *others = several
            yield Diagnostic(
                AMBIGUOUS_PATH,
                f"{len(several)} ways lead from {version} to {chain.version}: by "
                + " and by ".join(step.target for step in several),
                first.origin,
                notes=(
                    *(Note(f"{step.title} is another", step.origin) for step in others),
                    Note(f"the steps are {chain.drawn()}"),
                ),
                hint="take away all but one of them",
                plugin=first.author or "qpf",
            )


def _backward(step: Migration) -> Diagnostic:
    what = "nowhere" if step.target == step.source else "backwards"
    return Diagnostic(
        BACKWARD_STEP,
        f"the step {step.title} leads {what}",
        step.origin,
        hint="steps lead to later versions only; what is undone is undone by a step forward",
        plugin=step.author or "qpf",
    )


def _twice(step: Migration, first: Migration) -> Diagnostic:
    who = f" by plugin `{first.author}`" if first.author else ""
    return Diagnostic(
        DUPLICATE_STEP,
        f"the step {step.title} is there twice",
        step.origin,
        notes=(Note(f"it is given first here{who}", first.origin),),
        hint="make one step of the two",
        plugin=step.author or "qpf",
    )
