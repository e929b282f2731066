"""Kustomizations: they list, and change nothing, so that each file says by itself what is applied."""

from collections.abc import Iterable

from qpf.api import Artifact, Tools

FILE = "kustomization.yaml"


def kustomization(tools: Tools, folder: str, resources: Iterable[str]) -> Artifact:
    """The kustomization of a folder (`""` is the environment's own)."""
    content = tools.yaml(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": sorted(resources),
        }
    )
    return Artifact(f"{folder}/{FILE}" if folder else FILE, content)
