"""Registers the emitter and the gates."""

from collections.abc import Iterable

from qpf.api import Emitter, Gate, hookimpl
from qpf_plugins.python_agent.emit import EMITTER
from qpf_plugins.python_agent.gates import GATES


@hookimpl
def qpf_emitters() -> Iterable[Emitter]:
    """Register `python_agent`."""
    return [EMITTER]


@hookimpl
def qpf_gates() -> Iterable[Gate]:
    """Register the gates over emitted Python."""
    return GATES
