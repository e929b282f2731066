"""How an agent is installed and shipped: its project file and its image."""

from qpf.api import Agent, Environment
from qpf_plugins.python_agent.anatomy import Anatomy
from qpf_plugins.python_agent.naming import distribution
from qpf_plugins.python_agent.prose import sentence, toml_string

RUNTIME = "0.1"
"""The compatible release of `qpf-runtime` that emitted code is written for."""

PYTHON = "3.11.14"
"""The Python of the image; a patch release, so that an image does not change by itself."""

USER = 10001
"""Numeric user and group of the image: a cluster can see that it is not root."""

_LOGIC = "../../../../logic"
"""The fleet's hand-written modules, as seen from `environments/ENV/agents/AGENT`."""

BUS_TARGETS = frozenset({"compose", "messaging"})
"""Targets of an environment whose agents can be run on NATS."""

_OFFLINE = "offline"
_BY_MEMORY = {
    ("workingmemory", "redis"): "redis",
    ("workingmemory", "redis_cluster"): "redis",
    ("episodicmemory", "postgresql"): "postgres",
    ("semanticmemory", "pgvector"): "postgres",
    ("causalmemory", "neo4j"): "neo4j",
    ("archive", "s3"): "s3",
}
_BY_SERVICE = {"nats": "nats", "opentelemetry": "otel", "otlp": "otel"}
_MODELS = "pydantic-ai-slim"
_MODELS_VERSION = ">=2.60,<3"
_OWN_PACKAGE = (
    "anthropic",
    "bedrock",
    "cerebras",
    "cohere",
    "google",
    "groq",
    "huggingface",
    "mistral",
    "xai",
)
_LIKE_OPENAI = ("azure", "deepseek", "ollama", "openai", "openai-chat", "openai-responses")
_PROVIDERS = {
    **{name: name for name in _OWN_PACKAGE},
    **dict.fromkeys(_LIKE_OPENAI, "openai"),
    "google-cloud": "google",
    "openrouter": "openrouter",
}
"""The extra that brings a provider's client, by the provider. Others are the business of who names them."""


def extras(agent: Agent, environment: Environment) -> tuple[str, ...]:
    """The parts of the runtime that an agent's schema asks for beyond the least one."""
    values = agent.values
    memory, services = values["memorytopology"], values["integration"]["services"]
    wanted = {extra for (name, kind), extra in _BY_MEMORY.items() if memory[name]["storagetype"] == kind}
    wanted |= {_BY_SERVICE[name] for name in services if name in _BY_SERVICE}
    if not BUS_TARGETS.isdisjoint(environment.settings.targets):
        wanted.add("nats")
    if _provider(agent):
        wanted.add("llm")
    if values["deployment"]["apimode"] == "public":
        # Strangers find an agent by its card.
        wanted.add("a2a")
    return tuple(sorted(wanted))


def dependencies(anatomy: Anatomy) -> dict[str, str]:
    """What an emitted package needs, with its version."""
    wanted = ",".join(extras(anatomy.agent, anatomy.environment))
    found = {f"qpf-runtime[{wanted}]" if wanted else "qpf-runtime": f"~={RUNTIME}"}
    provider = _provider(anatomy.agent)
    if provider in _PROVIDERS:
        found[f"{_MODELS}[{_PROVIDERS[provider]}]"] = _MODELS_VERSION
    return found


def _provider(agent: Agent) -> str:
    """Who runs the agent's model; empty for none, and for the one that needs nobody."""
    provider, _, _ = (agent.values["reasoningengine"]["primary_model"] or _OFFLINE).partition(":")
    return "" if provider == _OFFLINE else provider


def project_values(anatomy: Anatomy) -> dict[str, str]:
    """What the template of `pyproject.toml` is given."""
    places = ["src", _LOGIC] if anatomy.own_logic else ["src"]
    return {
        "distribution": distribution(anatomy.name),
        "version": anatomy.agent.values["system"]["version"],
        "description": toml_string(sentence(anatomy.agent.role) or f"The agent {anatomy.name}."),
        "dependencies": "".join(
            [f'  "{name}{version}",\n' for name, version in dependencies(anatomy).items()]
        ),
        "places": ", ".join(map(toml_string, places)),
        "mypy_path": toml_string(":".join(places)),
    }


def docker_values(anatomy: Anatomy) -> dict[str, object]:
    """What the template of `Dockerfile` is given."""
    deployment = anatomy.agent.values["deployment"]
    return {
        "environment": anatomy.environment.name,
        "python": PYTHON,
        "user": USER,
        "port": deployment["port"],
        "liveness": deployment["health_monitoring"]["liveness_probe"]["endpoint"],
        "interval": deployment["health_monitoring"]["interval_seconds"],
        "logic": anatomy.own_logic,
    }
