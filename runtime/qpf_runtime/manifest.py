"""What runs here, exactly: versions and digests of code, schema and configuration.

Made once, when the process starts: it says what was loaded, whatever becomes of the files. Two processes of
the same build and configuration say the same, so that whoever looks for drift compares two texts.
"""

import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic_core import to_jsonable_python

import qpf_runtime
from qpf_runtime.agent import Agent
from qpf_runtime.config import AgentConfig
from qpf_runtime.envelope import Json, canonical, digest
from qpf_runtime.version import runtime_version

VERSION = 1
"""Of the manifest's own form."""


def manifest(agent: Agent, package: Path | None) -> dict[str, Json]:
    """Describe an agent's process.

    Args:
        agent: The agent, wired.
        package: Folder of its code; None if it was made by hand.
    """
    config = agent.config
    return {
        "version": VERSION,
        "agent": config.name,
        "fleet": config.fleet,
        "environment": config.environment,
        "role": config.role,
        "mode": config.mode,
        "schema_version": config.schema_version,
        "config": {"digest": config_digest(config)},
        "code": {
            "agent": _code(package) if package is not None else None,
            "runtime": {"version": runtime_version(), **_code(Path(qpf_runtime.__file__).parent)},
            "python": platform.python_version(),
        },
        "packets": dict(sorted(_packets(agent).items())),
        "inputs": {
            name: {
                "packet": port.packet,
                "version": port.version,
                "priority": port.priority,
                "reply": port.reply,
                "senders": list(port.senders),
            }
            for name, port in sorted(config.inputs.items())
        },
        "outputs": {
            name: {"packet": port.packet, "reply": port.reply}
            for name, port in sorted(config.outputs.items())
        },
    }


def config_digest(config: AgentConfig) -> str:
    """Digest a configuration: of its canonical JSON."""
    plain: Mapping[str, Json] = to_jsonable_python(config)
    return digest(canonical(plain))


def _packets(agent: Agent) -> dict[str, Json]:
    types = (*agent.input_types.values(), *agent.packet_types.values(), *agent.reply_types.values())
    return {kind.kind: kind.version for kind in types}


@cache
def _code(folder: Path) -> dict[str, Json]:
    files: dict[str, Json] = {
        file.relative_to(folder).as_posix(): digest(file.read_bytes())
        for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    return {"package": folder.name, "digest": digest(canonical(files)), "files": files}
