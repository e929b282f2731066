"""Everything this runtime raises on purpose."""

from collections.abc import Sequence

from pydantic import ValidationError

from qpf_runtime.envelope import PacketEnvelope

MOST_PROBLEMS = 20
"""Parts that do not fit, of which an error names each."""

LONGEST_PROBLEM = 100
"""Most characters of one of them."""


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


class DatabaseGone(Unavailable):
    """The agent's own database does not answer: nothing can be handled, whatever it is."""


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
    """List field and problem of the first parts that do not fit; who sent much must not get more."""
    found = error.errors(include_url=False, include_input=False)
    listed = tuple((_spell(each["loc"]), cut(each["msg"])) for each in found[:MOST_PROBLEMS])
    more = len(found) - len(listed)
    return (*listed, ("(packet)", f"and {more} more do not fit")) if more else listed


def said(problems: Sequence[tuple[str, str]]) -> str:
    """Say in one line what does not fit."""
    return "; ".join(f"{name}: {problem}" for name, problem in problems)


def cut(text: str, longest: int = LONGEST_PROBLEM) -> str:
    """Shorten a text that may be anything, and say that it was."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _spell(location: Sequence[int | str]) -> str:
    return cut(".".join(str(part) for part in location)) or "(packet)"
