"""Follows compiles with OpenTelemetry and Prometheus: traces, and the figures of each run.

Loading the plugin loads neither; a sink does when it is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from qpf.api import Notifier, Sink, SinkOptions, hookimpl

EXTRA = "qpf[observe]"


def open_collector(options: SinkOptions) -> Sink:
    """Send traces and figures to a collector, by OTLP over HTTP.

    Raises:
        ValueError: If the URL or a setting cannot be meant, or the libraries are missing.
    """
    from qpf_plugins.extraction_observability.target import collector_of, settings_of  # noqa: PLC0415 -- late

    target, chosen = collector_of(options.url), settings_of(options.settings, sampled=True)
    with _libraries():
        from qpf_plugins.extraction_observability.collector import Collector  # noqa: PLC0415 -- late

        return Collector(target, chosen, options.trust)


def open_trace_file(options: SinkOptions) -> Sink:
    """Append traces to a file, a line of OTLP JSON at a time.

    Raises:
        ValueError: If the URL or a setting cannot be meant, or the libraries are missing.
    """
    from qpf_plugins.extraction_observability.target import path_of, settings_of  # noqa: PLC0415 -- late

    path, chosen = path_of(options.url), settings_of(options.settings, sampled=True)
    with _libraries():
        from qpf_plugins.extraction_observability.trace_file import TraceFile  # noqa: PLC0415 -- late

        return TraceFile(path, chosen)


def open_text_file(options: SinkOptions) -> Sink:
    """Write the figures of the last run to a file that the node exporter reads.

    Raises:
        ValueError: If the URL or a setting cannot be meant, or the library is missing.
    """
    from qpf_plugins.extraction_observability.target import path_of, settings_of  # noqa: PLC0415 -- late

    path = path_of(options.url)
    settings_of(options.settings, sampled=False)
    if not path.endswith(".prom"):
        message = "prometheus+file: the node exporter reads only files whose names end in .prom"
        raise ValueError(message)
    with _libraries():
        from qpf_plugins.extraction_observability.text_file import TextFile  # noqa: PLC0415 -- late

        return TextFile(path)


@contextmanager
def _libraries() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        message = f"{error.name or 'a library'} is not installed; install the extra `{EXTRA}`"
        raise ValueError(message) from error


@hookimpl
def qpf_notifiers() -> list[Notifier]:
    """A collector, a file of traces, a file of figures."""
    return [
        Notifier("otlp+http", open_collector),
        Notifier("otlp+https", open_collector),
        Notifier("otlp+file", open_trace_file),
        Notifier("prometheus+file", open_text_file),
    ]
