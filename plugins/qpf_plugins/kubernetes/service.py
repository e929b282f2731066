"""The Service: one stable name in front of an agent's pods, and the account they run under."""

from qpf_plugins.kubernetes.identity import Identity, Resource
from qpf_plugins.kubernetes.probes import HTTP


def service(identity: Identity, port: int) -> Resource:
    """The Service of an agent; its port is the pods' own, as some network plugins demand."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": identity.metadata(),
        "spec": {
            "ports": [
                {"appProtocol": HTTP, "name": HTTP, "port": port, "protocol": "TCP", "targetPort": HTTP}
            ],
            "selector": identity.selector,
            "type": "ClusterIP",
        },
    }


def service_account(identity: Identity) -> Resource:
    """The account of an agent's pods: it may do nothing, and no token of it is handed out."""
    return {
        "apiVersion": "v1",
        "automountServiceAccountToken": False,
        "kind": "ServiceAccount",
        "metadata": identity.metadata(),
    }
