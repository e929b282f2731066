"""Runs a compiled fleet on a person's machine: `qpf run` and `qpf send`.

Loading the plugin loads nothing of the runtime; a command does when it is called.
"""

from typing import Any

from qpf.api import Command, hookimpl


def _run() -> Any:
    from qpf_plugins.local_run.run import run  # noqa: PLC0415 -- the runtime is loaded by whom it serves

    return run


def _send() -> Any:
    from qpf_plugins.local_run.send import send  # noqa: PLC0415 -- as above

    return send


@hookimpl
def qpf_commands() -> list[Command]:
    """The two commands."""
    return [
        Command("run", "Run a compiled fleet in one process until Ctrl-C.", _run),
        Command("send", "Send a packet to an agent; print the reply and the path it took.", _send),
    ]
