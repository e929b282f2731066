"""Emits each agent as a typed, tested Python package, and judges what it emitted."""

from qpf_plugins.python_agent.plugin import qpf_emitters, qpf_gates

__all__ = ["qpf_emitters", "qpf_gates"]
