"""What a process is told by those who start it: its environment variables, read once.

- `QPF_HOST`: address to listen on (127.0.0.1; a container sets 0.0.0.0)
- `QPF_PORT`: port to listen on (the schema's); 0 takes a free one
- `QPF_TOKEN`: what callers of the HTTP interface must bring
- `QPF_APPROVERS`: who alone may answer held decisions, `{"NAME": "sha256:…"}`, digests of their own tokens
- `QPF_ADDRESS_FILE`: where the process writes where it answers, once it is ready
- `QPF_BUS`: `in_process`, or the address of a broker, `nats://HOST:PORT`
- `QPF_BUS_SEED`: file with the NKey seed the agent proves itself to the broker with
- `QPF_DATA_DIR`: folder of what is kept on this machine (`data`)
- `QPF_STORES`: `declared` refuses stores that are not here, `local` keeps everything in the folder
- `QPF_MODELS`: `declared` refuses models that are not here, `offline` lets the deterministic one reason
- `QPF_LOG_LEVEL`: least important message written (the schema's)
- `QPF_LOG_FORMAT`: `json` or `text` (text on a terminal)
- `QPF_EMBEDDER`: what makes vectors of texts for semantic memory (`offline`)
- `DATABASE_URL`, `REDIS_URL`, `NEO4J_URL`, `ARCHIVE_URL`: where stores are
- `OTEL_EXPORTER_OTLP_ENDPOINT` and its relatives: where spans go

Each `NAME` that may hold a secret can be given as `NAME_FILE`, a file that holds it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from qpf_runtime.access import NOBODY, Approvers
from qpf_runtime.config import AgentConfig
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.logs import Format, secrets_of
from qpf_runtime.needs import StoreUrls
from qpf_runtime.reasoning import Models
from qpf_runtime.stores import Choice

HIGHEST_PORT = 65535

IN_PROCESS = "in_process"

BROKER = re.compile(r"(nats|tls)://[^\s/]+(,(nats|tls)://[^\s/]+)*")

STORES = {
    "database": "DATABASE_URL",
    "redis": "REDIS_URL",
    "neo4j": "NEO4J_URL",
    "archive": "ARCHIVE_URL",
}
"""Variable of each address of `StoreUrls`."""

OTLP = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a process is told.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        data_dir: Folder of what is kept on this machine.
        stores: Which stores may be used.
        models: Which models may be used.
        log_level: Least important message written.
        log_format: How messages are written; None: as the stream asks for.
        bus: `in_process`, or the address of a broker.
        bus_seed: File with the seed of the agent's key.
        token: What callers must bring.
        approvers: Who may answer held decisions.
        address_file: Where to write where the process answers.
        urls: Where stores are.
        embedder: What makes vectors of texts.
        service: What the process is called in traces.
        traced: Whether spans go anywhere.
        secrets: What nobody may read in a log.
        variables: All of the environment: providers of models read their keys from variables of their own.
    """

    host: str
    port: int
    data_dir: str
    stores: Choice
    models: Models
    log_level: str
    log_format: Format | None = None
    bus: str = IN_PROCESS
    bus_seed: Path | None = None
    token: str | None = field(default=None, repr=False)
    approvers: Approvers = NOBODY
    address_file: Path | None = None
    urls: StoreUrls = field(default_factory=StoreUrls)
    embedder: str = "offline"
    service: str = ""
    traced: bool = False
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, variables: Mapping[str, str], config: AgentConfig) -> Self:
        """Read them; what is not set is as the schema says.

        Raises:
            ConfigurationError: Naming a variable that makes no sense.
        """
        port = variables.get("QPF_PORT", str(config.port))
        if not (port.isascii() and port.isdecimal()) or int(port[:9]) > HIGHEST_PORT:
            msg = f'QPF_PORT is "{port}", it must be a number up to {HIGHEST_PORT}'
            raise ConfigurationError(msg)
        stores: Choice = "local"
        if _choice(variables, "QPF_STORES", ("declared", "local")) == "declared":
            stores = "declared"
        models: Models = "offline"
        if _choice(variables, "QPF_MODELS", ("declared", "offline")) == "declared":
            models = "declared"
        bus = variables.get("QPF_BUS") or IN_PROCESS
        if bus != IN_PROCESS and BROKER.fullmatch(bus) is None:
            msg = "QPF_BUS must be in_process or the address of a broker, nats://HOST:PORT"
            raise ConfigurationError(msg)
        token, approvers = secret(variables, "QPF_TOKEN"), secret(variables, "QPF_APPROVERS")
        urls = store_urls(variables)
        named = {variable: getattr(urls, name) or "" for name, variable in STORES.items()}
        return cls(
            host=variables.get("QPF_HOST", "127.0.0.1"),
            port=int(port),
            data_dir=variables.get("QPF_DATA_DIR", "data"),
            stores=stores,
            models=models,
            log_level=_choice(
                variables, "QPF_LOG_LEVEL", (config.log_level, "DEBUG", "INFO", "WARNING", "ERROR")
            ),
            log_format=_format(variables),
            bus=bus,
            bus_seed=_path(variables, "QPF_BUS_SEED"),
            token=token,
            approvers=Approvers.read(approvers) if approvers else NOBODY,
            address_file=_path(variables, "QPF_ADDRESS_FILE"),
            urls=urls,
            embedder=variables.get("QPF_EMBEDDER") or "offline",
            service=variables.get("OTEL_SERVICE_NAME") or config.name,
            traced=any(variables.get(name) for name in OTLP)
            and variables.get("OTEL_SDK_DISABLED", "").lower() != "true",
            secrets=secrets_of({**variables, **named, "QPF_TOKEN": token or ""})
            - {"", variables.get("QPF_BUS_SEED", "")},
            variables=dict(variables),
        )


def store_urls(variables: Mapping[str, str]) -> StoreUrls:
    """Read where stores are.

    Raises:
        ConfigurationError: If one is given twice, or in a file that cannot be read.
    """
    return StoreUrls(**{name: secret(variables, variable) for name, variable in STORES.items()})


def secret(variables: Mapping[str, str], name: str) -> str | None:
    """Read a variable that may be given as the name of a file; None if it is not set, or empty.

    Raises:
        ConfigurationError: If it is given twice, or the file cannot be read or is empty.
    """
    value, file = variables.get(name), variables.get(f"{name}_FILE")
    if not file:
        return value or None
    if value:
        msg = f"{name} and {name}_FILE are both set: which one is meant?"
        raise ConfigurationError(msg)
    try:
        found = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        msg = f"{name}_FILE: {file} cannot be read: {reason}"
        raise ConfigurationError(msg) from None
    if not found:
        msg = f"{name}_FILE: {file} is empty"
        raise ConfigurationError(msg)
    return found


def _path(variables: Mapping[str, str], name: str) -> Path | None:
    value = variables.get(name)
    return Path(value) if value else None


def _format(variables: Mapping[str, str]) -> Format | None:
    if not variables.get("QPF_LOG_FORMAT"):
        return None
    return "json" if _choice(variables, "QPF_LOG_FORMAT", ("json", "text")) == "json" else "text"


def _choice(variables: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = variables.get(name, choices[0])
    if value not in choices:
        msg = f'{name} is "{value}", it may be {" or ".join(dict.fromkeys(choices))}'
        raise ConfigurationError(msg)
    return value
