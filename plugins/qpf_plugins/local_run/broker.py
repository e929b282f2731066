"""The broker of a run: a server started for it, or one that is there; its streams declared."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from qpf_plugins.local_run.keys import Key, read_keys
from qpf_plugins.local_run.place import Place
from qpf_runtime.listing import Listing


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that is ready.

    Attributes:
        url: Where it listens.
        keys: What agents and the operator prove themselves with; empty if it asks for nothing.
    """

    url: str
    keys: Mapping[str, Key]


@asynccontextmanager
async def broker(
    place: Place, listing: Listing, bus: str, names: Sequence[str], say: Callable[[str], None]
) -> AsyncIterator[Broker]:
    yield Broker(bus, {})
