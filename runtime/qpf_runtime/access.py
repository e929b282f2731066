"""Who may use the HTTP interface: whoever has the token."""

import hmac
import logging
from collections.abc import Callable

from starlette.requests import Request

from qpf_runtime.refusal import Refusal

log = logging.getLogger("qpf_runtime.http")

Authorize = Callable[[Request], str | None]
"""Lets a request pass, or raises; gives the name of whose token it is, if it knows one."""

MISSING = "this agent asks for a token and was given none to compare with: set QPF_TOKEN or QPF_TOKEN_FILE"


def token_asked(token: str | None, *, required: bool) -> Authorize:
    """Decide what is asked of callers.

    Args:
        token: What they must bring; None if none was configured.
        required: Whether the schema says `auth_required`. Then nobody passes while there is no token.
    """
    if token is None and not required:
        return _anybody
    if token is None:
        log.warning(MISSING)

    def authorize(request: Request) -> str | None:
        if token is None:
            raise Refusal(401, "unauthorized", MISSING)
        given = request.headers.get("authorization", "")
        scheme, _, brought = given.partition(" ")
        # Compared as bytes: a text that is not ASCII would raise, and take another time.
        same = hmac.compare_digest(brought.strip().encode(), token.encode())
        if scheme.lower() != "bearer" or not same:
            msg = "this server asks for its token: Authorization: Bearer …"
            raise Refusal(401, "unauthorized", msg)
        return None

    return authorize


def _anybody(_request: Request) -> str | None:
    return None
