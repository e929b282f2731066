"""Gate `disruption`: every node can be emptied, whatever budget is emitted.

A budget that spares no pod of an agent makes `kubectl drain` wait for ever, and an upgrade of the cluster
with it. Agents have no words for budgets: they follow from the replicas. So this judges what was emitted.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from qpf.api import Artifact, Gate, Measurement
from qpf_plugins.kubernetes.gates.manifests import key_of, manifests, read, show
from qpf_plugins.kubernetes.identity import Resource

NAME = "disruption"
THRESHOLD = "at least one pod may be away"


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """One row a budget: how many pods it lets go."""
    objects = [
        (artifact, resource) for artifact in manifests(artifacts) for resource in _objects(artifact.content)
    ]
    workloads = [resource for _, resource in objects if resource["kind"] == "Deployment"]
    for artifact, budget in objects:
        if budget["kind"] != "PodDisruptionBudget":
            continue
        selected = [each for each in workloads if _selects(budget, each)]
        replicas = sum(each["spec"].get("replicas", 1) for each in selected)
        spared = to_spare(budget["spec"], replicas)
        yield Measurement(
            artifact.subject,
            NAME,
            f"{spared} of {replicas} pods",
            THRESHOLD,
            passed=spared > 0,
            detail=""
            if spared > 0
            else f"{artifact.path}: {show(key_of(budget))} keeps a node from being emptied",
        )


def to_spare(spec: Resource, replicas: int) -> int:
    """How many of an agent's pods may be away at once; shares are rounded up, as Kubernetes does."""
    if "maxUnavailable" in spec:
        return _count(spec["maxUnavailable"], replicas)
    return replicas - _count(spec.get("minAvailable", 1), replicas)


def _count(value: int | str, replicas: int) -> int:
    if isinstance(value, int):
        return value
    return ceil(Fraction(value.removesuffix("%")) * replicas / 100)


def _selects(budget: Resource, workload: Resource) -> bool:
    labels = workload["spec"]["template"]["metadata"]["labels"]
    wanted = budget["spec"]["selector"].get("matchLabels", {})
    same = budget["metadata"].get("namespace") == workload["metadata"].get("namespace")
    return same and all(labels.get(key) == value for key, value in wanted.items())


def _objects(content: bytes) -> list[Resource]:
    try:
        return read(content)
    except ValueError:
        # Not an object: a fault that the gate for schemas tells.
        return []


GATE = Gate(NAME, (), "kubernetes", check)
