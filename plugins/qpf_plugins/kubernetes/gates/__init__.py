"""Quality gates over emitted manifests; all work offline, without a cluster."""

from qpf_plugins.kubernetes.gates import disruption, kustomize, schema

GATES = (schema.GATE, disruption.GATE, kustomize.GATE)
