"""Gate `disruption`: every node can be emptied, whatever budget is emitted.

A budget that spares no pod of an agent makes `kubectl drain` wait for ever, and an upgrade of the cluster
with it. Agents have no words for budgets: they follow from the replicas. So this judges what was emitted.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from qpf.api import Artifact, Gate, Measurement
from qpf_plugins.kubernetes.gates.manifests import key_of, manifests, objects_of, show
from qpf_plugins.kubernetes.identity import Resource
from qpf_plugins.kubernetes.reach import selects

NAME = "disruption"
THRESHOLD = "at least one pod may be away"
BUDGET, WORKLOAD = "PodDisruptionBudget", "Deployment"


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """One row a budget: how many pods it lets go."""
    budgets: list[tuple[Artifact, Resource]] = []
    workloads: dict[tuple[str, str | None], list[Resource]] = {}
    for artifact in manifests(artifacts):
        for resource in objects_of(artifact.content, BUDGET, WORKLOAD):
            if resource["kind"] == BUDGET:
                budgets.append((artifact, resource))
            else:
                workloads.setdefault(_place(artifact, resource), []).append(resource)
    for artifact, budget in budgets:
        wanted = budget["spec"]["selector"]
        beside = workloads.get(_place(artifact, budget), ())
        selected = [
            each for each in beside if selects(wanted, each["spec"]["template"]["metadata"]["labels"])
        ]
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


def _place(artifact: Artifact, resource: Resource) -> tuple[str, str | None]:
    """Whose it is and where: a budget selects pods of its agent in its namespace."""
    return artifact.subject, resource["metadata"].get("namespace")


GATE = Gate(NAME, (), "kubernetes", check)
