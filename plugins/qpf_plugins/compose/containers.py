"""`compose.yaml`: the agents of an environment, their broker and their stores as containers on one machine.

One replica of each agent, whatever the schema says: more of them prove nothing on one machine. Secrets are
read from `.env` beside the file, and a missing one is refused by name.
"""

import re
from typing import Any

from qpf.api import Agent, Environment
from qpf_plugins.compose.backing import addresses, databases, services, stores_of
from qpf_plugins.compose.options import Options

Part = dict[str, Any]

DATA = "/var/lib/qpf"
STREAMS = "streams"
STOP_MARGIN_SECONDS = 10
"""Between the time an agent is given to finish its work and the time it is killed."""

_BROKER = """\
# The largest packet, with its headers.
max_payload: 1114112
jetstream {
  store_dir: /data
  # What was accepted is on disk.
  sync_interval: always
}
http_port: 8222
"""
_UNITS = {"Ki": "k", "Mi": "m", "Gi": "g", "Ti": "t"}
_MILLICORES = 1000


def composition(environment: Environment, options: Options) -> Part:
    """The document of an environment."""
    stores = dict(services(environment, options))
    agents = {name: _agent(environment, agent) for name, agent in environment.agents.items()}
    document: Part = {
        "name": f"{environment.fleet.name}-{environment.name}".lower().replace(".", "-"),
        "services": {"nats": _nats(options), **stores, STREAMS: _streams(environment), **agents},
        "configs": {"broker": {"content": _BROKER}},
        "volumes": {name: {} for name in ("nats", *stores, *agents)},
    }
    if "postgres" in stores:
        document["configs"]["databases"] = {"content": databases(environment)}
    return document


def _nats(options: Options) -> Part:
    return {
        "command": ["--config", "/etc/nats/broker.conf"],
        "configs": [{"source": "broker", "target": "/etc/nats/broker.conf"}],
        "healthcheck": {
            "interval": "2s",
            "retries": 30,
            "test": ["CMD", "wget", "-q", "-O-", "http://127.0.0.1:8222/healthz?js-enabled-only=true"],
            "timeout": "5s",
        },
        "image": options.nats,
        "ports": ["127.0.0.1::4222"],
        "restart": "unless-stopped",
        "volumes": ["nats:/data"],
    }


def _streams(environment: Environment) -> Part:
    """Declares streams and consumers once, in the image of any agent, before agents look for them."""
    name, agent = next(iter(environment.agents.items()))
    return {
        "build": _build(environment, name),
        "image": agent.values["deployment"]["image"],
        "entrypoint": ["python", "-m", "qpf_runtime.bus"],
        "command": ["/bus/bus.json", "nats://nats:4222"],
        "depends_on": {"nats": {"condition": "service_healthy"}},
        "volumes": ["./bus:/bus:ro"],
    }


def _agent(environment: Environment, agent: Agent) -> Part:
    deployment = agent.values["deployment"]
    needs = {store.name: {"condition": "service_healthy"} for store in stores_of(agent)}
    return {
        "build": _build(environment, agent.name),
        "image": deployment["image"],
        "cap_drop": ["ALL"],
        "depends_on": {
            **needs,
            "nats": {"condition": "service_healthy"},
            STREAMS: {"condition": "service_completed_successfully"},
        },
        "deploy": {"resources": {"limits": _limits(deployment["resources"]["limits"])}},
        "environment": _variables(agent),
        # A free port of this machine: `docker compose port AGENT PORT` tells which.
        "ports": [f"127.0.0.1::{deployment['port']}"],
        "read_only": True,
        "restart": "unless-stopped",
        "security_opt": ["no-new-privileges:true"],
        "stop_grace_period": f"{deployment['graceful_shutdown_timeout'] + STOP_MARGIN_SECONDS}s",
        "tmpfs": ["/tmp"],  # noqa: S108 -- the container's own
        "volumes": [f"{agent.name}:{DATA}"],
    }


def _build(environment: Environment, agent: str) -> Part:
    return {"context": "../..", "dockerfile": f"environments/{environment.name}/agents/{agent}/Dockerfile"}


def _variables(agent: Agent) -> dict[str, str]:
    deployment = agent.values["deployment"]
    found = {name: _asked_for(name) for name in deployment["secrets"]}
    found |= addresses(agent)
    found |= {
        "QPF_BUS": "nats://nats:4222",
        "QPF_DATA_DIR": DATA,
        "QPF_HOST": "0.0.0.0",  # noqa: S104 -- a container is reached from outside itself, on a loopback port
        "QPF_LOG_LEVEL": deployment["log_level"],
        "QPF_PORT": str(deployment["port"]),
    }
    if deployment["auth_required"]:
        found["QPF_TOKEN"] = _asked_for("QPF_TOKEN")
    if agent.values["memorytopology"]["archive"]["storagetype"] == "s3":
        found.setdefault("ARCHIVE_URL", _asked_for("ARCHIVE_URL"))
    return dict(sorted(found.items()))


def _asked_for(name: str) -> str:
    return f"${{{name}:?set it in .env beside this file}}"


def _limits(limits: Part) -> Part:
    memory = re.sub("[KMGT]i$", lambda unit: _UNITS[unit[0]], limits["memory"])
    cpu: str = limits["cpu"]
    if cpu.endswith("m"):
        cpu = f"{int(cpu.removesuffix('m')) / _MILLICORES:g}"
    return {"cpus": cpu, "memory": memory}
