"""The figures of the last run in Prometheus' text format, for the node exporter's textfile collector."""

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from qpf_plugins.extraction_observability.account import Listener
from qpf_plugins.extraction_observability.figures import Figure, figures

_UNITS = {"s": "_seconds", "By": "_bytes"}


class TextFile(Listener):
    """Replaces the file, in one step, when a run has ended."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def close(self) -> str:
        """Write; returns why that failed, or nothing."""
        account = self.closed()
        if account.begun is None:
            return ""
        registry = CollectorRegistry()
        gauges: dict[str, Gauge] = {}
        for figure, value, about in figures(account):
            name = name_of(figure)
            if name not in gauges:
                gauges[name] = Gauge(name, figure.description, tuple(about), registry=registry)
            gauge = gauges[name]
            (gauge.labels(**about) if about else gauge).set(value)
        try:
            write_to_textfile(self._path, registry)
        except OSError as error:
            return f"the figures of the run were not written: {error.strerror or type(error).__name__}"
        return ""


def name_of(figure: Figure) -> str:
    """A figure's name by Prometheus' rules: with its unit, if it has one."""
    return figure.name.replace(".", "_") + _UNITS.get(figure.unit, "")
