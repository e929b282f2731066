"""Where artifacts may go: inside the environment's folder, off the compiler's own files, one a path.

Two paths that differ only in case are one path: on some machines they are the same file.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from qpf.host import codes, reserved
from qpf.model.artifact import COMPOSED, Artifact, composed_path
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.output import Output

_NEVER = (
    (re.compile(r"\\"), "the path has a backslash"),
    (re.compile(r"\A(?:/|[A-Za-z]:)"), "the path is absolute"),
    (re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)"), "the path has an empty part, `.` or `..`"),
)
_LONGEST_NAME = 255
_PLAIN = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/)*[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
"""Paths that no rule below refuses: nearly all."""
_OURS = frozenset({*reserved.ARTIFACTS, *reserved.ARTIFACT_FOLDERS})
_OF_GIT = frozenset({".git", ".gitmodules"})


def refusal(artifact: Artifact) -> str | None:
    """Why an artifact may not be written; None if it may."""
    path: object = artifact.path
    if not isinstance(path, str):
        return "its path is no text"
    why = _path_refusal(path)
    if why is not None:
        return why
    content: object = artifact.content
    if type(content) is not bytes:
        return f"its content is a {type(content).__name__}, not bytes"
    state: object = artifact.state
    if not isinstance(state, Mapping):
        return "its `state` is no mapping"
    return None


T = TypeVar("T", Artifact, Output)


def refuse_strange(outputs: Iterable[Output], agent: str) -> None:
    """Hold files that a cache says are an agent's to the rules for those that emitters make.

    Raises:
        ValueError: If one is not the agent's, or lies where no emitter may write.
    """
    for output in outputs:
        composed = output.emitter == COMPOSED and output.path == composed_path(agent)
        if output.subject != agent or not isinstance(output.path, str):
            message = "this file is not the agent's"
            raise ValueError(message)
        if not composed and _path_refusal(output.path) is not None:
            message = "this file lies where no emitter may write"
            raise ValueError(message)


def settle(artifacts: Iterable[T], owners: Mapping[str, str]) -> Outcome[tuple[T, ...]]:
    """All artifacts of one environment, sorted by path, each path claimed once.

    Of two claims the first in the order of emitter and agent is kept; the other is a finding.

    Args:
        artifacts: What the emitters emitted, stamped.
        owners: The plugin of each emitter.
    """
    wanted = list(artifacts)
    if _apart(each.path.casefold() for each in wanted):
        return Outcome(tuple(sorted(wanted, key=lambda each: each.path)))
    kept: dict[str, T] = {}
    folders: dict[str, T] = {}
    findings: list[Diagnostic] = []
    for artifact in sorted(wanted, key=lambda each: (each.emitter, each.subject, each.path)):
        key = artifact.path.casefold()
        above = _folders_above(key)
        rival = kept.get(key) or folders.get(key) or next((kept[one] for one in above if one in kept), None)
        if rival is not None:
            findings.append(_claimed(rival, artifact, owners))
            continue
        kept[key] = artifact
        for folder in above:
            folders.setdefault(folder, artifact)
    return Outcome(tuple(sorted(kept.values(), key=lambda each: each.path)), Report.of(findings))


def _apart(paths: Iterable[str]) -> bool:
    """Whether no path is there twice, and none is a folder of another: nearly always."""
    files: set[str] = set()
    folders: set[str] = set()
    count = 0
    for path in paths:
        count += 1
        files.add(path)
        above = path.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    return len(files) == count and files.isdisjoint(folders)


def _path_refusal(path: str) -> str | None:
    if _PLAIN.match(path):
        return _reserved(path)
    if not path:
        return "the path is empty"
    if not path.isprintable():
        return "the path has a character that cannot be printed"
    for bad, why in _NEVER:
        if bad.search(path):
            return why
    parts = path.split("/")
    if any(len(part.encode()) > _LONGEST_NAME for part in parts):
        return "a name in the path is too long"
    if any(part.casefold() in _OF_GIT for part in parts):
        return "git reads such a file itself"
    return _reserved(path)


def _reserved(path: str) -> str | None:
    if path.partition("/")[0].casefold() in _OURS:
        return "the path belongs to the compiler"
    return None


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _claimed(first: Artifact | Output, other: Artifact | Output, owners: Mapping[str, str]) -> Diagnostic:
    if first.path == other.path:
        what = f"`{other.path}` is written twice"
    elif first.path.casefold() == other.path.casefold():
        what = f"`{other.path}` and `{first.path}` are one file where case does not count"
    else:
        what = f"`{other.path}` and `{first.path}` cannot both exist: one is a folder of the other"
    plugin = owners.get(other.emitter, reserved.PLUGIN)
    return Diagnostic(
        codes.PATH_CLAIMED_TWICE,
        f"{what}: by {_who(first, owners)} and by {_who(other, owners)}",
        hint="an emitter writes below a folder of its own",
        subject=other.subject,
        plugin=plugin,
    )


def _who(artifact: Artifact | Output, owners: Mapping[str, str]) -> str:
    whose = f" for `{artifact.subject}`" if artifact.subject else ""
    return f"emitter `{artifact.emitter}` of plugin `{owners.get(artifact.emitter, reserved.PLUGIN)}`{whose}"
