"""Secrets in plain text: none in a source, none in what is emitted.

What may be a secret is what the compiler hides wherever it shows texts (`qpf.api.catch`); what of it is one
is decided in `judging`. So whatever is reported here is hidden in the report.
"""

from qpf.api import Gate, Pass, hookimpl
from qpf_plugins.secrets.gates import GATES
from qpf_plugins.secrets.passes import PASSES


@hookimpl
def qpf_passes() -> tuple[Pass, ...]:
    """The rule over the texts of sources."""
    return PASSES


@hookimpl
def qpf_gates() -> tuple[Gate, ...]:
    """The judge of emitted files."""
    return GATES
