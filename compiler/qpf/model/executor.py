"""What an executor is: others who do work, told and answering in bytes, here or on other machines."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct

Work = Callable[[bytes], bytes]
"""What is done with an order; a function of a module that those who work can import."""


class ExecutorError(Exception):
    """An executor cannot be used, or lost what it worked on. Says why in one sentence, without secrets."""


class Pool(Protocol):
    """Those who work, for one thread that gives orders."""

    def run(self, work: Work, orders: Iterable[bytes]) -> Iterator[tuple[int, bytes | ExecutorError]]:
        """Have every order done once, by anybody, in any order; should somebody die, by another.

        Yields the number of an order, counted from 0, with its answer, as answers come. An order that
        cannot be done has an error for an answer, and the others go on.

        Raises:
            ExecutorError: If there is nobody left, or nobody to begin with.
        """

    def close(self) -> None:
        """Let everybody go."""


class Executor(Struct, frozen=True):
    """A kind of pools.

    Attributes:
        scheme: What `--executor` begins with: `dask`.
        open: Opens one, given what `--executor` says behind the scheme, and how many processes may work
            here; may raise `ExecutorError`.
    """

    scheme: str
    open: Callable[[str, int], Pool]
