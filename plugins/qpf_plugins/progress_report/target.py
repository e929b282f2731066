"""Where a webhook is, and what authorises us there: checked at once, and never shown in full."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook.

    Attributes:
        url: Where to post; user and password are taken out.
        shown: What people are told: scheme, host and port. A path or a query may be a secret, too.
        authorization: The header of that name; none if empty.
    """

    url: str = field(repr=False)
    shown: str
    authorization: str = field(default="", repr=False)


def target_of(url: str, token: str = "") -> Target:
    """Read a URL. A token goes before the user and the password that the URL may hold.

    Raises:
        ValueError: If it is none that can be posted to; its text repeats nothing of the URL.
    """
    if " " in url or not url.isascii() or not url.isprintable():
        message = "the webhook's URL holds characters that have to be percent-encoded"
        raise ValueError(message)
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")  # what the standard library does with it when it connects
    except ValueError:
        sound = False
    if not sound:
        message = "a webhook's URL is http:// or https://, a host, and perhaps a port and a path"
        raise ValueError(message) from None
    place = parts.netloc.rpartition("@")[2]
    authorization = f"Bearer {token}" if token else _basic(parts.username, parts.password)
    return Target(
        url=parts._replace(netloc=place, fragment="").geturl(),
        shown=f"{parts.scheme}://{place}",
        authorization=authorization,
    )


def _basic(user: str | None, password: str | None) -> str:
    if not user and not password:
        return ""
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
