"""Writing the sources that a command edits: each whole, in the order given, until one cannot be written."""

from collections.abc import Iterable
from pathlib import Path

from qpf.cli.exit import NO_VERDICT
from qpf.cli.output import leave, note
from qpf.io.files import replace_source


def write_all(root: Path, edits: Iterable[tuple[str, bytes]]) -> None:
    """Replace every file; ends the command, with its name, at the first one that cannot be.

    Args:
        root: The fleet's folder.
        edits: Path below it and new content of each file, in the order they are to be written in.
    """
    for path, content in edits:
        try:
            replace_source(root / path, content)
        except OSError as error:
            note(f"qpf: cannot write {path}: {error.strerror}; nothing after it was written")
            leave(NO_VERDICT)
