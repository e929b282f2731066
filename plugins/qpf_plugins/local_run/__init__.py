"""Runs a compiled fleet on a person's machine and looks into it: `qpf run`, `send`, `tail`, `trace` and more.

Loading the plugin loads nothing of the runtime; a command does when it is called.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from msgspec import Struct

from qpf.api import Command, hookimpl

COMMANDS = {
    "run": "Run a compiled fleet until Ctrl-C.",
    "send": "Send packets to an agent; print the reply and the path it took.",
    "tail": "Show packets of a running fleet as they pass.",
    "trace": "Show the way of one packet as a tree with times.",
    "dlq": "List, show and replay packets that were given up.",
    "approvals": "List and answer decisions that wait for a person.",
    "audit": "Show and verify the audit trail of agents.",
}
"""What each command does. A module of its name holds it, under its name."""


class _Loader(Struct, frozen=True):
    """Loads a command when it is called; equal to another of the same name."""

    name: str

    def __call__(self) -> Any:
        if find_spec("qpf_runtime") is None:
            from qpf_plugins.local_run.missing import missing  # noqa: PLC0415 -- loaded where it is needed only

            return missing(self.name)
        return getattr(import_module(f"qpf_plugins.local_run.{self.name}"), self.name)


@hookimpl
def qpf_commands() -> list[Command]:
    """Give all of them."""
    return [Command(name, help_, _Loader(name)) for name, help_ in COMMANDS.items()]
