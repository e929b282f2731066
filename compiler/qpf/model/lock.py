"""The seal of an environment: what went in, what came out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class PluginPin:
    """A plugin that took part: name, version and digest of its code and data."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, order=True)
class SourceEntry:
    """A source that took part."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, order=True)
class ArtifactEntry:
    """A file we wrote, and therefore may replace or remove."""

    path: str
    digest: str
    emitter: str
    subject: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A function of sources, plugins and artifacts; parses back to itself."""

    environment: str
    compiler: str
    plugins: tuple[PluginPin, ...]
    sources: tuple[SourceEntry, ...]
    artifacts: tuple[ArtifactEntry, ...]
