"""Rules about what the emitted resources would be; one a module, each with its page in its docstring."""

from qpf_plugins.kubernetes.passes import (
    canary_share_impossible,
    local_memory_not_shared,
    pool_exceeded,
    resource_name_collision,
    resource_name_invalid,
    service_without_address,
    traffic_cut,
    variable_reserved,
)

RULES = (
    service_without_address,
    resource_name_invalid,
    resource_name_collision,
    local_memory_not_shared,
    variable_reserved,
    traffic_cut,
    canary_share_impossible,
    pool_exceeded,
)

PASSES = tuple(rule.PASS for rule in RULES)
