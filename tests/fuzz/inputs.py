"""A fleet held in memory, as a place that sources are read from."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from qpf.model.diagnostic import Outcome
from qpf.model.digest import digest
from qpf.model.fleet import Source

Files: TypeAlias = Mapping[str, bytes]
"""Content by path."""


class InMemory(NamedTuple):
    """A `SourceTree` without a disk."""

    files: Files

    def sources(self) -> Outcome[tuple[Source, ...]]:
        return Outcome(
            tuple(Source(path, content, digest(content)) for path, content in sorted(self.files.items()))
        )


def kept(file: Path, seed: Files) -> Files:
    """A fleet of the corpus: a seed with some files changed or gone.

    Bytes that are no UTF-8 are kept as `{"base64": …}`, files that are gone as null.
    """
    entry = json.loads(file.read_text(encoding="utf-8"))
    files = dict(seed)
    for path, content in entry["files"].items():
        if content is None:
            del files[path]
        else:
            files[path] = (
                content.encode() if isinstance(content, str) else base64.b64decode(content["base64"])
            )
    return files
