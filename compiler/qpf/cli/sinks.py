"""Whom `qpf.yaml` wants to be told of compiles: a webhook, a collector, a file of traces, one of figures.

Sources are untrusted, so the files they name lie in the fleet's own folder, and not among its inputs and
outputs.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path as Folder
from typing import NamedTuple
from urllib.parse import quote, unquote

from qpf.cli.trust import of_source
from qpf.host.address import opener_for
from qpf.host.codes import UNKNOWN_SCHEME
from qpf.host.sinks import open_sink
from qpf.host.workspace import Workspace
from qpf.io.selection import FOLDERS, TOP_FILES, is_hidden
from qpf.model.address import scheme_of
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.event import Sink, SinkOptions
from qpf.model.nearest import did_you_mean
from qpf.model.node import locate
from qpf.model.path import Path

_TAKEN = frozenset({*TOP_FILES, *FOLDERS, "golden"})


class _Wish(NamedTuple):
    """An address, where `qpf.yaml` says it, what it says beside it, and how such schemes usually begin."""

    path: Path
    url: str
    settings: Mapping[str, object]
    usual: str


def sinks_of(root: Folder, workspace: Workspace, *, traces_only: bool = False) -> Outcome[tuple[Sink, ...]]:
    """Open all of them, or those of traces; one that cannot be opened is a finding, and then none is."""
    sinks: list[Sink] = []
    found: list[Diagnostic] = []
    wanted = (_traces,) if traces_only else (_progress, _traces, _figures)
    notifiers = workspace.registry.notifiers
    for wish in filter(None, (each(workspace) for each in wanted)):
        entry = opener_for(notifiers, wish.url)
        scheme = scheme_of(wish.url)
        try:
            if entry is None:
                message = f"no installed plugin reports to `{scheme}` addresses"
                if not scheme:  # Nothing of it is repeated: it may be a secret.
                    message = f"`{wish.path[-1]}` is no address, it has no scheme"
                raise ValueError(message)  # noqa: TRY301  # said as all else that is wrong with an address
            sinks.append(open_sink(entry, SinkOptions(_inside(root, wish.url), wish.settings, of_source())))
        except ValueError as error:
            fleet = workspace.documents.fleet
            span = locate(fleet.body, wish.path) if fleet is not None else None
            plugin = "qpf" if entry is None else entry.plugin
            usual = {each.value.scheme for each in notifiers if each.value.scheme.startswith(wish.usual)}
            hint = "" if scheme in usual else did_you_mean(scheme, usual)
            found.append(Diagnostic(UNKNOWN_SCHEME, str(error), span, wish.path, hint=hint, plugin=plugin))
    if found:
        for sink in sinks:
            sink.close()
        return Outcome((), Report.of(found))
    return Outcome(tuple(sinks))


def _progress(workspace: Workspace) -> _Wish | None:
    assert workspace.configuration is not None
    progress = workspace.configuration.engine.progress_tracking
    if not (progress.enabled and progress.webhook_url):
        return None
    settings = {
        "update_frequency_seconds": progress.update_frequency_seconds,
        "fleet": workspace.configuration.fleet.name,
    }
    at: Path = ("extraction_engine", "progress_tracking", "webhook_url")
    return _Wish(at, progress.webhook_url, settings, "http")


def _traces(workspace: Workspace) -> _Wish | None:
    assert workspace.configuration is not None
    observed = workspace.configuration.observability
    tracing = observed.tracing
    if not (observed.enabled and tracing.enabled and tracing.endpoint):
        return None
    at: Path = ("extraction_observability", "tracing", "endpoint")
    return _Wish(at, tracing.endpoint, {"sampling_rate": tracing.sampling_rate}, "otlp+")


def _figures(workspace: Workspace) -> _Wish | None:
    assert workspace.configuration is not None
    observed = workspace.configuration.observability
    if not (observed.enabled and observed.metrics_file):
        return None
    at: Path = ("extraction_observability", "metrics_file")
    return _Wish(at, f"prometheus+file:{quote(observed.metrics_file)}", {}, "prometheus+")


def _inside(root: Folder, url: str) -> str:
    """An address; that of a file with its whole path, which begins at the fleet's folder, made room for.

    Raises:
        ValueError: If it leads out of that folder, by itself or by a link, or to where inputs, what they
            compile to or hidden files lie.
    """
    scheme, _, path = url.partition(":")
    if not scheme.lower().endswith("+file"):
        return url
    path = unquote(path)  # as whoever opens it does
    place = (root / path.removeprefix("//")).resolve()
    if not place.is_relative_to(root.resolve()):
        message = f"`{path}` lies outside of the fleet's folder, where its sources may have nothing written"
        raise ValueError(message)
    parts = place.relative_to(root.resolve()).parts
    if not parts or parts[0] in _TAKEN or any(map(is_hidden, parts)):
        message = (
            f"`{path}` lies among inputs, what they compile to or hidden files; use a folder such as `out`"
        )
        raise ValueError(message)
    with suppress(OSError):  # Whoever writes there says what is wrong.
        place.parent.mkdir(parents=True, exist_ok=True)
    return f"{scheme}://{quote(str(place), safe='/?#')}"  # with a query it is no path
