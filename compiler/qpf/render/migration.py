"""Migrations for people: what each step does, to which files, and the entry of the fleet's changelog."""

from collections.abc import Iterable, Mapping, Sequence

from qpf.evolution.places import written
from qpf.evolution.said import say
from qpf.model.migration import Change, Migration

HEADING = "# Changelog\n"
FILE = "CHANGELOG.md"
_MOST = 10


def say_change(change: Change) -> str:
    """What was done at one place: `reasoningengine.model → reasoningengine.primary_model`."""
    before, after = (written((*change.within, *path)) for path in (change.before, change.after))
    if not change.after:
        return f"{before} is removed"
    return f"{before} → {after}" if after != before else f"{before} is rewritten"


def changelog(before: str, steps: Sequence[Migration], files: Mapping[str, Iterable[Change]]) -> str:
    """A changelog with an entry about some files that are rewritten, above those that are there.

    The same entry is not made twice: it is one's own, who was killed before anything was rewritten.

    Args:
        before: The changelog, or nothing.
        steps: The steps that were taken, the earliest first.
        files: What was done to each file.
    """
    head, found, rest = before.partition(HEADING)
    entries = "".join(_entry(step, files) for step in reversed(steps))
    if rest.lstrip("\n").startswith(entries):
        return before
    return f"{head}{HEADING}\n{entries}{rest.lstrip(chr(10))}" if found else f"{HEADING}\n{entries}{before}"


def _entry(step: Migration, files: Mapping[str, Iterable[Change]]) -> str:
    touched: dict[int, list[str]] = {}
    for path, changes in files.items():
        for change in changes:
            if change.step == step and path not in touched.setdefault(change.position, []):
                touched[change.position].append(path)
    lines: list[str] = []
    for position, operation in enumerate(step.operations):
        where = touched.get(position, [])
        lines.append(f"- {say(operation)}{f': {_files(where)}' if where else ''}\n")
    lines += [f"- **Breaking:** {text}\n" for text in step.breaking]
    lines += [f"- {text}\n" for text in step.warnings]
    said = f"{step.summary}\n\n" if step.summary else ""
    done = "".join(lines) or "- Nothing but the version changes.\n"
    return f"## Schema {step.title}\n\n{said}{done}\n"


def _files(paths: list[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:_MOST])
    return shown if len(paths) <= _MOST else f"{shown} and {len(paths) - _MOST} more"
