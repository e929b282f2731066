"""What is asked of a publish, and what it did: a folder to be brought to a state, and its changes."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from qpf.io.seen import NOTHING_SEEN, Seen
from qpf.model.output import Output


class Changes(Struct, frozen=True):
    """What publishing did to a folder; paths are relative to it and sorted.

    Attributes:
        written: Created or replaced.
        removed: Removed: our own, no longer produced.
        unchanged: Not touched.
        edited: Those of the written and removed that somebody had changed by hand.
        atomic: Whether the folder changed in one step.
        known: Digest and status of every file of ours, when its content was known.
        touched: Those whose status we changed since, by linking them.
    """

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    atomic: bool = True
    known: Seen = NOTHING_SEEN
    touched: frozenset[str] = frozenset()


class Job(Struct, frozen=True):
    """One folder to be brought to a state.

    Attributes:
        folder: Where to; made if it does not exist.
        outputs: The files it should hold.
        content: Gives what a file holds, should it have to be written.
        lock: The content of its `qpf.lock`.
        previous: Digest by path of what we wrote there last, and therefore may overwrite and remove; None if
            that is not known.
        known: The digest of the lock that `previous` follows from.
        shown: What findings call the folder; by default its name.
        seen: Files of the folder whose content is known without reading them.
    """

    folder: Path
    outputs: Iterable[Output]
    content: Callable[[Output], bytes]
    lock: bytes
    previous: Mapping[str, str] | None
    known: str = ""
    shown: str = ""
    seen: Seen = NOTHING_SEEN
