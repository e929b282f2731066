"""The Namespace of an environment: it admits only pods of the restricted profile."""

from qpf.api import Environment
from qpf_plugins.kubernetes.identity import (
    ENVIRONMENT_LABEL,
    INSTANCE_LABEL,
    MANAGED_BY_LABEL,
    PART_OF_LABEL,
    Resource,
    instance_of,
)
from qpf_plugins.kubernetes.names import resource_name
from qpf_plugins.kubernetes.security import namespace_security


def namespace(environment: Environment, name: str) -> Resource:
    """The Namespace that every object of an environment lives in."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "labels": {
                INSTANCE_LABEL: instance_of(environment),
                MANAGED_BY_LABEL: "qpf",
                PART_OF_LABEL: resource_name(environment.fleet.name),
                ENVIRONMENT_LABEL: environment.name,
                **namespace_security(),
            },
            "name": name,
        },
    }
