"""Whether nothing at all has changed since the last compile, told from file statuses alone.

Looks at everything that a compile looks at: sources and the folders they are found in, every file that was
written, the code of compiler and plugins, the folders that Python imports from, and what tells there which
plugins are installed. If all of it is as it was, so is the result, and neither plugins nor schemas need be
read. Anything else, and any doubt, is a compile as usual. What changed while the last compile ran cannot be
told from what it read, so such a run is not noted.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qpf import __version__
from qpf.io.seen import Stamp, read_seen, same
from qpf.io.selection import (
    ENVIRONMENT_FILE,
    ENVIRONMENTS,
    SCHEMA_FOLDERS,
    TEXT_FOLDERS,
    Verdict,
    is_hidden,
    judge_environment,
)
from qpf.io.workshop import keep, recall
from qpf.model.digest import digest, ordered, sealed, unsealed

NAME = "standstill"
_FORMAT = 2
_SETTLED = 50_000_000
"""Nanoseconds before a run began: what changed later may have changed while it ran."""

_DISTRIBUTION = (".dist-info", ".egg-info")
_TOLD = ("METADATA", "PKG-INFO", "entry_points.txt")
"""What Python reads of a distribution to find plugins."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a run began, and what environments there were.

    Attributes:
        began: Nanoseconds since 1970.
        environments: Names in `environments/`.
    """

    began: int
    environments: tuple[str, ...]

    @classmethod
    def now(cls, root: Path) -> "Moment":
        """The beginning of a run, before it reads anything."""
        return cls(time.time_ns(), _environments(root))


def note(
    root: Path,
    workshop: Path,
    moment: Moment,
    sources: Iterable[str],
    packages: Iterable[Path],
    every: Iterable[str],
    environments: Mapping[str, Any],
) -> None:
    """Note a compile that wrote all it was to write and found nothing wrong.

    Args:
        root: The fleet's folder.
        workshop: Where to note it.
        moment: When the compile began.
        sources: Paths of every input, relative to the root.
        packages: Folders of the compiler's and the plugins' code.
        every: Names of all environments of the fleet.
        environments: What to tell of each that was compiled, should nothing have changed; JSON-like.
    """
    files = [*(f"{root}/{path}" for path in sources), *_code(packages), *_distributions()]
    if _reached_by_link(root, sources):
        return
    rows = []
    try:
        folders = [*_source_folders(root), *_import_folders(), *_code_folders(packages)]
    except _LinkedError:
        return
    for path in (*files, *folders):
        try:
            stamp = Stamp.of(os.stat(path))
        except OSError:
            return
        if stamp.latest > moment.began - _SETTLED:
            return
        rows.append([path, stamp.hex()])
    document = {
        "format": _FORMAT,
        "root": str(root),
        "qpf": __version__,
        "python": _python(),
        "names": moment.environments,
        "rows": rows,
        "every": [*every],
        "environments": environments,
        "seen": {name: digest(recall(workshop, "seen", name)) for name in environments},
    }
    keep(workshop, NAME, content=sealed(ordered(document)))


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
    root: Path, workshop: Path, environments: Iterable[str], *, alone: bool = False
) -> Mapping[str, Any] | None:
    """What was noted of environments (of all, if none is named), if nothing has changed; else None.

    Args:
        root: The fleet's folder.
        workshop: Where it was noted.
        environments: Which.
        alone: Whether a file that is neither ours nor an input counts as a change.
    """
    try:
        document = _read(workshop)
        noted: dict[str, Any] = document["environments"]
        wanted = set(environments) or set(document["every"])
        if not wanted <= noted.keys() or not _as_noted(root, document):
            return None
        chosen = [name for name in noted if name in wanted]
        same_files = all(
            _same_files(root, workshop, name, document["seen"][name], alone=alone) for name in chosen
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {name: noted[name] for name in chosen} if same_files else None


def _read(workshop: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(unsealed(recall(workshop, NAME)))
    return document


def _as_noted(root: Path, document: Mapping[str, Any]) -> bool:
    """Whether sources, code and what Python imports are as they were."""
    return (
        (document["format"], document["root"], document["qpf"]) == (_FORMAT, str(root), __version__)
        and document["python"] == _python()
        and tuple(document["names"]) == _environments(root)
        and all(Stamp.of(os.stat(path)).hex() == stamp for path, stamp in document["rows"])
    )


def _same_files(root: Path, workshop: Path, name: str, noted: str, *, alone: bool) -> bool:
    """Whether an environment's files are those that were seen, and alone if they must be."""
    content = recall(workshop, "seen", name)
    seen = read_seen(content)
    folder = root / ENVIRONMENTS / name
    if digest(content) != noted or not seen.whole or not same(folder, seen):
        return False
    return not alone or {*_files_in(str(folder), "")} <= {*seen.stamps, ENVIRONMENT_FILE}


def _files_in(folder: str, before: str) -> Iterator[str]:
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                yield from _files_in(entry.path, f"{before}{entry.name}/")
            else:
                yield before + entry.name


def _environments(root: Path) -> tuple[str, ...]:
    """What is in `environments/`, each with the inputs it has: publishing changes the folders' own times."""
    found = []
    with suppress(OSError), os.scandir(root / ENVIRONMENTS) as listing:
        for entry in listing:
            if not is_hidden(entry.name):
                found.append(entry.name)
                with suppress(OSError):
                    inner = sorted(os.listdir(entry.path)) if entry.is_dir() else []
                    found += [
                        f"{entry.name}/{name}"
                        for name in inner
                        if judge_environment(name) is not Verdict.PASSED_OVER
                    ]
    return tuple(sorted(found))


def _source_folders(root: Path) -> Iterator[str]:
    yield str(root)
    for name in (*SCHEMA_FOLDERS, *TEXT_FOLDERS):
        if (root / name).exists():
            yield from _folders_in(root / name)
    if (root / "base" / "constraints").exists():
        yield str(root / "base" / "constraints")


class _LinkedError(Exception):
    """A folder of sources is reached by a link: what is in it changes unseen."""


def _folders_in(top: Path) -> Iterator[str]:
    for folder, inner, _ in os.walk(top):
        inner[:] = [name for name in inner if name != "__pycache__" and not name.startswith(".")]
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
            inner[:] = [name for name in inner if name != "__pycache__" and not name.startswith(".")]
            yield from (f"{folder}/{name}" for name in names if not name.endswith((".pyc", ".pyo")))
