"""The seal of an environment: what went in, what came out."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct


class PluginPin(NamedTuple):
    """A plugin that took part: name, version and digest of its code and data."""

    name: str
    version: str
    digest: str


class SourceEntry(NamedTuple):
    """A source that took part."""

    path: str
    digest: str


class ArtifactEntry(NamedTuple):
    """A file we wrote, and therefore may replace or remove."""

    path: str
    digest: str
    emitter: str
    subject: str


class MigratedEntry(NamedTuple):
    """A source that speaks an earlier schema version, and was migrated on the way."""

    path: str
    version: str


class EngineEntry(NamedTuple):
    """Something that has a say in validation beside the code of plugins."""

    name: str
    version: str


class Lock(Struct, frozen=True):
    """A function of sources, plugins and artifacts; parses back to itself."""

    environment: str
    compiler: str
    plugins: tuple[PluginPin, ...]
    sources: tuple[SourceEntry, ...]
    artifacts: tuple[ArtifactEntry, ...]
    migrated: tuple[MigratedEntry, ...] = ()
    engines: tuple[EngineEntry, ...] = ()

    @property
    def digests(self) -> Mapping[str, str]:
        """The digest of each artifact, by path."""
        return {entry.path: entry.digest for entry in self.artifacts}
