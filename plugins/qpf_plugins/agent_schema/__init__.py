"""The agent schema: the twelve sections of an agent, and the rules that hold between them.

One section a module, one rule a module under `passes/`.
"""

from qpf_plugins.agent_schema.plugin import qpf_passes, qpf_sections

__all__ = ["qpf_passes", "qpf_sections"]
