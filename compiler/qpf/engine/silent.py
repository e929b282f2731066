"""Texts in which passes found nothing, so that they need not be read over again.

A cache of its own, in one file of the fleet: without it, or with one that cannot be read, every text is read.
"""

import json
from collections.abc import Mapping

from qpf.model.digest import ordered, sealed, unsealed

_FORMAT = 1


def write_silent(texts: Mapping[str, str], tools: str) -> bytes:
    """Digests of texts by path, and the digest of what read them, as bytes, sealed by their digest."""
    return sealed(ordered([_FORMAT, tools, texts]))


def read_silent(content: bytes, tools: str) -> Mapping[str, str]:
    """Read what `write_silent` wrote for the same tools; of anything else, nothing is known."""
    try:
        version, readers, texts = json.loads(unsealed(content))
    except (ValueError, TypeError):
        return {}
    return texts if (version, readers) == (_FORMAT, tools) and isinstance(texts, dict) else {}
