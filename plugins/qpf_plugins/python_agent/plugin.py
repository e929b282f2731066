"""Registers the emitter, the rules about names, and the gates."""

from collections.abc import Iterable

from qpf.api import Emitter, Gate, Pass, hookimpl
from qpf_plugins.python_agent.emit import EMITTER
from qpf_plugins.python_agent.gates import GATES
from qpf_plugins.python_agent.passes import PASSES


@hookimpl
def qpf_emitters() -> Iterable[Emitter]:
    """Register `python_agent`."""
    return [EMITTER]


@hookimpl
def qpf_passes() -> Iterable[Pass]:
    """Register the rules about names and defaults."""
    return PASSES


@hookimpl
def qpf_gates() -> Iterable[Gate]:
    """Register the gates over emitted Python."""
    return GATES
