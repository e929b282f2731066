"""The Deployment: how many pods of an agent run, where, and how one version follows another."""

from qpf.api import Agent
from qpf_plugins.kubernetes.container import DRAIN_SECONDS, container
from qpf_plugins.kubernetes.identity import Identity, Resource
from qpf_plugins.kubernetes.options import Options
from qpf_plugins.kubernetes.security import pod_security
from qpf_plugins.kubernetes.storage import volumes

SPEC_DIGEST = "qpf.dev/spec-digest"
CONFIG_DIGEST = "qpf.dev/config-digest"

STOP_MARGIN_SECONDS = 10
"""Between the time an agent is given to finish its work and the time it is killed."""

PROGRESS_SECONDS = 600
"""When a roll-out that does not get on counts as failed; longer than any agent may take to start."""


def deployment(
    agent: Agent, identity: Identity, options: Options, config_digest: str, *, kept: bool
) -> Resource:
    """The Deployment of an agent.

    Args:
        agent: The agent.
        identity: Who it is in the cluster.
        options: The environment's options.
        config_digest: Digest of its ConfigMap; in the pod template, so that new configuration restarts it.
        kept: Whether its data outlives the pod.
    """
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        # What changes often and restarts nothing stands here, not in the pod template.
        "metadata": identity.metadata(
            {
                "kubernetes.io/description": agent.values["metadata"]["description"],
                "qpf.dev/owner": agent.values["system"]["owner"],
                SPEC_DIGEST: agent.digest,
            }
        ),
        "spec": {
            "progressDeadlineSeconds": PROGRESS_SECONDS,
            "replicas": agent.values["deployment"]["replicas"],
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": identity.selector},
            "strategy": _strategy(kept=kept),
            "template": {
                "metadata": {
                    "annotations": {
                        "prometheus.io/path": "/metrics",
                        "prometheus.io/port": str(agent.values["deployment"]["port"]),
                        "prometheus.io/scrape": "true",
                        CONFIG_DIGEST: config_digest,
                    },
                    "labels": dict(identity.labels),
                },
                "spec": _pod(agent, identity, options, kept=kept),
            },
        },
    }


def _strategy(*, kept: bool) -> Resource:
    if kept:
        # Two pods must never write one database; the old one goes first.
        return {"type": "Recreate"}
    return {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}, "type": "RollingUpdate"}


def _pod(agent: Agent, identity: Identity, options: Options, *, kept: bool) -> Resource:
    section = agent.values["deployment"]
    pod: Resource = {
        "automountServiceAccountToken": False,
        "containers": [container(agent, identity, options)],
        # Variables named after every Service of the namespace could shadow an agent's own.
        "enableServiceLinks": False,
        "securityContext": pod_security(options.run_as_user),
        "serviceAccountName": identity.name,
        "terminationGracePeriodSeconds": (
            DRAIN_SECONDS + section["graceful_shutdown_timeout"] + STOP_MARGIN_SECONDS
        ),
        "volumes": volumes(agent, identity, options, kept=kept),
    }
    if options.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in options.image_pull_secrets]
    priority = options.priority_classes.get(agent.values["system"]["criticality"])
    if priority is not None:
        pod["priorityClassName"] = priority
    if section["replicas"] > 1:
        pod["topologySpreadConstraints"] = [
            _spread(identity, topology)
            for topology in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ]
    return pod


def _spread(identity: Identity, topology: str) -> Resource:
    return {
        "labelSelector": {"matchLabels": identity.selector},
        # Pods of the version before do not count: a roll-out would leave the new ones lopsided.
        "matchLabelKeys": ["pod-template-hash"],
        "maxSkew": 1,
        "topologyKey": topology,
        # A wish: on a cluster of one node every replica still runs.
        "whenUnsatisfiable": "ScheduleAnyway",
    }
