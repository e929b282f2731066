"""The program: `qpf`, and `python -m qpf`."""

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from qpf.cli.main import main


def program() -> NoReturn:
    """Run the command line in a process of its own, and end that process.

    Taking a fleet of 1,000 agents apart object by object, as the interpreter does when it ends, takes a tenth
    of a second. It is the system's memory, and the system takes it back at once.
    """
    _fill_in()
    try:
        main()
    except SystemExit as leaving:
        if threading.active_count() > 1 or not isinstance(leaving.code, int):
            raise
        atexit._run_exitfuncs()  # noqa: SLF001  # what the interpreter itself calls, and nothing else does
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # Whoever read it may have left.
                stream.flush()
        os._exit(leaving.code)


def _fill_in() -> None:
    """Open what is closed of the three streams, to nowhere.

    Python has None for them then, and the next file that is opened would be where children write.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)  # the least that is free: the one that is missing
            os.set_inheritable(handle, True)  # noqa: FBT003 -- it has no name
            setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8"))


if __name__ == "__main__":
    program()
