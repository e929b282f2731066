"""NKey seeds: what an agent proves its name with to a NATS server that asks for it."""

import re
from pathlib import Path

from qpf_runtime.errors import ConfigurationError

_USER_SEED = re.compile(rb"SU[A-Z2-7]{56}\s*")


def check_seed(path: Path, identity: str) -> None:
    """Make sure that a file holds the seed of a user; never says what it holds instead.

    Raises:
        ConfigurationError: If it does not.
    """
    try:
        held = path.read_bytes()
    except OSError as error:
        msg = f"the NKey seed of {identity} is to be in {path}: {error.strerror}"
        raise ConfigurationError(msg) from None
    if not _USER_SEED.fullmatch(held):
        msg = (
            f"{path} is to hold the NKey seed of {identity} (SU and 56 more letters and digits), and does not"
        )
        raise ConfigurationError(msg)
