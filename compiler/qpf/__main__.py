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


if __name__ == "__main__":
    program()
