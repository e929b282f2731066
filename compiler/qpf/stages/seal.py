"""Artifacts → Lock: what went in, what came out."""

from collections.abc import Iterable

from qpf.model.artifact import Artifact
from qpf.model.fleet import Source
from qpf.model.lock import ArtifactEntry, Lock, PluginPin, SourceEntry
from qpf.model.output import Output


def seal(
    environment: str,
    artifacts: Iterable[Artifact],
    sources: Iterable[Source],
    plugins: Iterable[PluginPin],
    compiler: str,
) -> Lock:
    """Digest everything that took part in one environment."""
    return seal_outputs(environment, (each.output for each in artifacts), sources, plugins, compiler)


def seal_outputs(
    environment: str,
    outputs: Iterable[Output],
    sources: Iterable[Source],
    plugins: Iterable[PluginPin],
    compiler: str,
) -> Lock:
    """Note everything that took part in one environment."""
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
    )


def concerns(path: str, environment: str) -> bool:
    """Whether a source takes part in an environment: all do but other environments' own files."""
    folder, _, rest = path.partition("/")
    return folder != "environments" or rest.startswith(f"{environment}/")
