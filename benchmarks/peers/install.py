"""Peers live in environments of their own below `.tools/peers`, at pinned versions."""

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.measure import ROOT

PEERS = ROOT / ".tools" / "peers"
PINS = {
    "kapitan": ("kapitan==0.36.3",),
    "rjsonnet": ("rjsonnet==0.5.6",),
    "kcl": ("kcl-lib==0.13.2",),
}


class MissingPeerError(Exception):
    """A peer cannot be had here; the message says why."""


def install(name: str) -> Path:
    """The folder of a peer's programs, `python` among them; installed if it is not there at this version.

    Raises:
        MissingPeerError: If it cannot be installed.
    """
    folder = PEERS / "-".join((name, *(pin.partition("==")[2] for pin in PINS[name])))
    binaries = folder / "bin"
    done = folder / ".installed"
    if not done.exists():
        uv = program("uv")
        run(name, uv, "venv", "--no-config", "--quiet", "--clear", "--python", "3.11", folder)
        # Our own constraints are none of a peer's.
        run(
            name, uv, "pip", "install", "--no-config", "--quiet", "--python", binaries / "python", *PINS[name]
        )
        done.touch()
    return binaries


def go_install(module: str, version: str) -> Path:
    """A program in Go, at a version; built if it is not there.

    Raises:
        MissingPeerError: If it cannot be built.
    """
    name = module.rpartition("/")[2]
    folder = PEERS / f"{name}-{version}"
    if not (folder / name).exists():
        environment = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"}
        command: list[str | Path] = [program("go"), "install", f"{module}@v{version}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        if done.returncode:
            message = f"{name} cannot be built: {' '.join(done.stderr.split())}"
            raise MissingPeerError(message)
    return folder / name


def program(name: str) -> Path:
    """A program on PATH, or put into `.tools` by make.

    Raises:
        MissingPeerError: If there is none.
    """
    path = os.pathsep.join((os.environ["PATH"], str(ROOT / ".tools"), str(ROOT / ".tools" / "bin")))
    found = shutil.which(name, path=path)
    if found is None:
        message = f"{name} is not installed"
        raise MissingPeerError(message)
    return Path(found)


def run(name: str, *command: str | Path) -> None:
    """One step of an installation."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        message = f"{name} cannot be installed: {' '.join(done.stderr.split())}"
        raise MissingPeerError(message)
