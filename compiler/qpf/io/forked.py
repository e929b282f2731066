"""Starting processes so that no interruption is lost.

Python drops an exception that is raised in the middle of a fork, where modules put their locks right; Ctrl-C
at that moment would be forgotten. So it is held back until the process has started.
"""

import signal
from multiprocessing.context import ForkProcess

_CTRL_C = {signal.SIGINT}


def start(process: ForkProcess) -> None:
    """Start a process; one that `begin`s in it leaves interruptions to its parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin() -> None:
    """Called first in a started process: the parent decides what an interruption means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
