"""The three questions the kubelet asks of a running agent.

Liveness asks only the agent itself: the endpoint must not look at what the agent depends on,
or one outage restarts the whole fleet.
"""

from collections.abc import Mapping

from qpf.api import Data
from qpf_plugins.kubernetes.identity import Resource

HTTP = "http"
"""The name of an agent's one port."""

STARTUP_PERIOD = 5
LIVENESS_FAILURES = 3
READINESS_FAILURES = 2


def probes(health: Mapping[str, Data], startup_seconds: int) -> Resource:
    """The probes of a container, from `deployment.health_monitoring`."""
    interval = health["interval_seconds"]
    return {
        "livenessProbe": _probe(health["liveness_probe"], interval, LIVENESS_FAILURES),
        "readinessProbe": _probe(health["readiness_probe"], interval, READINESS_FAILURES),
        "startupProbe": _probe(
            health["startup_probe"], STARTUP_PERIOD, -(-startup_seconds // STARTUP_PERIOD)
        ),
    }


def _probe(probe: Mapping[str, Data], period: int, failures: int) -> Resource:
    return {
        "failureThreshold": failures,
        "httpGet": {"path": probe["endpoint"], "port": HTTP, "scheme": "HTTP"},
        "periodSeconds": period,
        # The kubelet counts whole seconds, one at least: round up, never to a stricter time.
        "timeoutSeconds": -(-probe["timeout_ms"] // 1000),
    }
