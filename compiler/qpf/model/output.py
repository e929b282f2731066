"""Files of an environment without their contents: what the lock seals and what publishing compares."""

from typing import NamedTuple


class Output(NamedTuple):
    """One emitted file, as far as it can be told from others without its bytes.

    Attributes:
        path: POSIX, relative to the environment's folder.
        digest: Of its content.
        size: Bytes.
        executable: Whether it is a program.
        emitter: Who wrote it.
        subject: The agent it belongs to; empty for the environment.
    """

    path: str
    digest: str
    size: int
    executable: bool
    emitter: str
    subject: str
