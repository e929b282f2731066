"""Starts a program that dies with the one that started it, however that ends: `bound.py PID PROGRAM …`.

Run as a script by an interpreter without site packages; it becomes the program.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def bind(program: tuple[str, ...]) -> tuple[str, ...]:
    """Spell the command that starts a program bound to this process.

    Where the system is not Linux it is only started: who is killed there cannot take others along.
    """
    return (sys.executable, "-I", "-S", __file__, str(os.getpid()), *program)


def main() -> None:
    """Ask to be killed with the parent, then become the program."""
    parent, *program = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have died before we asked.
    if os.getppid() == int(parent):
        os.execv(program[0], program)  # noqa: S606 -- the command is spelt by `bind`; no shell reads it


if __name__ == "__main__":
    main()
