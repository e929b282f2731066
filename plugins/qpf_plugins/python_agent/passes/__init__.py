"""Rules about what would become Python; one a module, each with its page in its docstring."""

from qpf_plugins.python_agent.passes import colliding_name, reserved_name, shadowing_agent, unusable_default

PASSES = tuple(rule.PASS for rule in (reserved_name, colliding_name, shadowing_agent, unusable_default))
