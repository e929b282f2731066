"""The restricted profile of the Pod Security Standards, and a read-only root on top of it."""

from qpf_plugins.kubernetes.identity import Resource


def pod_security(user: int) -> Resource:
    """The security context of a pod.

    The user is a number: the kubelet cannot tell whether a user given by name is root.
    """
    return {
        "fsGroup": user,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsGroup": user,
        "runAsNonRoot": True,
        "runAsUser": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Resource:
    """The security context of a container."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }


def namespace_security() -> dict[str, str]:
    """Labels of a namespace that refuses every pod outside the profile."""
    prefix = "pod-security.kubernetes.io"
    return {
        f"{prefix}/{label}": value
        for mode in ("audit", "enforce", "warn")
        for label, value in ((mode, "restricted"), (f"{mode}-version", "latest"))
    }
