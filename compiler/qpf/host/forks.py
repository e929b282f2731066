"""A plugin that forks gets back into one process: a copy of ours would go on with all that is left to do.

It would check, emit and write beside us, and answer in the name of the worker that it is a copy of.
"""

import os
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def without_copies(call: Callable[[], T]) -> T:
    """Call code of a plugin; a process that it forks and does not end is ended where that code ends."""
    ours = os.getpid()
    try:
        return call()
    finally:
        if os.getpid() != ours:
            os._exit(1)
