"""Addresses that people write: which scheme they have, and what of them may be told."""

import re
from urllib.parse import urlsplit

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*\Z")


def scheme_of(url: str) -> str:
    """The scheme of an address, in small letters; empty for a text that has none."""
    scheme, parted, _ = url.partition(":")
    return scheme.lower() if parted and _SCHEME.match(scheme.lower()) else ""


def place_of(url: str) -> str:
    """What a cache or cluster is called: its address without passwords and without what is behind a `?`.

    Of one that has an `@` behind the host, nothing: there ends a password with a `/`, `?` or `#` in it.
    """
    scheme = f"{found}://" if (found := scheme_of(url)) else ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = "" if parts.port is None else f":{parts.port}"
        known = bool(host or not parts.netloc) and "@" not in f"{parts.path}{parts.query}{parts.fragment}"
    except ValueError:
        known = False
    if not known:
        return f"{scheme}***"
    return f"{scheme}{f'[{host}]' if ':' in host else host}{port}{parts.path}"
