"""The compiled reference fleet, one process an agent, on a real broker; and what its databases say."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    *("qpf.yaml", "glue.yaml", "base", "sub", "agents", "templates", "logic"),
    *("environments/dev", "environments/staging/environment.yaml", "environments/production/environment.yaml"),
)
IMPATIENT = """
    communicationstack:
      delivery: {ack_wait_seconds: 2.5, backoff_seconds: [0.2, 0.5, 1, 2, 5], max_deliver: 20}
    deployment:
      timeout_ms: 2000
      decisionlatencymaxms: 500
"""
"""A packet of a killed process is handed out again soon, and however often that happens: tests are short."""
AGENTS = ("governance_auditor", "main_agent", "plastos_adapter", "tensor_trainer", "tensoraios")

PATIENCE = 120.0
"""Seconds an agent may take to come up."""


def compiled(folder: Path) -> Path:
    """Compile the reference fleet for impatient tests; returns its environment."""
    for name in SOURCES:
        source = ROOT / name
        target = folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    environment = folder / "environments" / "dev"
    told = (environment / "environment.yaml").read_text()
    at = "\n    deployment:\n"
    assert at in told
    changed = told.replace(at, IMPATIENT, 1)
    (environment / "environment.yaml").write_text(changed)
    qpf = Path(sys.executable).parent / "qpf"
    done = subprocess.run(
        [qpf, "-C", folder, "compile", "--env", "dev"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return environment


class Fleet:
    """Five agents that are started, killed and started again.

    Attributes:
        data: Folder of their databases.
        kills: How often an agent was killed.
    """

    def __init__(
        self, environment: Path, broker: str, data: Path, variables: Mapping[str, str] | None = None
    ) -> None:
        self.environment = environment
        self.data = data
        self.kills = 0
        self._broker = broker
        self._variables = dict(variables or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.data.mkdir(parents=True, exist_ok=True)
        for name in AGENTS:
            self.start(name)
        for name in AGENTS:
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
        variables = {
            **os.environ,
            "PYTHONPATH": f"{source}{os.pathsep}{self.environment.parent.parent / 'logic'}",
            "QPF_BUS": self._broker,
            "QPF_DATA_DIR": str(self.data),
            "QPF_PORT": "0",
            "QPF_TOKEN": "token",
            "QPF_ADDRESS_FILE": str(address),
            "QPF_LOG_LEVEL": "WARNING",
            **self._variables,
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

    def terminate(self, name: str) -> int:
        """Tell an agent to stop; returns its exit status."""
        process = self._processes[name]
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE)

    def log(self, name: str) -> str:
        """What an agent wrote."""
        return (self.data / f"{name}.log").read_text(errors="replace")

    def kill_some(self, chance: random.Random, until: Callable[[], bool], most: int, pause: float) -> None:
        """Kill agents at random, one after another, until something is true."""
        while self.kills < most and not until():
            name = chance.choice(AGENTS)
            self.ready(name)
            time.sleep(chance.uniform(0, pause))
            self.kill(name)


class Books:
    """What the agents' databases say, read while the agents run."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def query(self, agent: str, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask one database."""
        path = self._data / f"{agent}.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            return list(connection.execute(sql, values))
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            connection.close()

    def handled(self, agent: str, port: str) -> list[str]:
        """Ids of the packets an agent handled by a port."""
        return [str(row[0]) for row in self.query(agent, "SELECT packet_id FROM inbox WHERE port = ?", port)]

    def unsent(self) -> int:
        """How many packets wait in outboxes."""
        return sum(len(self.query(agent, "SELECT 1 FROM outbox")) for agent in AGENTS)

    def effects(self, sent: set[str]) -> dict[str, Counter[str]]:
        """Count, by packet that was sent, each effect it had on its way through the fleet."""
        decided = self.query("main_agent", "SELECT packet_id FROM audit WHERE event = 'decision'")
        remembered = self.query(
            "main_agent",
            "SELECT json_extract(content, '$.packet_id') FROM episodes WHERE kind = 'decision'",
        )
        learned = self.query("tensor_trainer", "SELECT causation_id FROM inbox WHERE port = 'match_outcome'")
        reviewed = self.query("governance_auditor", "SELECT causation_id FROM inbox WHERE port = 'decision'")
        found = {"decided": decided, "remembered": remembered, "learned": learned, "reviewed": reviewed}
        return {
            name: Counter(str(row[0]) for row in rows if str(row[0]) in sent) for name, rows in found.items()
        }
