"""The pair of agents that the golden cases show: one asks, the other answers, both keep their ways apart."""

from qpf.api import Environment
from tests.kubernetes.fleet import agent, environment

ASKING = agent(
    "main_agent",
    base="orchestrator",
    system={"criticality": "critical"},
    integration={"connectto": ["tensoraios"], "services": ["postgresql", "archive"]},
    deployment={
        "replicas": 3,
        "image": "registry.example/l9/main-agent:6.0.0",
        "apimode": "public",
        "log_level": "WARNING",
        "secrets": {"DATABASE_URL": {"secret": "main-agent-memory", "key": "url"}},
    },
    metadata={"description": "Routes packets, asks for scores, decides.", "labels": {"team": "matching"}},
)
ANSWERING = agent(
    "tensoraios",
    memorytopology={"episodicmemory": {"storagetype": "sqlite"}},
    deployment={"image": "registry.example/l9/tensoraios:6.0.0", "port": 9090},
    metadata={"description": "Scores pairs of buyers and suppliers."},
)


def pair() -> Environment:
    """Both of them in production."""
    return environment(
        [ASKING, ANSWERING],
        [("main_agent.score_request", "tensoraios.score_request")],
        image_pull_secrets=["registry"],
        ingress_namespaces=["ingress-nginx"],
        priority_classes={"critical": "fleet-critical"},
        storage={"size": "2Gi", "persistent": True, "storage_class": "fast"},
    )
