"""One POST to a webhook, by the standard library: no redirect, no file, no certificate that is not trusted.

A client library would bring pools and retries of its own. Here a connection is made every few seconds, and
what is sent after a failure is not the same body again but the newest reports.
"""

import ssl
from http import HTTPStatus
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from msgspec import Struct

from qpf_plugins.progress_report.target import Target

AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
"""Refusals that are about this moment; so is every failure of the server."""


class Refusal(Struct, frozen=True):
    """Why something was not delivered.

    Attributes:
        why: What the webhook did, as a sentence about "it".
        lasting: Whether it is of no use to try again.
    """

    why: str
    lasting: bool = False


class Poster:
    """Posts to one webhook."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._opener = OpenerDirector()  # knows nothing but what it is given: neither redirects nor files
        self._opener.add_handler(ProxyHandler())  # those that the environment names
        self._opener.add_handler(HTTPHandler())
        self._opener.add_handler(HTTPSHandler(context=ssl.create_default_context()))

    def post(self, body: bytes, seconds: float) -> Refusal | None:
        """Post JSON; nothing, if it was accepted. No step of it takes longer than so many seconds."""
        headers = {"Content-Type": "application/json", "User-Agent": "qpf"}
        if self._target.authorization:
            headers["Authorization"] = self._target.authorization
        request = Request(self._target.url, body, headers, method="POST")  # noqa: S310 -- target_of checked it
        try:
            with self._opener.open(request, timeout=seconds) as response:
                return _judged(response.status)
        except (OSError, HTTPException) as error:
            return _explained(error.reason if isinstance(error, URLError) else error)


def _judged(status: int) -> Refusal | None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Refusal(f"it answered {status}, and redirects are not followed", lasting=True)
    return Refusal(
        f"it answered {status}", lasting=status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in AGAIN
    )


def _explained(error: object) -> Refusal:
    match error:
        case ssl.SSLCertVerificationError():
            return Refusal(f"its certificate is not trusted, {error.verify_message}", lasting=True)
        case TimeoutError():
            return Refusal("it did not answer in time")
        case ConnectionResetError():
            return Refusal("it closed the connection without an answer")
        case OSError(strerror=str(text)):
            return Refusal(f"it cannot be reached, {text}")
        case _:
            return Refusal("it does not speak HTTP")
