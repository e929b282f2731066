"""Volumes: where an agent reads its configuration and where it may write, its root being read-only."""

from qpf.api import Agent
from qpf_plugins.kubernetes.configuration import (
    CONFIG_FILE,
    CONFIG_FOLDER,
    DATA_FOLDER,
    SEED_FILE,
    SEED_FOLDER,
    bus_variables,
)
from qpf_plugins.kubernetes.identity import Identity, Resource
from qpf_plugins.kubernetes.options import Options, Storage

LOCAL_MEMORY = (("episodicmemory", "sqlite"), ("archive", "local"))
"""Memories that live on the pod's own disk: which one, and the storage type that says so."""


def local_memories(agent: Agent) -> tuple[str, ...]:
    """The memories that an agent keeps on its own disk."""
    topology = agent.values["memorytopology"]
    return tuple(name for name, kind in LOCAL_MEMORY if topology[name]["storagetype"] == kind)


def keeps_data(agent: Agent, storage: Storage) -> bool:
    """Whether the data of an agent outlives its pod.

    One claim serves one pod: replicas that each keep memory of their own get none, and a
    warning (QPF613) says what that means.
    """
    return storage.persistent and agent.values["deployment"]["replicas"] <= 1 and bool(local_memories(agent))


def mounts(agent: Agent, options: Options) -> list[Resource]:
    """Where the volumes appear in the container."""
    seed = [{"mountPath": SEED_FOLDER, "name": "bus", "readOnly": True}]
    return [
        *(seed if _proves_itself(agent, options) else []),
        {"mountPath": CONFIG_FOLDER, "name": "config", "readOnly": True},
        {"mountPath": DATA_FOLDER, "name": "data"},
        {"mountPath": "/tmp", "name": "tmp"},  # noqa: S108  # a volume of the pod's own, not a shared folder
    ]


def volumes(agent: Agent, identity: Identity, options: Options, *, kept: bool) -> list[Resource]:
    """The volumes of a pod; each that is written to has a size."""
    storage = options.storage
    items = [{"key": SEED_FILE, "path": SEED_FILE}]
    seed = {"name": "bus", "secret": {"items": items, "secretName": f"{identity.name}-bus"}}
    data: Resource = (
        {"persistentVolumeClaim": {"claimName": identity.name}}
        if kept
        else {"emptyDir": {"sizeLimit": storage.size}}
    )
    return [
        *([seed] if _proves_itself(agent, options) else []),
        {
            "configMap": {"items": [{"key": CONFIG_FILE, "path": CONFIG_FILE}], "name": identity.name},
            "name": "config",
        },
        {"name": "data", **data},
        {"emptyDir": {"sizeLimit": storage.temporary_size}, "name": "tmp"},
    ]


def _proves_itself(agent: Agent, options: Options) -> bool:
    return "QPF_BUS_SEED" in bus_variables(agent, options)


def claim(identity: Identity, storage: Storage) -> Resource:
    """The claim of an agent whose data outlives its pod."""
    spec: Resource = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage.size}},
    }
    if storage.storage_class is not None:
        spec["storageClassName"] = storage.storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": identity.metadata(),
        "spec": spec,
    }
