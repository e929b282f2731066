"""Where a fleet's sources come from: the work tree, or any git revision.

Two protocols: `SourceTree` is what the pipeline asks, `Files` is the handful of
questions that a place must answer so that `collect` can apply the same rules to it.
Knows nothing of what the sources say.
"""

from enum import Enum
from typing import NamedTuple, Protocol

from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Source

LIMIT = 4 * 1024 * 1024
"""Largest input, in bytes; larger ones are never held in memory."""


class SourceTree(Protocol):
    """The inputs of one fleet."""

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """Read every input, sorted by path; everything wrong with the tree is in one report."""


class Kind(Enum):
    """What a name stands for, links not followed."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    OTHER = "special file"


class Entry(NamedTuple):
    """One name in a folder, as stored: bytes, because not every name is text."""

    name: bytes
    kind: Kind


class UnreadableError(Exception):
    """A place cannot answer; the message ends the sentence "this file cannot be read: ".

    Attributes:
        hint: The remedy.
    """

    hint = "check the permissions of the file and of the folders above it"


class VanishedError(UnreadableError):
    """What was listed a moment ago is gone."""

    hint = "something changes the fleet at the same time; run again"


class NotInRevisionError(UnreadableError):
    """A git revision lacks it."""

    hint = "see what the revision holds with `git ls-tree --name-only REV`"


class OversizedError(UnreadableError):
    """The file is larger than `LIMIT`."""


class SpecialFileError(UnreadableError):
    """The file is not a regular one."""


class Files(Protocol):
    """A place that holds files. Paths are POSIX and relative to the fleet's root; `""` is the root."""

    def entries(self, folder: str) -> list[Entry]:
        """The names in a folder, in any order.

        Raises:
            UnreadableError: If the folder cannot be listed.
        """

    def kind(self, path: str) -> Kind | None:
        """What stands at a path, the last link not followed; None for nothing."""

    def target(self, link: str) -> str:
        """Where a symbolic link points, as written.

        Raises:
            UnreadableError: If it cannot be told.
        """

    def read(self, path: str) -> bytes:
        """The content of a regular file.

        Raises:
            UnreadableError: If there is none, or not one that may be read.
        """
