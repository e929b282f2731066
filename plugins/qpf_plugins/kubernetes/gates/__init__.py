"""Quality gates over emitted manifests; both work offline, without a cluster."""

from qpf_plugins.kubernetes.gates import kustomize, schema

GATES = (schema.GATE, kustomize.GATE)
