"""What an agent's process runs on, as its surroundings say; what needs an extra is imported here and late."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Bus
from qpf_runtime.bus.topology import Topology
from qpf_runtime.config import AgentConfig
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.stores import LocalStores, Stores
from qpf_runtime.surroundings import IN_PROCESS, Surroundings
from qpf_runtime.tracing import PlainTracer, Tracer


def bus_of(config: AgentConfig, surroundings: Surroundings, on_refused: Callable[[str, str], None]) -> Bus:
    """Choose the bus; it is not opened yet.

    Args:
        config: The agent's.
        surroundings: What its process is told.
        on_refused: Told agent and code of every message that was no packet.

    Raises:
        ConfigurationError: If it needs what is not installed.
    """
    if surroundings.bus == IN_PROCESS:
        return InProcessBus()
    with _needing("nats", "QPF_BUS"):
        from qpf_runtime.bus.nats import NatsBus  # noqa: PLC0415 -- an extra, for those who have a broker
    topology = Topology(config.fleet, config.environment)
    return NatsBus(surroundings.bus, topology, config.name, surroundings.bus_seed, on_refused)


def stores_of(surroundings: Surroundings) -> Stores:
    """Choose the stores; none is opened yet."""
    folder = Path(surroundings.data_dir)
    return LocalStores(folder, surroundings.stores, surroundings.urls, surroundings.embedder)


def tracer_of(config: AgentConfig, surroundings: Surroundings) -> Tracer:
    """Choose who records what happens.

    Raises:
        ConfigurationError: If that needs what is not installed.
    """
    if not surroundings.traced:
        return PlainTracer()
    with _needing("otel", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        from qpf_runtime.otel import otel_tracer  # noqa: PLC0415 -- an extra, where spans go somewhere
    attributes = {
        "service.namespace": config.fleet,
        "service.version": config.schema_version,
        "deployment.environment.name": config.environment,
    }
    system = IN_PROCESS if surroundings.bus == IN_PROCESS else "nats"
    return otel_tracer(surroundings.service, attributes, system)


@contextmanager
def _needing(extra: str, variable: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        msg = f"{variable} needs what is not installed ({error.name}): pip install 'qpf-runtime[{extra}]'"
        raise ConfigurationError(msg) from None
