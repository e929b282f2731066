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


class BusClosed(RuntimeFault):
    """The bus is closing and takes no new work."""


class ReplyTimeout(RuntimeFault):
    """No reply came in time."""


class RequestFailed(RuntimeFault):
    """A called agent answered with an error.

    Attributes:
        reply: The error reply; its path tells how far the packet came.
    """

    def __init__(self, message: str, reply: PacketEnvelope | None = None) -> None:
        super().__init__(message)
        self.reply = reply


def field_problems(error: ValidationError) -> tuple[tuple[str, str], ...]:
    """List field and problem of each part that does not fit."""
    return tuple((_spell(found["loc"]), found["msg"]) for found in error.errors(include_url=False))


def said(problems: Sequence[tuple[str, str]]) -> str:
    """Say in one line what does not fit."""
    return "; ".join(f"{name}: {problem}" for name, problem in problems)


def _spell(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location) or "(packet)"
