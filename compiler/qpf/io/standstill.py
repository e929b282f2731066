"""Whether nothing at all has changed since the last compile, told without parsing anything.

Looks at everything that a compile looks at: sources and the folders they are found in, every file that was
written, the code of compiler and plugins, the folders that Python imports from, and what tells there which
plugins are installed. If all of it is as it was, so is the result, and neither plugins nor schemas need be
read. Statuses are asked first; of sources and of what was written, the content decides where a status is
another. Anything else, and any doubt, is a compile as usual.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from qpf import __version__
from qpf.io.fingerprint import Fingerprint, held_at, listed
from qpf.io.seen import Seen, read_seen, renewed, write_seen
from qpf.io.selection import (
    COMPILED,
    ENVIRONMENT_FILE,
    ENVIRONMENTS,
    SCHEMA_FOLDERS,
    TEXT_FOLDERS,
    TOP_FILES,
    Verdict,
    judge_environment,
    judge_top,
)
from qpf.io.workshop import keep, recall
from qpf.model.digest import digest, ordered, sealed, unsealed

NAME = "standstill"
_FORMAT = 3

_DISTRIBUTION = (".dist-info", ".egg-info")
_TOLD = ("METADATA", "PKG-INFO", "entry_points.txt")
"""What Python reads of a distribution to find plugins."""


class Moment(Struct, frozen=True):
    """When a run began, and what inputs there were.

    Attributes:
        began: Nanoseconds since 1970.
        inputs: What stood in the root and in `environments/`, as far as compiles look at it. Told by names,
            because every compile changes the times of folders that it writes to.
        folders: Digests of what the other folders of sources listed; None if nobody can tell.
    """

    began: int
    inputs: tuple[str, ...]
    folders: Mapping[str, str] | None

    @classmethod
    def now(cls, root: Path) -> "Moment":
        """The beginning of a run, before it reads anything."""
        return cls(time.time_ns(), _inputs(root), _source_folders(root))


def note(
    root: Path,
    workshop: Path,
    moment: Moment,
    sources: Mapping[str, str],
    packages: Iterable[Path],
    every: Iterable[str],
    environments: Mapping[str, Any],
) -> None:
    """Note a compile that wrote all it was to write and found nothing wrong.

    Args:
        root: The fleet's folder.
        workshop: Where to note it.
        moment: When the compile began.
        sources: Digests of every input, by its path relative to the root.
        packages: Folders of the compiler's and the plugins' code.
        every: Names of all environments of the fleet.
        environments: What to tell of each that was compiled, should nothing have changed; JSON-like.
    """
    began, folders = moment.began, moment.folders
    if folders is None or _reached_by_link(root, sources) or not _files(moment.inputs) <= sources.keys():
        return
    try:
        rows = [Fingerprint.of(f"{root}/{path}", began, held) for path, held in sources.items()]
        strict = [Fingerprint.of(path, began, held) for path, held in folders.items()]
        code = (*_code(packages), *_distributions(), *_import_folders(), *_code_folders(packages))
        strict += [Fingerprint.of(each, began) for each in code]
    except (OSError, _LinkedError):
        return
    if not all(each.stamp for each in strict):
        return
    document = {
        "format": _FORMAT,
        "root": str(root),
        "qpf": __version__,
        "python": _python(),
        "inputs": moment.inputs,
        "rows": [*rows, *strict],
        "every": [*every],
        "environments": environments,
        "seen": {name: digest(recall(workshop, "seen", name)) for name in environments},
    }
    _write(workshop, document)


def _reached_by_link(root: Path, sources: Iterable[str]) -> bool:
    """Whether a link leads to a source: what is behind it may change without the link."""
    paths = [f"{root}/{path}" for path in sources]
    folders = {os.path.dirname(path) for path in paths}
    return any(map(os.path.islink, paths)) or any(os.path.realpath(each) != each for each in folders)


def forget(workshop: Path) -> None:
    """Let the next compile look at everything."""
    with suppress(OSError):
        (workshop / NAME).unlink()


def unchanged(
    root: Path, workshop: Path, environments: Iterable[str], *, alone: bool = False, renew: bool = False
) -> Mapping[str, Any] | None:
    """What was noted of environments (of all, if none is named), if nothing has changed; else None.

    Args:
        root: The fleet's folder.
        workshop: Where it was noted.
        environments: Which.
        alone: Whether a file that is neither ours nor an input counts as a change.
        renew: Whether to note statuses that are other ones by now, so that next time they tell.
    """
    try:
        document = _read(workshop)
        noted: dict[str, Any] = document["environments"]
        wanted = set(environments) or set(document["every"])
        if not wanted <= noted.keys() or not _is_of(root, document):
            return None
        rows = _renewed_rows(document["rows"])
        if rows is None:
            return None
        chosen = [name for name in noted if name in wanted]
        files = {}
        for name in chosen:
            content = recall(workshop, "seen", name)
            if digest(content) != document["seen"][name]:
                return None
            before = read_seen(content)
            now = _renewed_files(root / ENVIRONMENTS / name, before, alone=alone)
            if now is None:
                return None
            if now is not before:
                files[name] = write_seen(now)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if renew and (files or rows != document["rows"]):
        _renew(workshop, document, rows, files)
    return {name: noted[name] for name in chosen}


def _read(workshop: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(unsealed(recall(workshop, NAME)))
    return document


def _write(workshop: Path, document: Mapping[str, Any]) -> None:
    keep(workshop, NAME, content=sealed(ordered(document)))


def _renew(
    workshop: Path, document: Mapping[str, Any], rows: list[list[str]], files: Mapping[str, bytes]
) -> None:
    """Note other statuses of the same sources and the same files."""
    for name, content in files.items():
        keep(workshop, "seen", name, content=content)
    seen = {**document["seen"], **{name: digest(content) for name, content in files.items()}}
    _write(workshop, {**document, "rows": rows, "seen": seen})


def _is_of(root: Path, document: Mapping[str, Any]) -> bool:
    """Whether it was noted here, by these versions, and of the same inputs by name."""
    return (
        (document["format"], document["root"], document["qpf"]) == (_FORMAT, str(root), __version__)
        and document["python"] == _python()
        and tuple(document["inputs"]) == _inputs(root)
    )


def _renewed_rows(rows: Iterable[list[str]]) -> list[list[str]] | None:
    """The same files and folders with their statuses of now; None if one of them is another."""
    fresh = []
    for row in rows:
        now = Fingerprint(*row).renewed()
        if now is None:
            return None
        fresh.append([*now])
    return fresh


def _renewed_files(folder: Path, seen: Seen, *, alone: bool) -> Seen | None:
    """An environment's files with their statuses of now; None if they are others, or not alone as asked."""
    now = renewed(folder, seen) if seen.whole else None
    if now is None or (alone and not {*_files_in(str(folder), "")} <= {*now.stamps, ENVIRONMENT_FILE}):
        return None
    return now


def _files_in(folder: str, before: str) -> Iterator[str]:
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                yield from _files_in(entry.path, f"{before}{entry.name}/")
            else:
                yield before + entry.name


def _inputs(root: Path) -> tuple[str, ...]:
    """What compiles look at in the root and in `environments/`, each with a mark of what it stands for."""
    found = []
    with suppress(OSError):
        found += [name + mark for name, mark in listed(root) if judge_top(name) is not Verdict.PASSED_OVER]
        for name, mark in listed(root / ENVIRONMENTS):
            found.append(f"{ENVIRONMENTS}/{name}{mark}")
            with suppress(OSError):
                found += [
                    f"{ENVIRONMENTS}/{name}/{inner}{kind}"
                    for inner, kind in listed(root / ENVIRONMENTS / name)
                    if judge_environment(inner) is not Verdict.PASSED_OVER
                ]
    return tuple(sorted(found))


def _files(inputs: Iterable[str]) -> set[str]:
    """Those that are read, if they are there when the compile comes to them."""
    return {path for path in inputs if path in TOP_FILES or path.endswith(f"/{ENVIRONMENT_FILE}")}


def _source_folders(root: Path) -> Mapping[str, str] | None:
    """Digests of what folders of sources list; None if one cannot be listed, or lies behind a link."""
    tops = (root / name for name in (*SCHEMA_FOLDERS, *TEXT_FOLDERS))
    try:
        return {folder: held_at(folder) for top in tops for folder in _folders_in(top)}
    except (OSError, _LinkedError):
        return None


class _LinkedError(Exception):
    """A folder of sources is reached by a link: what is in it changes unseen."""


def _folders_in(top: Path) -> Iterator[str]:
    for folder, inner, _ in os.walk(top):
        inner[:] = [name for name in inner if name != COMPILED and not name.startswith(".")]
        if any(os.path.islink(f"{folder}/{name}") for name in inner):
            raise _LinkedError
        yield folder


def _python() -> list[object]:
    """Which Python this is, and where it looks for modules, whether or not anything is there."""
    return [sys.version, [[path, os.path.exists(path)] for path in sys.path]]


def _import_folders() -> Iterator[str]:
    return (path for path in sys.path if os.path.isdir(path))


def _distributions() -> Iterator[str]:
    """What tells which plugins are installed and in which version, with the folders it lies in."""
    for folder in _import_folders():
        with suppress(OSError), os.scandir(folder) as listing:
            for entry in listing:
                if entry.name.endswith(_DISTRIBUTION):
                    yield entry.path
                    places = (f"{entry.path}/{told}" for told in _TOLD)
                    yield from (place for place in places if os.path.exists(place))


def _code_folders(packages: Iterable[Path]) -> Iterator[str]:
    for package in packages:
        if package.is_dir():
            yield from _folders_in(package)


def _code(packages: Iterable[Path]) -> Iterator[str]:
    for package in packages:
        if package.is_file():
            yield str(package)
        for folder, inner, names in os.walk(package):
            inner[:] = [name for name in inner if name != COMPILED and not name.startswith(".")]
            yield from (f"{folder}/{name}" for name in names if not name.endswith((".pyc", ".pyo")))
