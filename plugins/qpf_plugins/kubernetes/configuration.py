"""The ConfigMap: what the agent is told when it starts, and the digest that restarts it when that changes.

It holds what matters to a running agent only: a change of replicas, resources, image or
wording must not restart every pod.
"""

import re

from qpf.api import Agent, Data, Diagnostic, EmitError, Tools, digest_of
from qpf_plugins.kubernetes.codes import CONFIG_TOO_LARGE
from qpf_plugins.kubernetes.identity import Identity, Resource
from qpf_plugins.kubernetes.options import BROKER, Options

CONFIG_FILE = "config.json"
CONFIG_FOLDER = "/etc/qpf"
DATA_FOLDER = "/var/lib/qpf"

SEED_FOLDER = "/etc/qpf-bus"
SEED_FILE = "seed"

VARIABLES = (
    "QPF_AGENT",
    "QPF_BUS",
    "QPF_BUS_SEED",
    "QPF_CONFIG",
    "QPF_DATA_DIR",
    "QPF_ENVIRONMENT",
    "QPF_HOST",
    "QPF_LOG_FORMAT",
    "QPF_LOG_LEVEL",
    "QPF_PORT",
)
"""Environment variables that come from the ConfigMap, sorted; those of the bus where there is a broker."""

LARGEST = 1024 * 1024
"""What the API server accepts as the data of one ConfigMap, in bytes."""

_INDENTATION = re.compile(r"^ +", re.MULTILINE)
_NOT_AT_RUN_TIME = frozenset({"cursorinstructions", "metadata", "system"})
_OF_THE_PLATFORM = frozenset({"deployment_updates", "image", "replicas", "resources", "secrets"})


def config_of(agent: Agent) -> dict[str, Data]:
    """The canonical configuration of a running agent: sections of other plugins included."""
    config: dict[str, Data] = {
        name: section for name, section in agent.values.items() if name not in _NOT_AT_RUN_TIME
    }
    deployment = agent.values["deployment"]
    config["deployment"] = {name: value for name, value in deployment.items() if name not in _OF_THE_PLATFORM}
    config["agent"] = agent.name
    config["environment"] = agent.environment
    return config


def bus_variables(agent: Agent, options: Options) -> dict[str, str]:
    """Where an agent finds the broker, and the seed it proves itself with; nothing if it needs no broker."""
    service = options.services.get(BROKER)
    if service is None or not uses_broker(agent):
        return {}
    found = {"QPF_BUS": f"nats://{service.address(BROKER)}"}
    if options.bus_identities:
        found["QPF_BUS_SEED"] = f"{SEED_FOLDER}/{SEED_FILE}"
    return found


def uses_broker(agent: Agent) -> bool:
    """Whether an agent's packets travel by a broker."""
    return BROKER in agent.values["integration"]["services"]


def config_map(tools: Tools, agent: Agent, identity: Identity, options: Options) -> Resource:
    """The ConfigMap of an agent.

    Raises:
        EmitError: If it does not fit.
    """
    deployment = agent.values["deployment"]
    data = {
        "QPF_AGENT": agent.name,
        **bus_variables(agent, options),
        "QPF_CONFIG": f"{CONFIG_FOLDER}/{CONFIG_FILE}",
        "QPF_DATA_DIR": DATA_FOLDER,
        "QPF_ENVIRONMENT": agent.environment,
        "QPF_HOST": "0.0.0.0",  # noqa: S104  # a pod is reached from outside itself; NetworkPolicy says by whom
        "QPF_LOG_FORMAT": "json",
        "QPF_LOG_LEVEL": deployment["log_level"],
        "QPF_PORT": str(deployment["port"]),
        CONFIG_FILE: _line_by_line(tools.json(config_of(agent)).decode()),
    }
    size = sum(len(key) + len(value.encode()) for key, value in data.items())
    if size > LARGEST:
        raise EmitError(
            Diagnostic(
                CONFIG_TOO_LARGE,
                f"the configuration of {agent.name} takes {size:,} bytes; a ConfigMap holds {LARGEST:,}",
                agent.span(),
                hint="move long texts into the agent's image, or split the agent",
                subject=agent.name,
                environment=agent.environment,
            )
        )
    return {"apiVersion": "v1", "data": data, "kind": "ConfigMap", "metadata": identity.metadata()}


def _line_by_line(text: str) -> str:
    """JSON with a line a value and no indentation.

    That is what a block of YAML can hold without doubt about white space, so that reviewers
    see a changed value as a changed line. In JSON, white space that begins a line means nothing.
    """
    return _INDENTATION.sub("", text)


def content_digest(configuration: Resource) -> str:
    """The digest of what a ConfigMap says, whatever its labels."""
    return digest_of(configuration["data"])
