"""The gate over emitted files."""

from qpf_plugins.secrets.gates import artifacts

GATES = (artifacts.GATE,)
