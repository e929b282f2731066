"""Emitter `kubernetes`: the manifests that run agents in a cluster, and the gates that judge them.

Nothing here talks to a cluster, and secrets are only ever named.
"""

from qpf.api import Emitter, Gate, Pass, hookimpl
from qpf_plugins.kubernetes.codes import CONFIG_TOO_LARGE
from qpf_plugins.kubernetes.emit import emit_agent, emit_environment
from qpf_plugins.kubernetes.gates import GATES
from qpf_plugins.kubernetes.options import NAME, Options
from qpf_plugins.kubernetes.passes import PASSES


@hookimpl
def qpf_emitters() -> list[Emitter]:
    """The emitter."""
    return [
        Emitter(
            NAME,
            codes=(CONFIG_TOO_LARGE,),
            emit_agent=emit_agent,
            emit_environment=emit_environment,
            options=Options,
        )
    ]


@hookimpl
def qpf_passes() -> tuple[Pass, ...]:
    """Rules about the resources that would be emitted."""
    return PASSES


@hookimpl
def qpf_gates() -> tuple[Gate, ...]:
    """Judges of the resources that were emitted."""
    return GATES
