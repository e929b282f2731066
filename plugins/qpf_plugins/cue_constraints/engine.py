"""The engine, as far as it is installed: one helper process for all agents and environments of a process.

Constraints that are the same text are the same constraints, so the helper that knows them is kept until the
process ends. A forked worker starts one of its own, with the first agent that it checks.
"""

import atexit
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuelang import Constraints, Finding, Rule

FOLDER = "base/constraints"
"""Where constraints are."""

_TURN = Lock()
"""Threads that check agents share the helper, which answers in the order that it is asked in."""


class MissingError(Exception):
    """There is no engine, or none that starts."""


def engines() -> Mapping[str, str]:
    """What decides about constraints, with versions; nothing where it is not installed."""
    try:
        from cuelang import version  # noqa: PLC0415  # an extra, needed only where there are constraints

        told = version()
    except (ImportError, FileNotFoundError):
        return {}
    return {"cue": told.engine, "cuelang-py": f"{told.package}+{told.helper[:12]}"}


def faults(texts: Mapping[str, str]) -> tuple["Finding", ...]:
    """What is wrong with constraints themselves.

    Raises:
        MissingError: If there is no engine.
    """
    return _sound(texts).findings


def rules(texts: Mapping[str, str]) -> tuple["Rule", ...]:
    """What constraints say of themselves.

    Raises:
        MissingError: If there is no engine.
    """
    return _sound(texts).rules


def vet(texts: Mapping[str, str], name: str, document: Mapping[str, Any]) -> tuple["Finding", ...]:
    """What is wrong with a document.

    Raises:
        MissingError: If there is no engine.
    """
    with _TURN:
        (verdict,) = _sound(texts).verdicts({name: document})
    return verdict.findings


def _sound(texts: Mapping[str, str]) -> "Constraints":
    """Constraints, with a helper that has started."""
    try:
        from cuelang import EngineError  # noqa: PLC0415  # as above
    except ImportError as error:
        message = "cuelang-py is not installed"
        raise MissingError(message) from error
    try:
        known = _constraints(tuple(sorted(texts.items())))
        _ = known.findings
    except EngineError as error:
        raise MissingError(str(error)) from error
    return known


@lru_cache(maxsize=2)
def _constraints(texts: tuple[tuple[str, str], ...]) -> "Constraints":
    from cuelang import Constraints  # noqa: PLC0415  # as above

    found = Constraints(dict(texts))
    atexit.register(found.close)
    return found
