"""The official command line of CUE, of the version that the helper is built over."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.install import PEERS, MissingPeerError, program
from cuelang import version


def install_cue() -> Path:
    """The program; built if it is not there.

    Raises:
        MissingPeerError: If it cannot be built.
    """
    engine = version().engine
    folder = PEERS / f"cue-{engine}"
    if not (folder / "cue").exists():
        environment = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"}
        command: list[str | Path] = [program("go"), "install", f"cuelang.org/go/cmd/cue@v{engine}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        if done.returncode:
            message = f"cue cannot be built: {' '.join(done.stderr.split())}"
            raise MissingPeerError(message)
    return folder / "cue"


def vet(cue: Path, folder: Path, constraints: Sequence[Path], documents: Sequence[Path]) -> bool:
    """Whether `cue vet` finds nothing; it stops at the first document in which it does."""
    done = subprocess.run(
        [cue, "vet", "--concrete", "--all-errors", *constraints, *documents],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"HOME": str(folder), "CUE_REGISTRY": "none", "CUE_CACHE_DIR": str(folder / "cache")},
    )
    return done.returncode == 0
