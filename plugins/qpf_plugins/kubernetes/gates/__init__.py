"""Quality gates over emitted manifests; all work offline, without a cluster."""

from qpf_plugins.kubernetes.gates import disruption, kustomize, schema, waking

GATES = (schema.GATE, disruption.GATE, waking.GATE, kustomize.GATE)
