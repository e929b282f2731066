"""Runs a compiled fleet on a person's machine: `qpf run` and `qpf send`.

Loading the plugin loads nothing of the runtime; a command does when it is called.
"""

from importlib.util import find_spec
from typing import Any

from qpf.api import Command, hookimpl


def _run() -> Any:
    if find_spec("qpf_runtime") is None:
        return _missing("run")
    from qpf_plugins.local_run.run import run  # noqa: PLC0415 -- the runtime is loaded by whom it serves

    return run


def _send() -> Any:
    if find_spec("qpf_runtime") is None:
        return _missing("send")
    from qpf_plugins.local_run.send import send  # noqa: PLC0415 -- as above

    return send


def _missing(name: str) -> Any:
    from qpf_plugins.local_run.missing import missing  # noqa: PLC0415 -- as above

    return missing(name)


@hookimpl
def qpf_commands() -> list[Command]:
    """The two commands."""
    return [
        Command("run", "Run a compiled fleet in one process until Ctrl-C.", _run),
        Command("send", "Send a packet to an agent; print the reply and the path it took.", _send),
    ]
