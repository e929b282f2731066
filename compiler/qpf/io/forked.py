"""Starting processes so that no interruption is lost.

Python drops an exception that is raised in the middle of a fork, where modules put their locks right; Ctrl-C
at that moment would be forgotten, and so would SIGTERM and SIGHUP, which stop a command likewise. All are
held back until the process has started.
"""

import signal
from multiprocessing.context import ForkProcess

_ENDS = {signal.SIGTERM, signal.SIGHUP}
_INTERRUPTIONS = {signal.SIGINT, *_ENDS}


def start(process: ForkProcess) -> None:
    """Start a process; one that `begin`s in it leaves interruptions to its parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTIONS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin() -> None:
    """Called first in a started process: the parent decides what Ctrl-C means; other ends are its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _ENDS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTIONS)
