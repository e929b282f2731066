"""What a process logs: one line an event, JSON or text, bound to its trace and packet, secrets masked.

Everything goes through here, libraries too: whoever uses the standard library's `logging` is heard.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Literal, TextIO
from urllib.parse import unquote, urlsplit

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from qpf_runtime.tracing import here

Format = Literal["json", "text"]

MASK = "***"

SHORTEST = 6
"""Characters a secret must have to be masked wherever it stands: shorter ones are parts of words."""

NAMED = re.compile(
    r"password|passwd|secret|token|api_?key|authorization|credential|cookie|seed", re.IGNORECASE
)
"""Names of what must not be read."""

COUNTED = frozenset({"tokens", "max_tokens", "input_tokens", "output_tokens"})
"""Names that only look like it."""

TOLD = (
    (re.compile(r"\b((?:bearer|basic)\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+@"), rf"\1{MASK}@"),
    (re.compile(r"(\b[\w-]*(?:password|passwd|secret|token|api_?key)=)[^\s&]+", re.IGNORECASE), rf"\1{MASK}"),
)
"""Secrets as they stand in sentences and addresses."""

CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127) if code not in {9, 10}}
"""What a terminal would obey; never a log's business."""

TALKATIVE = (
    "a2a",
    "aiobotocore",
    "alembic",
    "anthropic",
    "asyncio",
    "botocore",
    "faststream",
    "fsspec",
    "groq",
    "hpack",
    "httpcore",
    "httpx",
    "nats",
    "neo4j",
    "openai",
    "opentelemetry",
    "redis",
    "s3fs",
    "sqlalchemy",
    "urllib3",
    "uvicorn",
)
"""Libraries that tell below WARNING what only their developers want to know, some of them whole prompts."""


def set_up_logs(
    level: str,
    layout: Format,
    bound: Mapping[str, str],
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send all that is logged in this process to a stream.

    Args:
        level: Least important message written.
        layout: One JSON object a line, or text for a person.
        bound: Fields of every line: agent, environment.
        secrets: What the process was told and nobody may read; masked wherever it stands.
        stream: Where to; the standard error stream, if not given.
    """
    out = stream or sys.stderr
    colours = layout == "text" and out.isatty()
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _Bound(bound),
    ]
    told = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=30)
    )
    ending: list[Processor] = (
        [told, Mask(secrets), structlog.processors.EventRenamer("message"), _json()]
        if layout == "json"
        else [
            structlog.processors.format_exc_info,
            Mask(secrets),
            _without_control,
            structlog.dev.ConsoleRenderer(
                colors=colours, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            ),
        ]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # A logger of structlog's own, should an agent's code take one, ends in the same lines.
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def secrets_of(variables: Mapping[str, str]) -> frozenset[str]:
    """Find in a process's environment variables what must not be read."""
    found = {value for name, value in variables.items() if NAMED.search(name) and not name.endswith("_FILE")}
    for value in variables.values():
        if "://" in value and "@" in value:
            try:
                password = urlsplit(value).password
            except ValueError:
                continue
            if password:
                found |= {password, unquote(password)}
    return frozenset(found)


class Mask:
    """Masks secrets in whatever is logged: by their value, by the name of their field, by their form."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret.strip() for secret in secrets}, key=len, reverse=True)
        usable = [re.escape(secret) for secret in known if len(secret) >= SHORTEST]
        self._known = re.compile("|".join(usable)) if usable else None

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Mask a line's fields."""
        return {name: self._field(name, value) for name, value in event.items()}

    def text(self, said: str) -> str:
        """Mask what is said."""
        if self._known is not None:
            said = self._known.sub(MASK, said)
        for pattern, instead in TOLD:
            said = pattern.sub(instead, said)
        return said

    def _field(self, name: object, value: object) -> object:
        if isinstance(name, str) and name.lower() not in COUNTED and NAMED.search(name):
            return MASK
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {key: self._field(key, part) for key, part in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._field(None, part) for part in value]
            case bool() | int() | float() | None:
                return value
            case _:
                return self.text(str(value))


class _Bound:
    """Adds what every line says, and what runs where it was written."""

    def __init__(self, bound: Mapping[str, str]) -> None:
        self._bound = bound

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        # The message once more, for uvicorn's own terminal.
        event.pop("color_message", None)
        for name, value in self._bound.items():
            event.setdefault(name, value)
        context = here()
        if context is not None:
            event["trace_id"] = context.trace_id
            event["span_id"] = context.span_id
            if context.packet_id:
                event["agent"] = context.agent
                event["packet_id"] = context.packet_id
                event["correlation_id"] = context.correlation_id
        return event


def _without_control(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        name: value.translate(CONTROL) if isinstance(value, str) else value for name, value in event.items()
    }


def _json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
