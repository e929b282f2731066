"""Emits each agent as a typed, tested Python package, and judges names before and files after."""

from qpf_plugins.python_agent.plugin import qpf_emitters, qpf_gates, qpf_passes

__all__ = ["qpf_emitters", "qpf_gates", "qpf_passes"]
