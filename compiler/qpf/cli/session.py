"""What every command is told: the fleet's folder."""

from pathlib import Path

import click
from msgspec import Struct

from qpf.io.committed import committed, repository
from qpf.io.workshop import WORKSHOP

_NO_MEMORY = {".gitignore", "schemas"}
"""What decides nothing: the folder hides itself by the one, and editors read the other."""


class Session(Struct, frozen=True):
    """One call of the command line; `ctx.obj` of every command, those of plugins included.

    Attributes:
        root: The fleet's folder, absolute.
    """

    root: Path

    @property
    def folder(self) -> str:
        """Where the fleet lies in its git repository: what services that annotate lines need to know."""
        inside = self.root.relative_to(repository(self.root) or self.root).as_posix()
        return "" if inside == "." else inside


def refuse_foreign_memory(folder: Path) -> None:
    """End the command if what a fleet's folder remembers is not this machine's own."""
    memory = folder / WORKSHOP
    if memory.is_symlink():
        message = f"`{WORKSHOP}` is a link: what qpf remembers lies in a folder of the fleet; remove the link"
        raise click.UsageError(message)
    if committed(memory) - _NO_MEMORY:
        message = (
            f"`{WORKSHOP}` is committed: what qpf remembers decides what it says of the fleet, so it must "
            f"not come out of a repository; remove it with `git rm -rf {WORKSHOP}`"
        )
        raise click.UsageError(message)
