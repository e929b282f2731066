"""Where gates run tools: a throw-away copy of the emitted files, and processes with an environment of ours.

The emitted tree itself is never touched: no cache, no compiled file, no coverage data lands in it.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from qpf.api import Artifact, Measurement

SHOWN = 40
"""Lines of a tool's output that a finding quotes."""


class Ran(NamedTuple):
    """What a tool said."""

    status: int
    output: str
    errors: str


def agent_of(path: str) -> str:
    """The agent a file belongs to; empty for files of the environment."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "agents" else ""  # noqa: PLR2004 agents/NAME/...


def agents_of(artifacts: Iterable[Artifact]) -> tuple[str, ...]:
    """Every agent that has files, sorted."""
    return tuple(sorted({agent_of(each.path) for each in artifacts} - {""}))


def modules_of(artifacts: Iterable[Artifact]) -> Mapping[str, tuple[Artifact, ...]]:
    """The modules of each agent's package (not its tests), by agent."""
    modules: dict[str, list[Artifact]] = {}
    for each in sorted(artifacts, key=lambda artifact: artifact.path):
        agent = agent_of(each.path)
        if agent and each.path.startswith(f"agents/{agent}/src/") and each.path.endswith(".py"):
            modules.setdefault(agent, []).append(each)
    return {agent: tuple(found) for agent, found in modules.items()}


@contextmanager
def copy_of(artifacts: Iterable[Artifact]) -> Iterator[Path]:
    """A folder that holds the artifacts, as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="qpf-gate-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "environment"
        folder.mkdir()
        for each in artifacts:
            path = folder / each.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.content)
            # Tools that keep a cache take a file of the same size and time for the same file.
            stamp = int.from_bytes(hashlib.sha256(each.content).digest()[:4]) // 2
            os.utime(path, (stamp, stamp))
        yield folder


def run(module: str, arguments: Iterable[str], folder: Path, paths: Iterable[str] = (), **more: str) -> Ran:
    """Run a module of this Python in a folder.

    Args:
        module: What `python -m` runs.
        arguments: Its arguments.
        folder: Where it runs.
        paths: Folders that Python finds modules in.
        more: Further environment variables; nothing is inherited, so that every machine measures the same.
    """
    done = subprocess.run(  # noqa: S603 our own interpreter, arguments of ours
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={
            "HOME": str(folder.parent),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": ":".join(paths),
            "TMPDIR": str(folder.parent),
            "TZ": "UTC",
            **more,
        },
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def missing(measured: str, threshold: str, *modules: str) -> list[Measurement]:
    """A failing row for each tool that is not installed: what was not measured is not fine."""
    return [
        Measurement(
            "",
            measured,
            "not measured",
            threshold,
            passed=False,
            detail=f"{module} is not installed; install the extra `qpf[test]`",
        )
        for module in modules
        if find_spec(module) is None
    ]


def words(text: str) -> str:
    """The beginning of what a tool said, without the folder it ran in."""
    lines = text.strip().splitlines()
    more = [f"... and {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])
