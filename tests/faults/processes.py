"""The compiled reference fleet, one process an agent, on a real broker; and what its databases say."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("qpf.yaml", "glue.yaml", "base", "sub", "agents", "templates", "logic")
ENVIRONMENTS = ("dev", "staging", "production")
IMPATIENT: dict[str, dict[str, Any]] = {
    "communicationstack": {
        "delivery": {"ack_wait_seconds": 2.5, "backoff_seconds": [0.2, 0.5, 1, 2, 5], "max_deliver": 20}
    },
    "deployment": {"timeout_ms": 2000, "decisionlatencymaxms": 500},
}
"""A packet of a killed process is handed out again soon, and however often that happens: tests are short."""
AGENTS = ("governance_auditor", "main_agent", "plastos_adapter", "tensor_trainer", "tensoraios")
TOKEN = "token"  # noqa: S105 -- made up

PATIENCE = 120.0
"""Seconds an agent may take to come up."""


def compiled(folder: Path, name: str = "dev", **delivery: object) -> Path:
    """Compile the reference fleet for impatient tests; returns its environment.

    Args:
        folder: Where to.
        name: Which environment.
        delivery: What its agents' delivery says beyond that.
    """
    for source in map(ROOT.joinpath, SOURCES):
        target = folder / source.name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for each in ENVIRONMENTS:
        told = yaml.safe_load((ROOT / "environments" / each / "environment.yaml").read_text())
        everyone = told["overrides"].setdefault("all", {})
        merge(everyone, IMPATIENT)
        merge(everyone, {"communicationstack": {"delivery": delivery}})
        for agent in told["overrides"].get("agents", {}).values():
            for limit in IMPATIENT["deployment"]:
                agent.get("deployment", {}).pop(limit, None)
        target = folder / "environments" / each / "environment.yaml"
        target.parent.mkdir(parents=True)
        target.write_text(yaml.safe_dump(told))
    qpf = Path(sys.executable).parent / "qpf"
    done = subprocess.run(
        [qpf, "-C", folder, "compile", "--env", name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "environments" / name


def merge(into: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Change part of a document."""
    for name, value in changes.items():
        if isinstance(value, Mapping):
            merge(into.setdefault(name, {}), value)
        else:
            into[name] = value


class Fleet:
    """Agents that are started, killed and started again.

    Attributes:
        data: Folder of their databases.
        names: Those that are started.
        kills: How often an agent was killed.
        path: Where their code is looked for before all else; tests put other code there.
    """

    def __init__(
        self,
        environment: Path,
        broker: str,
        data: Path,
        variables: Callable[[str], Mapping[str, str]] = lambda _name: {},
        names: Sequence[str] = AGENTS,
    ) -> None:
        self.environment = environment
        self.data = data
        self.names = tuple(names)
        self.kills = 0
        self.path: list[Path] = []
        self._broker = broker
        self._variables = variables
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.data.mkdir(parents=True, exist_ok=True)
        for name in self.names:
            self.start(name)
        for name in self.names:
            self.ready(name)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()

    def start(self, name: str) -> None:
        """Start an agent's process."""
        address = self.address_file(name)
        address.unlink(missing_ok=True)
        source = self.environment / "agents" / name / "src"
        logic = self.environment.parent.parent / "logic"
        path = filter(None, (*self.path, source, logic, os.environ.get("PYTHONPATH")))
        variables = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "QPF_BUS": self._broker,
            "QPF_DATA_DIR": str(self.data),
            "QPF_PORT": "0",
            "QPF_TOKEN": TOKEN,
            "QPF_ADDRESS_FILE": str(address),
            "QPF_LOG_LEVEL": "WARNING",
            **self._variables(name),
        }
        with (self.data / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", name],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
            )

    def pid(self, name: str) -> int:
        """Number of an agent's process."""
        return self._processes[name].pid

    def address_file(self, name: str) -> Path:
        """Where an agent writes its address once it is ready."""
        return self.data / f"{name}.address"

    def ready(self, name: str) -> str:
        """Wait until an agent is ready; returns its URL."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if self.address_file(name).exists():
                told = json.loads(self.address_file(name).read_text())
                return f"http://{told['host']}:{told['port']}"
            if self._processes[name].poll() is not None:
                break
            time.sleep(0.02)
        message = f"{name} is not ready: {(self.data / f'{name}.log').read_text()[-2000:]}"
        raise AssertionError(message)

    def kill(self, name: str) -> None:
        """Kill an agent without a word, and start it again."""
        process = self._processes[name]
        assert process.poll() is None, f"{name} ended by itself: {self.log(name)[-2000:]}"
        process.kill()
        process.wait()
        self.kills += 1
        self.start(name)

    def begin(self, name: str) -> None:
        """Start an agent, and wait until it is ready or has ended."""
        self.start(name)
        limit = time.monotonic() + PATIENCE
        while not self.address_file(name).exists() and not self.ended(name):
            assert time.monotonic() < limit, f"{name} is not ready: {self.log(name)[-2000:]}"
            time.sleep(0.02)

    def terminate(self, name: str) -> int:
        """Tell an agent to stop; returns its exit status."""
        process = self._processes[name]
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE)

    def ended(self, name: str) -> bool:
        """Tell whether an agent's process is gone."""
        return self._processes[name].poll() is not None

    def http(self, name: str) -> httpx.Client:
        """Speak to an agent that is up."""
        authorization = {"authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=self.ready(name), headers=authorization, timeout=30)

    def figure(self, agent: str, name: str, **labels: str) -> float:
        """Add up one of an agent's figures, over all series that have these labels."""
        with self.http(agent) as http:
            lines = http.get("/metrics").text.splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = [line for line in lines if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.split()[-1]) for line in found if all(label in line for label in wanted))

    def log(self, name: str) -> str:
        """What an agent wrote."""
        return (self.data / f"{name}.log").read_text(errors="replace")

    def kill_some(self, chance: random.Random, most: int, pause: float) -> None:
        """Kill agents at random, one after another."""
        while self.kills < most:
            name = chance.choice(self.names)
            self.ready(name)
            time.sleep(chance.uniform(0, pause))
            self.kill(name)
