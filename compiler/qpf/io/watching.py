"""Wakes up when a source may have changed; whether one has, is for who reads them to say."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from qpf.io import selection as select

if TYPE_CHECKING:
    from watchfiles import Change

_QUIET = 50
_LONGEST = 800
"""An editor writes one file in several steps, and a checkout many files: so many milliseconds of rest are
waited for, and at most so many in all."""

_ARMED = 300
"""When nothing happens so long after the watcher was started, it surely runs; in milliseconds."""


def wakes(root: Path) -> Iterator[None]:
    """Yield once the watch has begun, and then whenever something happened where sources lie.

    Raises:
        ImportError: If watchfiles is not installed.
        OSError: If the system cannot watch a folder, or no more folders.
    """
    from watchfiles import watch

    def concerns(_: "Change", path: str) -> bool:
        return may_be_source(PurePath(path).relative_to(root))

    begun = False
    for changes in watch(
        root,
        watch_filter=concerns,
        debounce=_LONGEST,
        step=_QUIET,
        rust_timeout=_ARMED,
        yield_on_timeout=True,
    ):
        if changes or not begun:
            begun = True
            yield


def may_be_source(path: PurePath) -> bool:
    """Whether a name below the fleet's folder, of a file or of a folder, has to do with sources."""
    top, *below = path.parts or ("",)
    if (
        any(select.is_hidden(part) for part in path.parts)
        or select.judge_top(top) is select.Verdict.PASSED_OVER
    ):
        return False
    if top.lower() != select.ENVIRONMENTS or len(below) < 2:  # noqa: PLR2004  # an environment, and what is in it
        return True
    return len(below) == 2 and select.judge_environment(below[1]) is not select.Verdict.PASSED_OVER  # noqa: PLR2004  # as above
