"""Embedders turn texts into vectors; the offline one needs no model and gives the same everywhere."""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from importlib.metadata import entry_points
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qpf_runtime.errors import ConfigurationError
from qpf_runtime.needs import OFFLINE

Vectors = NDArray[np.float32]

GROUP = "qpf_runtime.embedders"
"""Entry points of embedders: each a callable that takes the number of dimensions and gives an `Embedder`."""

_WORD = re.compile(r"\w+")


class Embedder(Protocol):
    """Turns texts into vectors."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Give one vector a text: an array of shape (texts, dimensions), 32-bit floats."""


class OfflineEmbedder:
    """Hashes words and their groups of three letters into signed buckets.

    Texts that share words or parts of words are close; what they mean it does not know.
    """

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Give one vector of length 1 a text, or of length 0 if it has no word."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for feature in _features(text):
                number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
                vector[(number >> 1) % self._dimensions] += 1.0 if number & 1 else -1.0
        return normalised(vectors)


def _features(text: str) -> list[str]:
    words = _WORD.findall(text.casefold())
    padded = (f" {word} " for word in words)
    return words + [word[at : at + 3] for word in padded for at in range(len(word) - 2)]


def normalised(vectors: Vectors) -> Vectors:
    """Give vectors of length 1 in the same directions; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0.0] = 1.0
    result: Vectors = (vectors / lengths).astype(np.float32)
    return result


def load_embedder(name: str, dimensions: int) -> Embedder:
    """Load an embedder by its name.

    Args:
        name: `offline`, or the name of an entry point of the group `GROUP`.
        dimensions: Length of the vectors the schema asks for.

    Raises:
        ConfigurationError: If no package that is installed has one of that name.
    """
    if name == OFFLINE:
        return OfflineEmbedder(dimensions)
    found = entry_points(group=GROUP, name=name)
    if not found:
        known = sorted({OFFLINE, *(point.name for point in entry_points(group=GROUP))})
        msg = f'QPF_EMBEDDER is "{name}"; installed are: {", ".join(known)}'
        raise ConfigurationError(msg)
    make: Callable[[int], Embedder] = next(iter(found)).load()
    return make(dimensions)


async def embedded(embedder: Embedder, texts: Sequence[str], dimensions: int) -> Vectors:
    """Embed texts, and check what comes; the vectors have length 1.

    Raises:
        ConfigurationError: If they are not of the dimensions the schema declares.
    """
    vectors = np.asarray(await embedder.embed(texts), dtype=np.float32)
    if vectors.shape != (len(texts), dimensions):
        shape = " x ".join(map(str, vectors.shape))
        msg = (
            f"the embedder gives {shape} numbers for {len(texts)} texts; "
            f"memorytopology.semanticmemory.dimensions is {dimensions}"
        )
        raise ConfigurationError(msg)
    if not np.isfinite(vectors).all():
        msg = "the embedder gives numbers that are not finite"
        raise ConfigurationError(msg)
    return normalised(vectors)
