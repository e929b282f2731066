"""Why a turn failed, and how an error reply says it."""

import logging
from dataclasses import dataclass

from pydantic import ValidationError

from qpf_runtime.envelope import Json
from qpf_runtime.errors import (
    BudgetExceeded,
    BusClosed,
    PacketRejected,
    RequestFailed,
    Transient,
    Undeliverable,
    Ungoverned,
    cut,
    field_problems,
    said,
)

log = logging.getLogger("qpf_runtime.failure")

LONGEST = 4000
"""Most characters a failure says: it is logged, remembered and answered, whatever an error had to say."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a turn failed.

    Attributes:
        code: One word: one of `REFUSALS`, or `timeout`, `request_failed`, `undeliverable`, `closing`,
            `unavailable`, `over_budget`, `ungoverned` or `step_failed`.
        message: For a person.
        at: The hop it failed at, `agent.method`, or the address that refused it.
        fields: Field and problem of each part of a payload that does not fit.
        passing: Whether the same packet may succeed later.
    """

    code: str
    message: str
    at: str
    fields: tuple[tuple[str, str], ...] = ()
    passing: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", cut(self.message, LONGEST))

    def payload(self) -> dict[str, Json]:
        """Spell it as the payload of an error reply."""
        fields: list[Json] = [{"field": name, "problem": problem} for name, problem in self.fields]
        return {
            "code": self.code,
            "message": self.message,
            "at": self.at,
            "fields": fields,
            "passing": self.passing,
        }


REFUSALS = frozenset(
    {
        "unknown_port",
        "forged_source",
        "wrong_kind",
        "wrong_version",
        "expired",
        "invalid_payload",
        "id_reused",
        "rejected",
    }
)
"""Codes that say: the packet is wrong. Whoever waits is told, and nobody needs to look into it."""


class TurnError(Exception):
    """Ends a turn early, with the failure to answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def explain(error: Exception, at: str) -> Failure:  # noqa: PLR0911 -- one line a kind of error
    """Say what a step's exception means to the sender; what is a bug is also logged with its traceback."""
    match error:
        case PacketRejected():
            return Failure("rejected", str(error), at)
        case RequestFailed():
            return Failure("request_failed", str(error), at, passing=error.passing)
        case Undeliverable():
            return Failure("undeliverable", str(error), at)
        case Ungoverned():
            return Failure("ungoverned", str(error), at)
        case BudgetExceeded():
            return Failure("over_budget", str(error), at)
        case BusClosed():
            return Failure("closing", str(error), at, passing=True)
        case Transient():
            return Failure("unavailable", str(error), at, passing=True)
        case ValidationError():
            problems = field_problems(error)
            return Failure("step_failed", f"cannot build {error.title}: {said(problems)}", at, problems)
        case _:
            log.error("%s failed", at, exc_info=error)
            return Failure("step_failed", f"{type(error).__name__}: {error}", at)
