"""The one container of an agent's pod."""

from collections.abc import Mapping

from qpf.api import Agent, Data, thaw
from qpf_plugins.kubernetes.configuration import VARIABLES, bus_variables
from qpf_plugins.kubernetes.identity import Identity, Resource
from qpf_plugins.kubernetes.options import Options
from qpf_plugins.kubernetes.probes import HTTP, probes
from qpf_plugins.kubernetes.security import container_security
from qpf_plugins.kubernetes.storage import mounts

DRAIN_SECONDS = 5
"""How long a pod waits before it stops: until no proxy sends it new requests."""


TOKEN = "QPF_TOKEN"  # noqa: S105  # the name of a variable
"""What callers of an agent's interface must show; kept in a secret of the agent's own."""


def container(agent: Agent, identity: Identity, options: Options) -> Resource:
    """The container, from section `deployment`."""
    deployment = agent.values["deployment"]
    bus = bus_variables(agent, options)
    ours = [name for name in VARIABLES if name in bus or not name.startswith("QPF_BUS")]
    return {
        "env": _variables(ours, secrets_of(deployment, identity), identity),
        "image": deployment["image"],
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
        **probes(deployment["health_monitoring"], options.startup_seconds),
        "name": "agent",
        "ports": [{"containerPort": deployment["port"], "name": HTTP, "protocol": "TCP"}],
        "resources": thaw(deployment["resources"]),
        "securityContext": container_security(),
        "volumeMounts": mounts(agent, options),
    }


def secrets_of(deployment: Mapping[str, Data], identity: Identity) -> dict[str, Data]:
    """The variables filled from secrets: those the schema names, and the token that callers must show."""
    found = dict(deployment["secrets"])
    if deployment["auth_required"]:
        found.setdefault(TOKEN, {"secret": f"{identity.name}-api", "key": "token"})
    return found


def _variables(names: list[str], secrets: Mapping[str, Data], identity: Identity) -> list[Resource]:
    """The environment: ours key by key from the ConfigMap, secrets by reference.

    `envFrom` would also turn the whole configuration file into a variable, which a cluster
    that accepts dots in names then hands to the process, up to where it cannot start.
    """
    ours = [
        {"name": name, "valueFrom": {"configMapKeyRef": {"key": name, "name": identity.name}}}
        for name in names
    ]
    theirs = [
        {
            "name": name,
            # A secret that is missing stops the pod; it never starts without.
            "valueFrom": {
                "secretKeyRef": {"key": secret["key"], "name": secret["secret"], "optional": False}
            },
        }
        for name, secret in sorted(secrets.items())
    ]
    return ours + theirs
