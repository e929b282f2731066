"""`--verify-cache`: everything made again from nothing, and held against what memory and caches gave."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qpf.compilation.codes import WRONG_MEMORY
from qpf.compilation.fleet import Compilation
from qpf.compilation.run import Built
from qpf.model.diagnostic import Diagnostic, Report


def verified(compilation: Compilation, built: Sequence[Built]) -> Report:
    """What a compile without memory makes otherwise: nothing, unless a key misses an input."""
    options = replace(compilation.options, remember=False, shared=())
    again = Compilation(compilation.front, compilation.root, options)
    with again.tiers() as tiers:
        anew = again.build([each.name for each in built], tiers)
    found = (_differences(ours, theirs) for ours, theirs in zip(built, anew.value, strict=True))
    return Report.of(finding for findings in found for finding in findings)


def _differences(built: Built, anew: Built) -> Iterator[Diagnostic]:
    ours, theirs = ({each.path: each for each in one.outputs} for one in (built, anew))
    wrong = {
        path: (ours.get(path) or theirs[path]).subject
        for path in sorted(ours.keys() | theirs.keys())
        if ours.get(path) != theirs.get(path)
    }
    for agent in sorted(set(wrong.values())):
        paths = [path for path, subject in wrong.items() if subject == agent]
        whose = f"agent {agent}" if agent else "the files that agents share"
        yield Diagnostic(
            WRONG_MEMORY,
            f"memory has {whose} otherwise than a compile from nothing: {', '.join(paths[:3])}"
            + (f" and {len(paths) - 3} more" if len(paths) > 3 else ""),  # noqa: PLR2004  # shown above
            subject=agent,
            environment=built.name,
            hint="remove `.qpf`, compile with --no-cache, and report this: a key misses an input, or an"
            " emitter makes something else each time",
        )
