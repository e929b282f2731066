"""Gate `waking`: what is scaled to zero is woken by something that it does not measure itself.

Nobody counts the packets of an agent of which no pod runs. If all that could wake it is measured by its own
pods, it sleeps for ever. Agents have no words for scaling, and we emit nothing that scales: this judges what
emitters of other plugins emit, for KEDA (`ScaledObject`) or Kubernetes itself (`HorizontalPodAutoscaler`).
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from qpf.api import EVERY_EMITTER, Artifact, Gate, Measurement
from qpf_plugins.kubernetes.gates.manifests import key_of, objects_of, show
from qpf_plugins.kubernetes.identity import Resource

NAME = "waking"
THRESHOLD = "at least one trigger works without pods"
KEDA, NATIVE = "ScaledObject", "HorizontalPodAutoscaler"

OF_PODS = frozenset({"cpu", "memory", "Resource", "ContainerResource", "Pods"})
"""Kinds of triggers and metrics that are measured in the pods themselves."""

LABELS = frozenset({"agent", "container", "job", "pod"})
"""Labels by which a series of Prometheus belongs to the pods that it was scraped from."""

# Of a query, what is left without these and is not called are names of series, each with its labels.
_NO_SERIES = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\b\s*(?:\([^()]*\))?|\[[^\]]*\]"
    r"|\b(?:and|or|unless|atan2|bool|offset|start|end|inf|nan)\b",
    re.IGNORECASE,
)
_SERIES = re.compile(r"(?<![\w:])[A-Za-z_:][\w:]*+\s*+(?:\{([^{}]*)\})?+(?!\s*\()")
_MATCHER = re.compile(r'(\w+)\s*=~?\s*"([^"]*)"')


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """One row for each workload that may go down to zero: how many of its triggers can wake it."""
    for artifact in artifacts:
        if not artifact.path.endswith((".yaml", ".yml")):
            continue
        for resource in objects_of(artifact.content, KEDA, NATIVE):
            what = f"{artifact.path}: {show(key_of(resource))}"
            try:
                triggers = _triggers(resource)
                if triggers is None:
                    continue
                target = resource["spec"]["scaleTargetRef"]["name"]
                own = {target, target.replace("-", "_"), artifact.subject} - {""}
                able = sum(not _is_own(*each, own) for each in triggers)
            except (AttributeError, KeyError, TypeError, ValueError):
                told, fault = "unreadable", f"{what} lacks what such an object has"
            else:
                told = f"{able} of {len(triggers)} triggers"
                fault = "" if able else f"{what} lets {target} go down to no pods, and nothing else wakes it"
            yield Measurement(artifact.subject, NAME, told, THRESHOLD, passed=not fault, detail=fault)


def _triggers(resource: Resource) -> list[tuple[str, Resource]] | None:
    """Every trigger of an object, by its kind; None if it keeps a pod."""
    spec = resource["spec"]
    if resource["kind"] == KEDA:
        lowest = spec.get("idleReplicaCount", spec.get("minReplicaCount", 0))
        found = [(each["type"], each.get("metadata", {})) for each in spec.get("triggers", ())]
    else:
        lowest = spec.get("minReplicas", 1)
        found = [(each["type"], each) for each in spec.get("metrics", ())]
    return found if lowest == 0 else None


def _is_own(kind: str, about: Resource, own: set[str]) -> bool:
    """Whether nothing comes of a trigger while no pod runs."""
    if kind in OF_PODS:
        return True
    match kind:
        case "prometheus":
            return _all_own(_series(about.get("query", "")), own)
        case "metrics-api":
            host = urlsplit(about.get("url", "")).hostname or ""
            return host.partition(".")[0] in own
        case "External":
            labels = about["external"]["metric"].get("selector", {}).get("matchLabels", {})
            return _all_own([labels.items()], own)
        case _:
            return False


def _series(query: str) -> list[list[tuple[str, str]]]:
    """The labels that a query asks for, of every series in it."""
    return [_MATCHER.findall(labels) for labels in _SERIES.findall(_NO_SERIES.sub(" ", query))]


def _all_own(series: Iterable[Iterable[tuple[str, str]]], own: set[str]) -> bool:
    """Whether there are series, and the pods are the only source of each."""
    known = list(series)
    return bool(known) and all(
        any(label in LABELS and _of(value, own) for label, value in labels) for labels in known
    )


def _of(value: str, own: set[str]) -> bool:
    """Whether a label's value is the workload's name, or stands for the names of its pods."""
    return value in own or any(value.startswith((f"{name}-.", f"{name}.")) for name in own)


GATE = Gate(NAME, (), EVERY_EMITTER, check)
