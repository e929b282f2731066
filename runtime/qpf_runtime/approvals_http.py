"""Decisions that wait for a person, over HTTP.

The agent's token says that somebody may answer, not who: `by` is what the caller writes. Where persons have
tokens of their own, one of these must be brought, and its holder's name stands.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qpf_runtime.access import NOBODY, Approvers, Authorize
from qpf_runtime.agent import Agent
from qpf_runtime.approvals import LONGEST_PAGE, Approvals
from qpf_runtime.errors import Transient, field_problems, said
from qpf_runtime.held import (
    STATES,
    AnsweredAlready,
    Expired,
    NotApplied,
    State,
    UnknownApproval,
    describe,
    summary,
)
from qpf_runtime.reading import read_object
from qpf_runtime.refusal import Refusal, answer

Serve = Callable[[Request], Awaitable[Response]]

LARGEST = 64 * 1024
"""Most bytes of an answer."""

Printable = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class Answering(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    answer: Literal["approve", "reject"]
    by: Annotated[Printable, Field(min_length=1, max_length=200)] | None = None
    note: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] = ""


def approval_routes(
    agent: Agent, authorize: Authorize, approvers: Approvers = NOBODY, prefix: str = ""
) -> dict[str, Route]:
    """Make the addresses of one agent's waiting decisions, by path.

    Args:
        agent: The agent.
        authorize: Lets whoever is no known person pass, to look.
        approvers: Who may answer; if nobody is known, whoever passes.
        prefix: What their paths begin with, where several agents share a server.
    """
    approvals = agent.desk.approvals

    async def listed(request: Request) -> Response:
        return await _listed(approvals, request)

    async def one(request: Request) -> Response:
        identity = request.path_params["identity"]
        if request.method == "POST":
            return await _answered(approvals, identity, request, approvers)
        return answer(200, describe(await approvals.get(identity)))

    def guarded(serve: Serve) -> Serve:
        return _guarded(serve, authorize, approvers)

    every, single = f"{prefix}/approvals", f"{prefix}/approvals/{{identity}}"
    return {
        every: Route(every, guarded(listed)),
        single: Route(single, guarded(one), methods=["GET", "POST"]),
    }


def _guarded(serve: Serve, authorize: Authorize, approvers: Approvers) -> Serve:
    async def guarded(request: Request) -> Response:
        request.state.holder = approvers.holder(request)
        if request.state.holder is None:
            authorize(request)
        try:
            return await serve(request)
        except Refusal as refused:
            return refused.response()
        except UnknownApproval as error:
            return Refusal(404, "unknown_approval", str(error)).response()
        except Expired as error:
            return Refusal(409, "expired", str(error)).response()
        except AnsweredAlready as error:
            return Refusal(409, "answered_already", str(error)).response()
        except NotApplied as error:
            return Refusal(500, "not_applied", str(error)).response()
        except Transient as error:
            return Refusal(503, "unavailable", str(error), again=1.0).response()

    return guarded


async def _listed(approvals: Approvals, request: Request) -> Response:
    asked = request.query_params
    limit = asked.get("limit", "50")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= LONGEST_PAGE):
        msg = f"limit must be a number from 1 to {LONGEST_PAGE}"
        raise Refusal(422, "invalid_limit", msg)
    found = await approvals.list(_state(asked.get("state")), asked.get("after"), int(limit[:9]))
    more = found[-1].id if len(found) == int(limit[:9]) else None
    return answer(200, {"version": 1, "approvals": [summary(one) for one in found], "next": more})


def _state(asked: str | None) -> State | None:
    for state in STATES:
        if asked == state:
            return state
    if asked is not None:
        msg = f"state must be one of {', '.join(STATES)}"
        raise Refusal(422, "invalid_state", msg)
    return None


async def _answered(approvals: Approvals, identity: str, request: Request, approvers: Approvers) -> Response:
    holder: str | None = request.state.holder
    if approvers and holder is None:
        msg = "the agent's token does not answer here: bring the token of a person who may"
        raise Refusal(403, "no_approver", msg)
    raw, _ = await read_object(request, LARGEST)
    try:
        body = Answering.model_validate_json(raw)
    except ValidationError as error:
        problems = field_problems(error)
        raise Refusal(422, "invalid_answer", said(problems), problems) from None
    by = body.by or holder
    if by is None:
        raise Refusal(422, "invalid_answer", "by: say who answers", (("by", "say who answers"),))
    if holder is not None and by != holder:
        raise Refusal(422, "invalid_answer", f"by: the token is {holder}'s", (("by", "somebody else"),))
    return answer(200, describe(await approvals.answer(identity, body.answer, by, body.note)))
