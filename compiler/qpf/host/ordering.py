"""The order in which passes run: after those they name, then by layer, then by name."""

import heapq
from collections.abc import Iterable, Iterator

from qpf.host import codes
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Diagnostic
from qpf.model.extension import Pass
from qpf.model.nearest import did_you_mean

Entry = Registered[Pass]


def order_passes(
    entries: Iterable[Entry], *, complete: bool = True
) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    """Sort passes; those in a circle come last, so that the order is total even then.

    Args:
        entries: Passes of unique names.
        complete: Whether all that plugins wanted to register is there; if not, a name that
            is missing is not reported.
    """
    by_name = {entry.value.name: entry for entry in entries}
    waiting = {name: {*entry.value.after} & by_name.keys() for name, entry in by_name.items()}
    findings = list(_unknown(by_name)) if complete else []
    ready = [_rank(entry) for name, entry in by_name.items() if not waiting[name]]
    heapq.heapify(ready)
    ordered: list[Entry] = []
    while ready:
        _, done = heapq.heappop(ready)
        ordered.append(by_name[done])
        del waiting[done]
        for name, before in waiting.items():
            if done in before:
                before.remove(done)
                if not before:
                    heapq.heappush(ready, _rank(by_name[name]))
    if waiting:
        circle = _circle(waiting)
        findings.append(_blame(circle, by_name))
        ordered.extend(by_name[name] for _, name in sorted(_rank(by_name[name]) for name in waiting))
    return tuple(ordered), tuple(findings)


def _rank(entry: Entry) -> tuple[int, str]:
    return entry.value.layer, entry.value.name


def _unknown(by_name: dict[str, Entry]) -> Iterator[Diagnostic]:
    for name, entry in sorted(by_name.items()):
        for other in entry.value.after:
            if other not in by_name:
                yield Diagnostic(
                    codes.UNKNOWN_PASS,
                    f"pass `{name}` of plugin `{entry.plugin}` runs after `{other}`, which is no pass",
                    hint=did_you_mean(other, by_name.keys() - {name}),
                    plugin=entry.plugin,
                )


def _circle(waiting: dict[str, set[str]]) -> list[str]:
    """One circle among passes that wait for each other, from its first name on."""
    trail = [min(waiting)]
    while (following := min(waiting[trail[-1]] & waiting.keys())) not in trail:
        trail.append(following)
    circle = trail[trail.index(following) :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]


def _blame(circle: list[str], by_name: dict[str, Entry]) -> Diagnostic:
    steps = " after ".join(f"`{name}` of plugin `{by_name[name].plugin}`" for name in [*circle, circle[0]])
    return Diagnostic(
        codes.PASS_CYCLE,
        f"passes run after each other in a circle: {steps}",
        hint="take one name out of an `after`",
        plugin=by_name[circle[0]].plugin,
    )
