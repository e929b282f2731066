"""Lines of emitted files that a gate speaks of, and the lines of sources that they come from."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from qpf.gitops.sourcemap import SourceMap
from qpf.model.artifact import Artifact
from qpf.model.path import Path
from qpf.model.span import Span

MOST = 5
"""So many lines of one measurement are looked into: each takes emitting an agent again."""

_PLACE = re.compile(r"(?P<file>[\w./@+-]+):(?P<line>[1-9]\d{0,6})\b")


class Mention(NamedTuple):
    """A line of an emitted file, with the value that it comes from and where that is set."""

    artifact: str
    line: int
    path: Path
    span: Span


def mentions(
    detail: str, artifacts: Mapping[str, Artifact], source_map: Callable[[str], SourceMap]
) -> Iterator[Mention]:
    """The lines that a text speaks of, as far as a value can be told that is behind them.

    Args:
        detail: What a gate says, with places as tools write them: `manifests/a.yaml:12:3`.
        artifacts: The emitted files by path.
        source_map: Gives an agent's.
    """
    places = ((_artifact(match["file"], artifacts), int(match["line"])) for match in _PLACE.finditer(detail))
    for path, line in [*dict.fromkeys((path, line) for path, line in places if path)][:MOST]:
        subject = artifacts[path].subject
        found = source_map(subject).source_of_line(path, line) if subject else None
        if found is not None:
            yield Mention(path, line, *found)


def _artifact(written: str, artifacts: Iterable[str]) -> str:
    """The emitted file that a tool speaks of, which may say where the folder is too; empty if it is none."""
    ends = [path for path in artifacts if written == path or written.endswith(f"/{path}")]
    return max(ends, key=len, default="")
