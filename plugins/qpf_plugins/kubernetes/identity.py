"""Who an agent is in the cluster: its name, namespace, labels, and how its pods are selected."""

from typing import Any

from msgspec import Struct

from qpf.api import Agent, Environment
from qpf_plugins.kubernetes.names import resource_name

Resource = dict[str, Any]
"""A Kubernetes object, or a part of one, as plain data."""

NAME_LABEL = "app.kubernetes.io/name"
INSTANCE_LABEL = "app.kubernetes.io/instance"
PART_OF_LABEL = "app.kubernetes.io/part-of"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
ENVIRONMENT_LABEL = "qpf.dev/environment"


class Identity(Struct, frozen=True):
    """Who an agent is in the cluster.

    Attributes:
        name: Name of every object of the agent.
        namespace: Where they live.
        instance: The fleet in its environment: tells apart two of them in one cluster.
        labels: On every object and on the pods.
    """

    name: str
    namespace: str
    instance: str
    labels: dict[str, str]

    @property
    def selector(self) -> dict[str, str]:
        """What selects the agent's pods; immutable in a Deployment, so it holds only what never changes."""
        return {INSTANCE_LABEL: self.instance, NAME_LABEL: self.name}

    def metadata(self, annotations: dict[str, str] | None = None) -> Resource:
        """The `metadata` of one of its objects."""
        metadata: Resource = {"labels": dict(self.labels), "name": self.name, "namespace": self.namespace}
        if annotations:
            metadata["annotations"] = annotations
        return metadata

    def peers(self, agents: list[str]) -> Resource:
        """A selector for the pods of other agents of the same fleet, environment and namespace."""
        return {
            "matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": agents}],
            "matchLabels": {INSTANCE_LABEL: self.instance},
        }


def instance_of(environment: Environment) -> str:
    """The name of a fleet in an environment: `l9-production`."""
    return f"{resource_name(environment.fleet.name)}-{resource_name(environment.name)}"


def identity_of(agent: Agent, environment: Environment, namespace: str) -> Identity:
    """Who an agent is in the cluster."""
    name = resource_name(agent.name)
    instance = instance_of(environment)
    labels = {
        # The agent's own labels come first: none of ours can be replaced.
        **agent.values["metadata"]["labels"],
        "app.kubernetes.io/component": resource_name(agent.base),
        INSTANCE_LABEL: instance,
        MANAGED_BY_LABEL: "qpf",
        NAME_LABEL: name,
        PART_OF_LABEL: resource_name(environment.fleet.name),
        "app.kubernetes.io/version": agent.values["system"]["version"],
        "qpf.dev/agent": agent.name,
        ENVIRONMENT_LABEL: environment.name,
    }
    return Identity(name, namespace, instance, labels)
