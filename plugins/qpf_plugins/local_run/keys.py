"""The NKeys of a fleet on this machine: one an agent and one for the person who operates it."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from qpf_plugins.local_run.problem import Problem

OPERATOR = "operator"
"""No agent's name: that of the person who looks into queues and replays."""


class Key(Struct, frozen=True):
    """One identity.

    Attributes:
        seed: File of the secret half.
        public: The half that a server knows it by.
    """

    seed: Path
    public: str

    def variable(self, name: str) -> tuple[str, str]:
        """Spell the variable an emitted server configuration knows it by."""
        return f"QPF_NKEY_{name.upper()}", self.public


def read_keys(folder: Path, names: Iterable[str]) -> Mapping[str, Key]:
    """Give the keys of a folder, `NAME.nk` each; those that are missing are made, for this user's eyes only.

    Raises:
        Problem: If a file holds no seed.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {name: _read(folder / f"{name}.nk") for name in names}


def seed_of(keys: Mapping[str, Key], name: str) -> Path | None:
    """Give the file of somebody's seed, if anybody is asked for one."""
    return keys[name].seed if name in keys else None


def _read(path: Path) -> Key:
    import nkeys  # noqa: PLC0415 -- of the extra that NATS needs

    try:
        seed = path.read_bytes().strip()
    except FileNotFoundError:
        seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
        _write(path, seed)
    try:
        return Key(path, nkeys.from_seed(seed).public_key.decode())
    except (nkeys.NkeysError, ValueError):
        message = f"{path} holds no NKey seed"
        raise Problem(message, "remove it: a fresh one is made") from None


def _write(path: Path, seed: bytes) -> None:
    fresh = path.with_suffix(".tmp")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(seed + b"\n")
    fresh.replace(path)
