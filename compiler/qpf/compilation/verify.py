"""`--verify-cache`: everything made again from nothing, and held against what memory and caches gave."""

from collections.abc import Iterator

from msgspec.structs import replace

from qpf.compilation.codes import WRONG_MEMORY
from qpf.compilation.fleet import Compilation
from qpf.compilation.run import Built
from qpf.host.reading import read_over
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.stages.verdict import verdict

_HINT = "remove `.qpf`, compile with --no-cache, and report this: a key misses an input, or"


def verified(compilation: Compilation, built: Outcome[tuple[Built, ...]]) -> Report:
    """What a compile without memory makes or finds otherwise: nothing, unless a key misses an input."""
    front, workspace = compilation.front, compilation.front.workspace
    texts = verdict(read_over(workspace).report, workspace.policy).diagnostics
    options = replace(compilation.options, remember=False, shared=())
    again = Compilation(front, compilation.root, options)
    with again.tiers() as tiers:
        anew = again.build([each.name for each in built.value], tiers)
    told = built.report.diagnostics
    found = [_unsaid(each) for each in (*texts, *anew.report.diagnostics) if each not in told]
    if not anew.report.failed:
        for ours, theirs in zip(built.value, anew.value, strict=True):
            found += _differences(ours, theirs)
    return Report.of(found)


def _unsaid(found: Diagnostic) -> Diagnostic:
    return replace(
        found,
        code=WRONG_MEMORY,
        message=f"memory is silent where a compile from nothing says {found.code.id}: {found.message}",
        hint=f"{_HINT} a pass answers otherwise each time",
        fix=None,
        plugin="qpf",
        level=None,
    )


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
            hint=f"{_HINT} an emitter makes something else each time",
        )
