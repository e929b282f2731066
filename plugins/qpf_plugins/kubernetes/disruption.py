"""The PodDisruptionBudget: how many pods may be away at once when somebody empties a node."""

from qpf_plugins.kubernetes.identity import Identity, Resource

FEWEST_REPLICAS = 2
"""Below, a budget would either protect nothing or keep the node from ever being emptied."""


def disruption_budget(identity: Identity, replicas: int) -> Resource | None:
    """The budget of an agent, if it has pods to spare.

    `maxUnavailable` always lets one go, and a pod that is not ready anyway may be evicted:
    a broken agent never holds up a node.
    """
    if replicas < FEWEST_REPLICAS:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": identity.metadata(),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": identity.selector},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
