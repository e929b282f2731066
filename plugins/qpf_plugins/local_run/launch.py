"""How the process of one agent is started: its command, its variables, its files."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem
from qpf_plugins.local_run.supervised import Program
from qpf_runtime.listing import LISTING, Listing

OURS = ("QPF_HOST", "QPF_PORT", "QPF_ADDRESS_FILE", "QPF_TOKEN", "QPF_DATA_DIR", "QPF_BUS", "QPF_BUS_SEED")
"""Variables that `qpf run` decides, whatever the person's shell says of them."""


class Launch(Struct, frozen=True):
    """What all agents of a run have in common.

    Attributes:
        place: The environment.
        listing: What it holds.
        bus: Address of the broker.
        variables: The person's own: addresses of stores, keys of models.
        local: Whether everything stays on this machine, whatever the schema says.
    """

    place: Place
    listing: Listing
    bus: str
    variables: Mapping[str, str]
    local: bool

    def program(self, name: str, token: str, seed: Path | None) -> Program:
        """Say how an agent is started.

        Raises:
            Problem: If the listing points out of the environment.
        """
        place, listed = self.place, self.listing.agents[name]
        source = (place.folder / listed.src).resolve()
        if not source.is_relative_to(place.folder.resolve()):
            message = f"{LISTING}: src of {name} leads out of the environment"
            raise Problem(message, f"qpf compile --env {place.environment}")
        address = place.kept / "run" / f"{place.environment}.{name}.address"
        variables = {key: value for key, value in self.variables.items() if not _ours(key)}
        variables |= {
            "QPF_HOST": "127.0.0.1",
            "QPF_PORT": "0",
            "QPF_ADDRESS_FILE": str(address),
            "QPF_TOKEN": token,
            "QPF_DATA_DIR": str(place.kept / "data" / place.environment),
            "QPF_BUS": self.bus,
            "QPF_LOG_FORMAT": self.variables.get("QPF_LOG_FORMAT", "text"),
            "PYTHONPATH": _paths(source, place.root / "logic", self.variables.get("PYTHONPATH")),
            # Sources are a product: nothing is written beside them.
            "PYTHONPYCACHEPREFIX": str(place.kept / "cache"),
            "PYTHONUNBUFFERED": "1",
        }
        if seed is not None:
            variables["QPF_BUS_SEED"] = str(seed)
        if self.local:
            variables |= {"QPF_STORES": "local", "QPF_MODELS": "offline"}
        # -P: where it is started is no place to import from.
        command = (sys.executable, "-P", "-m", listed.package)
        return Program(command, variables, place.root, address)


def _ours(variable: str) -> bool:
    return variable in OURS or variable.removesuffix("_FILE") in OURS


def _paths(*folders: Path | str | None) -> str:
    return os.pathsep.join(str(folder) for folder in folders if folder)
