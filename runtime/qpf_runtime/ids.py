"""The one place that makes things up: ids of packets, tokens of local servers, waits that must differ."""

import random
import secrets
import uuid
from collections.abc import Callable

_chance = random.Random()  # noqa: S311 -- guards nothing

Ids = Callable[[], str]
"""Makes an id that was never made before."""


def random_id() -> str:
    """Make a random id."""
    return str(uuid.uuid4())


def hexadecimal(size: int) -> str:
    """Make an id of so many bytes, not 0, as hexadecimal digits: for what must differ and is no secret."""
    # Asking the system for it lets go of the interpreter, and the turn then waits until another thread does.
    return f"{_chance.getrandbits(8 * size) or 1:0{2 * size}x}"


def random_token() -> str:
    """Make a token that cannot be guessed."""
    return secrets.token_urlsafe(32)


def spread(longest: float) -> float:
    """Choose a wait, half of the longest at least: those who failed together must not return together.

    Args:
        longest: Seconds.
    """
    return random.uniform(longest / 2, longest)  # noqa: S311 -- guards nothing


def jitter(longest: float) -> float:
    """Choose a wait between none and the longest, each as likely: full jitter.

    Args:
        longest: Seconds.
    """
    return random.uniform(0.0, longest)  # noqa: S311 -- guards nothing
