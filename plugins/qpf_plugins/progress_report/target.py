"""Where a webhook is, and what authorises us there: checked at once, and never shown in full."""

from base64 import b64encode
from typing import Self
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace


class Target(Struct, frozen=True):
    """A webhook.

    Attributes:
        url: Where to post; user and password are taken out.
        place: Host and port.
        shown: What people are told: scheme, host and port. A path or a query may be a secret, too.
        authorization: The header of that name; none if empty.
    """

    url: str
    place: str
    shown: str
    authorization: str = ""

    def __repr__(self) -> str:
        return f"Target({self.shown!r})"

    def bearing(self, token: str) -> Self:
        """The same with a token, in place of the user and the password that the URL may hold."""
        return replace(self, authorization=f"Bearer {token}")


def target_of(url: str) -> Target:
    """Read a URL.

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
    return Target(
        url=parts._replace(netloc=place, fragment="").geturl(),
        place=place,
        shown=f"{parts.scheme}://{place}",
        authorization=_basic(parts.username, parts.password),
    )


def _basic(user: str | None, password: str | None) -> str:
    if not user and not password:
        return ""
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
