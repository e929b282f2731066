"""The stores that tests of memory run on: files and this process, or real servers."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from qpf_runtime.config import (
    ArchiveConfig,
    CausalMemoryConfig,
    EpisodicMemoryConfig,
    MemoryConfig,
    SemanticMemoryConfig,
    WorkingMemoryConfig,
)
from qpf_runtime.needs import StoreUrls
from qpf_runtime.stores import LocalStores, Opened
from tests.runtime.world import FakeClock, config


class SetClock(FakeClock):
    """A clock that somebody sets, while time goes on as it does."""

    def set_by(self, by: timedelta) -> None:
        self._now += by


@dataclass
class Place:
    """Where the stores of agents are: each name of an agent finds the same again."""

    folder: Path
    urls: StoreUrls = field(default_factory=StoreUrls)
    kinds: dict[str, str] = field(default_factory=dict)
    clock: SetClock = field(default_factory=SetClock)
    stores: list[LocalStores] = field(default_factory=list)

    def open(self, agent: str = "solo", **changes: Any) -> Opened:
        """Open the stores of an agent, as one more process would."""
        stores = LocalStores(self.folder, urls=self.urls)
        self.stores.append(stores)
        return stores.open(config(agent, memory=memory(self.kinds, **changes)), self.clock)

    async def close(self) -> None:
        for stores in self.stores:
            await stores.close()


def memory(kinds: dict[str, str], **changes: Any) -> MemoryConfig:
    """Configure the layers: their kinds, and `LAYER__FIELD` for the rest."""
    settings: dict[str, dict[str, Any]] = {layer: {"storagetype": kind} for layer, kind in kinds.items()}
    settings.setdefault("workingmemory", {})["keyspace"] = "test:solo:*"
    for name, value in changes.items():
        layer, _, field_name = name.partition("__")
        settings.setdefault(layer, {})[field_name] = value
    types = {
        "workingmemory": WorkingMemoryConfig,
        "episodicmemory": EpisodicMemoryConfig,
        "semanticmemory": SemanticMemoryConfig,
        "causalmemory": CausalMemoryConfig,
        "archive": ArchiveConfig,
    }
    return MemoryConfig(**{layer: types[layer](**values) for layer, values in settings.items()})
