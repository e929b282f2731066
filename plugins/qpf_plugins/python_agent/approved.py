"""What an agent's emitted files stand for in the approved state: what a reviewer approves, by topic."""

from qpf.api import Data, thaw
from qpf_plugins.python_agent.anatomy import Anatomy


def configuration_state(anatomy: Anatomy) -> dict[str, Data]:
    """Endpoints, memory backends and governance: the topics `config.py` stands for."""
    values = anatomy.agent.values
    governance, deployment = values["governance"], values["deployment"]
    health = deployment["health_monitoring"]
    state: dict[str, Data] = thaw(
        {
            "endpoints": {
                "api": {
                    name: f"{endpoint['method']} {endpoint['path']}"
                    for name, endpoint in deployment["endpoints"].items()
                },
                "probes": {
                    name: health[f"{name}_probe"]["endpoint"] for name in ("liveness", "readiness", "startup")
                },
                "port": deployment["port"],
                "exposure": deployment["apimode"],
                "authentication": deployment["auth_required"],
            },
            "memory": {name: memory["storagetype"] for name, memory in values["memorytopology"].items()},
            "governance": {
                "mode": governance["mode"],
                "humanoverride": governance["humanoverride"],
                "audittrail": governance["audittrail"],
                "anchors": governance["anchors"],
                "thresholds": governance["thresholds"],
                "escalation": governance["escalationpolicy"],
                "governed": governance["governed"],
                "triggers": {trigger["name"]: trigger for trigger in governance["escalationtriggers"]},
            },
        }
    )
    return state


def dependency_state(dependencies: dict[str, str]) -> dict[str, Data]:
    """Dependency versions: the topic `pyproject.toml` stands for."""
    return {"dependencies": dict(dependencies)}
