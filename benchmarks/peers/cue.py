"""The official command line of CUE, of the version that the helper is built over."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.install import go_install
from cuelang import version


def install_cue() -> Path:
    """The program; built if it is not there.

    Raises:
        MissingPeerError: If it cannot be built.
    """
    return go_install("cuelang.org/go/cmd/cue", version().engine)


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
