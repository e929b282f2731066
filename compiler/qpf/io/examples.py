"""The examples of constraints: documents beside the files that they are examples for.

They are no sources: nothing is compiled from them, and no lock names them.
"""

from collections.abc import Iterator

from qpf.io.selection import CONSTRAINTS
from qpf.io.tree import Files, Kind, UnreadableError
from qpf.model.digest import digest
from qpf.model.fleet import Source

EXAMPLES = f"{CONSTRAINTS}/tests"


def read_examples(files: Files) -> tuple[Source, ...]:
    """Every `base/constraints/tests/<file>/*.yaml`, sorted by path; links are not followed.

    Raises:
        UnreadableError: If one cannot be read.
    """
    return tuple(sorted(_examples(files), key=lambda each: each.path))


def _examples(files: Files) -> Iterator[Source]:
    for folder in _names(files, EXAMPLES, Kind.FOLDER):
        for path in _names(files, folder, Kind.FILE):
            if path.endswith(".yaml"):
                content = files.read(path)
                yield Source(path, content, digest(content))


def _names(files: Files, folder: str, kind: Kind) -> Iterator[str]:
    if files.kind(folder) is not Kind.FOLDER:
        return
    for raw, found in sorted(files.entries(folder)):
        if found is kind and not raw.startswith(b"."):
            try:
                yield f"{folder}/{raw.decode()}"
            except UnicodeDecodeError:
                message = f"a name in {folder} is no UTF-8"
                raise UnreadableError(message) from None
