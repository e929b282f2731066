"""`kubectl kustomize` on the manifests that we rendered: it reads and prints them, and composes nothing.

One kustomization over all agents, as we emit it: the time it takes grows with their number squared.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.measure import seconds
from benchmarks.peers.install import program

LIMIT = 120.0


def render(environment: Path) -> Callable[[], float]:
    """Print an environment's manifests.

    Raises:
        MissingPeerError: If there is no kubectl.
    """
    return partial(seconds, [program("kubectl"), "kustomize", environment], limit=LIMIT)
