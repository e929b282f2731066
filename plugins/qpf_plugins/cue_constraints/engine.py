"""The engine, as far as it is installed: one helper process for all agents and environments of a process.

Constraints that are the same text are the same constraints, so the helper that knows them is kept until
others are asked about, or the process ends. A forked worker starts one of its own, with the first agent that
it checks.

A mapping of texts is one run, from when the fleet is read until it is read anew: what the engine came to no
end with is not asked again in that run, and is in the next.
"""

import atexit
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuelang import Constraints, Finding, Rule

FOLDER = "base/constraints"
"""Where constraints are."""

_TURN = Lock()
"""Threads share the helper, which answers in the order that it is asked in: whoever has the turn may ask."""


class MissingError(Exception):
    """There is no engine, or none that starts."""


class _Held:
    """The constraints that were asked about last, with the helper that knows them."""

    def __init__(self) -> None:
        self._run: Mapping[str, str] | None = None
        self._texts: Mapping[str, str] = {}
        self._constraints: Constraints | None = None
        atexit.register(self.close)

    def of(self, texts: Mapping[str, str]) -> "Constraints":
        """Those of some texts; what the engine failed at in another run does not count."""
        from cuelang import Constraints  # noqa: PLC0415  # an extra, needed only where there are constraints

        held = self._constraints
        if held is None or texts != self._texts or (held.lost and texts is not self._run):
            self.close()
            held = Constraints(texts)
        self._run, self._texts, self._constraints = texts, dict(texts), held
        return held

    def close(self) -> None:
        """Let them go."""
        if self._constraints is not None:
            self._constraints.close()
            self._constraints = None


_HELD = _Held()


def engines() -> Mapping[str, str]:
    """What decides about constraints, with versions; nothing where it is not installed."""
    try:
        from cuelang import version  # noqa: PLC0415  # as above

        told = version()
    except (ImportError, FileNotFoundError):
        return {}
    return {"cue": told.engine, "cuelang-py": f"{told.package}+{told.helper[:12]}"}


def faults(texts: Mapping[str, str]) -> tuple["Finding", ...]:
    """What is wrong with constraints themselves.

    Raises:
        MissingError: If there is no engine.
    """
    with _TURN:
        return _sound(texts).findings


def rules(texts: Mapping[str, str]) -> tuple["Rule", ...]:
    """What constraints say of themselves.

    Raises:
        MissingError: If there is no engine.
    """
    with _TURN:
        return _sound(texts).rules


def vet(
    texts: Mapping[str, str],
    name: str,
    document: Mapping[str, Any],
    unknown: tuple[tuple[str, ...], ...] = (),
) -> tuple["Finding", ...]:
    """What is wrong with a document, whatever there may be at the paths where that is unknown.

    Raises:
        MissingError: If there is no engine.
    """
    with _TURN:
        constraints = _sound(texts)
        from cuelang import Partial  # noqa: PLC0415  # as above

        (verdict,) = constraints.verdicts({name: Partial(document, unknown) if unknown else document})
    return verdict.findings


def _sound(texts: Mapping[str, str]) -> "Constraints":
    """Constraints, with a helper that has started; only for whoever has the turn."""
    try:
        from cuelang import EngineError  # noqa: PLC0415  # as above
    except ImportError as error:
        message = "cuelang-py is not installed"
        raise MissingError(message) from error
    try:
        known = _HELD.of(texts)
        _ = known.findings
    except EngineError as error:
        raise MissingError(str(error)) from error
    return known
