"""What a cluster makes of NetworkPolicies: whether one pod may open a connection to another.

It reads the objects as they are emitted, and knows nothing of why they were. Policies add up: who is selected
by none may do everything, who is selected by one may do what some rule of them allows. Both sides must agree.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network

from msgspec import Struct

from qpf_plugins.kubernetes.identity import Resource
from qpf_plugins.kubernetes.network import NAMESPACE_NAME


class Pod(Struct, frozen=True):
    """One end of a connection inside the cluster; `ports` are those that have names."""

    namespace: str
    labels: Mapping[str, str] = {}
    ports: Mapping[str, int] = {}


class Outside(Struct, frozen=True):
    """One end of a connection outside the cluster: an address, or a range of which all must be allowed."""

    range: str


End = Pod | Outside


def reaches(policies: Iterable[Resource], source: Pod, target: End, port: int, protocol: str = "TCP") -> bool:
    """Whether a connection gets through."""
    known = list(policies)
    leaves = _allowed(known, source, "Egress", "to", target, _Door(target, port, protocol))
    if isinstance(target, Outside):
        return leaves
    return leaves and _allowed(known, target, "Ingress", "from", source, _Door(target, port, protocol))


class _Door(Struct, frozen=True):
    """Where a connection arrives: named ports are looked up on whom it goes to."""

    target: End
    port: int
    protocol: str

    def is_one_of(self, ports: Iterable[Resource]) -> bool:
        found = list(ports)
        return not found or any(
            each.get("protocol", "TCP") == self.protocol and self._number(each.get("port")) for each in found
        )

    def _number(self, port: int | str | None) -> bool:
        if isinstance(port, str):
            return isinstance(self.target, Pod) and self.target.ports.get(port) == self.port
        return port is None or port == self.port


def _allowed(
    policies: Iterable[Resource], pod: Pod, direction: str, peers: str, other: End, door: _Door
) -> bool:
    mine = [
        policy["spec"]
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and direction in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], pod.labels)
    ]
    return not mine or any(
        door.is_one_of(rule.get("ports", ())) and _names(rule.get(peers), other, pod.namespace)
        for spec in mine
        for rule in spec.get(direction.lower(), ())
    )


def _names(peers: list[Resource] | None, other: End, namespace: str) -> bool:
    """Whether a rule is about somebody; one that names nobody is about everybody."""
    return not peers or any(_is(peer, other, namespace) for peer in peers)


def _is(peer: Resource, other: End, namespace: str) -> bool:
    if isinstance(other, Outside):
        return "ipBlock" in peer and _covers(peer["ipBlock"]["cidr"], other.range)
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        there = selects(peer["namespaceSelector"], {NAMESPACE_NAME: other.namespace})
    else:
        there = other.namespace == namespace
    return there and selects(peer.get("podSelector", {}), other.labels)


def _covers(block: str, wanted: str) -> bool:
    outer, inner = ip_network(block, strict=False), ip_network(wanted, strict=False)
    return (
        outer.version == inner.version
        and outer.network_address <= inner.network_address  # type: ignore[operator]  # of one version, as asked
        and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator]  # as above
    )


def selects(selector: Resource, labels: Mapping[str, str]) -> bool:
    """Whether a label selector of any object takes in what carries these labels."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        _meets(each, labels) for each in selector.get("matchExpressions", ())
    )


def _meets(expression: Resource, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[expression["operator"]]


def is_address(host: str) -> bool:
    """Whether a host is an address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
