"""What every agent answers over HTTP whatever its schema says: the runtime's own addresses.

Plugins do not import the runtime, which has them from its routes; a test holds the two against each other
(`tests/runtime/test_http_addresses.py`).
"""

Address = tuple[str, str]
"""A method and a path: what requests are told apart by."""

ANSWERED: dict[Address, str] = {
    ("GET", "/.well-known/agent-card.json"): "the A2A card",
    ("POST", "/a2a"): "the A2A endpoint",
    ("GET", "/approvals"): "the list of approvals",
    ("GET", "/approvals/{identity}"): "an approval",
    ("POST", "/approvals/{identity}"): "the answer to an approval",
    ("GET", "/health"): "the usual liveness probe",
    ("GET", "/manifest"): "the manifest",
    ("GET", "/metrics"): "the scrape",
    ("GET", "/openapi.json"): "the description of its API",
    ("POST", "/packets"): "the intake of packets",
    ("GET", "/ready"): "the usual readiness probe",
    ("GET", "/startup"): "the usual startup probe",
    ("GET", "/trail/{identity:path}"): "the trail of packets",
}
"""Who answers there, in words. Probes are answered here even if the schema puts them elsewhere."""

_REST = "{identity:path}"
"""All that follows; no path of a schema has a colon."""


def takes(address: Address, other: Address) -> bool:
    """Whether all that is asked at the other address is answered at this one, if this is tried first."""
    (method, path), (asked, there) = address, other
    if method != asked:
        return False
    if path.endswith(_REST):
        return there.startswith(path.removesuffix(_REST))
    mine, theirs = path.split("/"), there.split("/")
    return len(mine) == len(theirs) and all(map(_fits, map(_pieces, mine), theirs))


def has_placeholder(address: Address) -> bool:
    """Whether a path stands for many; the runtime tries those that do not first."""
    return len(_pieces(address[1])) > 1


def _pieces(text: str) -> list[str]:
    """What is written out before, between and behind placeholders such as `{name}`."""
    pieces, rest = [""], text
    while rest:
        before, brace, after = rest.partition("{")
        name, closing, behind = after.partition("}")
        if closing and name.isidentifier():
            pieces[-1] += before
            pieces.append("")
            rest = behind
        else:
            pieces[-1] += before + brace
            rest = after
    return pieces


def _fits(pieces: list[str], text: str) -> bool:
    """Whether a part of a path is these pieces, with at least one character for each placeholder."""
    first, *others = pieces
    if not others:
        return first == text
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1]:
        found = text.find(piece, at + 1)
        if found < 0:
            return False
        at = found + len(piece)
    return text.endswith(others[-1]) and len(text) - len(others[-1]) > at
