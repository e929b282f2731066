"""Artifacts → Lock: what went in, what came out."""

from collections.abc import Iterable, Mapping

from qpf.model.artifact import Artifact
from qpf.model.fleet import Source
from qpf.model.lock import ArtifactEntry, EngineEntry, Lock, MigratedEntry, PluginPin, SourceEntry
from qpf.model.migration import Trail
from qpf.model.output import Output


def seal(
    environment: str,
    artifacts: Iterable[Artifact],
    sources: Iterable[Source],
    plugins: Iterable[PluginPin],
    compiler: str,
    trails: Iterable[Trail] = (),
    engines: Mapping[str, str] | None = None,
) -> Lock:
    """Digest everything that took part in one environment."""
    outputs = (each.output for each in artifacts)
    return seal_outputs(environment, outputs, sources, plugins, compiler, trails, engines)


def seal_outputs(
    environment: str,
    outputs: Iterable[Output],
    sources: Iterable[Source],
    plugins: Iterable[PluginPin],
    compiler: str,
    trails: Iterable[Trail] = (),
    engines: Mapping[str, str] | None = None,
) -> Lock:
    """Note everything that took part in one environment.

    Args:
        environment: Its name.
        outputs: What came out.
        sources: What went in.
        plugins: Who worked.
        compiler: Its version.
        trails: What is known of the documents' past.
        engines: What decided beside the code of plugins, with versions.
    """
    return Lock(
        environment=environment,
        compiler=compiler,
        plugins=tuple(sorted(plugins)),
        sources=tuple(
            sorted(
                SourceEntry(each.path, each.digest) for each in sources if concerns(each.path, environment)
            )
        ),
        artifacts=tuple(
            sorted(ArtifactEntry(each.path, each.digest, each.emitter, each.subject) for each in outputs)
        ),
        migrated=tuple(
            sorted(
                MigratedEntry(each.source, each.version)
                for each in trails
                if each.version and concerns(each.source, environment)
            )
        ),
        engines=tuple(sorted(EngineEntry(*each) for each in (engines or {}).items())),
    )


def concerns(path: str, environment: str) -> bool:
    """Whether a source takes part in an environment: all do but other environments' own files."""
    folder, _, rest = path.partition("/")
    return folder != "environments" or rest.startswith(f"{environment}/")
