"""Rules about what the emitted resources would be; one a module, each with its page in its docstring."""

from qpf_plugins.kubernetes.passes import (
    local_memory_not_shared,
    resource_name_collision,
    resource_name_invalid,
    service_without_address,
    variable_reserved,
)

RULES = (
    service_without_address,
    resource_name_invalid,
    resource_name_collision,
    local_memory_not_shared,
    variable_reserved,
)

PASSES = tuple(rule.PASS for rule in RULES)
