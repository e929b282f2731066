"""Addresses that people write: whose they are by their scheme, and what of them must not be repeated."""

import re
from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from qpf.host.plugin import Registered
from qpf.model.address import scheme_of
from qpf.model.cache import Cache
from qpf.model.event import Notifier

T = TypeVar("T", Cache, Notifier)

_LONGEST = 400
_SHORT = 4


def opener_for(entries: Iterable[Registered[T]], url: str) -> Registered[T] | None:
    """Who opens an address of this scheme; None if no plugin does."""
    scheme = scheme_of(url)
    return next((entry for entry in entries if entry.value.scheme == scheme), None)


def masked(text: str, url: str) -> str:
    """A text on one line, without the address, what stands before its `@`, and what stands behind its `?`.

    A line is no longer than a person reads: what others answer may be.
    An address of nothing but a scheme and a place may be repeated: it is what people are told it is called.
    """
    text = " ".join(text.split())
    for secret in sorted(_secrets(url), key=len, reverse=True):
        # A letter or a number, as in `?v=1`, stands in many words that have nothing to do with it.
        alone = r"(?<!\w){}(?!\w)" if len(secret) < _SHORT else "{}"
        text = re.sub(alone.format(re.escape(secret)), "***", text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _secrets(url: str) -> set[str]:
    found = {url}
    try:
        parts = urlsplit(url)
        if not ("@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment):
            return set()
        found |= {parts.username or "", parts.password or ""}
        found |= {value for _, value in parse_qsl(parts.query)}
    except ValueError:
        pass
    return {each for secret in found for each in (secret, unquote(secret)) if each}
