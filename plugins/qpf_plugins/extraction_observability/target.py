"""Where traces and figures go, and how: checked at once, never shown with what is secret in it."""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from qpf.api import did_you_mean

LONGEST_DEADLINE = 60.0


class Target(Struct, frozen=True):
    """A collector.

    Attributes:
        base: Its URL; `/v1/traces` and `/v1/metrics` are below it. Free of user and password.
        place: Host and port.
        shown: What people are told: scheme, host and port.
        authorization: The header of that name; none if empty.
    """

    base: str
    place: str
    shown: str
    authorization: str = ""

    def __repr__(self) -> str:
        return f"Target({self.shown!r})"


class Settings(Struct, frozen=True):
    """How a sink follows.

    Attributes:
        sampling_rate: The share of runs that are traced, 0 to 1.
        deadline_seconds: How long the end of a compile waits for what is left to be delivered.
    """

    sampling_rate: float = 1.0
    deadline_seconds: float = 3.0


def collector_of(url: str) -> Target:
    """Read the URL of a collector.

    Raises:
        ValueError: If it is none; the text repeats nothing of the URL.
    """
    try:
        parts = urlsplit(url.removeprefix("otlp+"))
        known = bool(parts.hostname and url.isascii() and url.isprintable()) and parts.port != 0
    except ValueError:
        known = False
    if not known or " " in url or parts.query or parts.fragment:
        message = (
            "the URL of a collector is otlp+http:// or otlp+https://, a host, and perhaps a port and a path"
        )
        raise ValueError(message) from None
    place = parts.netloc.rpartition("@")[2]
    return Target(
        base=parts._replace(netloc=place).geturl().rstrip("/"),
        place=place,
        shown=f"otlp+{parts.scheme}://{place}",
        authorization=_basic(parts.username, parts.password),
    )


def path_of(url: str) -> str:
    """Read the URL of a file: `otlp+file:///absolute/path`, or `otlp+file:relative/path`.

    Raises:
        ValueError: If it is none.
    """
    scheme, _, _ = url.partition(":")
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or parts.query or parts.fragment or not path.strip("/") or "\0" in path:
        message = f"the URL of a file is {scheme}:///absolute/path or {scheme}:relative/path"
        raise ValueError(message)
    return path


def settings_of(given: Mapping[str, object], *, sampled: bool) -> Settings:
    """Read what is said beside a URL.

    Args:
        given: By name.
        sampled: Whether there are traces and a deadline at all.

    Raises:
        ValueError: If a setting is not known, or cannot be meant.
    """
    bounds = {"sampling_rate": 1.0, "deadline_seconds": LONGEST_DEADLINE} if sampled else {}
    chosen = {}
    for name, value in given.items():
        if name not in bounds:
            hint = did_you_mean(name, bounds)
            message = f"there is no setting {name}" + (f": {hint}" if hint else "")
            raise ValueError(message)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= bounds[name]:
            message = f"{name} is a number from 0 to {bounds[name]:.0f}"
            raise ValueError(message)
        chosen[name] = float(value)
    return Settings(**chosen)


def _basic(user: str | None, password: str | None) -> str:
    if not user and not password:
        return ""
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
