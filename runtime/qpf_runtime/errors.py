"""Everything this runtime raises on purpose."""

from collections.abc import Sequence

from pydantic import ValidationError

from qpf_runtime.envelope import PacketEnvelope


class RuntimeFault(Exception):  # noqa: N818 -- subclasses are named for what is wrong
    """Base of everything this runtime raises on purpose."""


class ConfigurationError(RuntimeFault):
    """The agent cannot start as configured: names the agent, the field and the value."""


class PacketRejected(RuntimeFault):
    """A step refuses the packet: what it says is well-formed but wrong."""


class Undeliverable(RuntimeFault):
    """Nobody takes packets at that address."""


class Transient(RuntimeFault):
    """What failed may succeed when it is tried again. Nothing else is ever retried."""


class BusClosed(Transient):
    """The bus is closing, or cannot be reached."""


class QueueFull(Transient):
    """The receiver's queue takes no more for now: send later."""


class ReplyTimeout(Transient):
    """No reply came in time."""


class Unavailable(Transient):
    """A store or a service this agent needs does not answer: names it."""


class CircuitOpen(Transient):
    """The call was not made: too many before it failed. It is made again after the cool-off."""


class BudgetExceeded(RuntimeFault):
    """The work would cost more than the schema allows: names what and how much."""


class Ungoverned(RuntimeFault):
    """Code tried to send by a governed port without a decision of the gate that permits it."""


class RequestFailed(RuntimeFault):
    """A called agent answered with an error, or not at all.

    Attributes:
        reply: The error reply; its path tells how far the packet came.
        passing: Whether the same request may succeed later.
    """

    def __init__(self, message: str, reply: PacketEnvelope | None = None, *, passing: bool = False) -> None:
        super().__init__(message)
        self.reply = reply
        self.passing = passing


def field_problems(error: ValidationError) -> tuple[tuple[str, str], ...]:
    """List field and problem of each part that does not fit."""
    return tuple((_spell(found["loc"]), found["msg"]) for found in error.errors(include_url=False))


def said(problems: Sequence[tuple[str, str]]) -> str:
    """Say in one line what does not fit."""
    return "; ".join(f"{name}: {problem}" for name, problem in problems)


def _spell(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location) or "(packet)"
