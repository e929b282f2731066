"""Who may use the HTTP interface, by its token, and who may answer decisions, by tokens of their own."""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request

from qpf_runtime.errors import ConfigurationError, field_problems, said
from qpf_runtime.refusal import Refusal

log = logging.getLogger("qpf_runtime.http")

Authorize = Callable[[Request], None]
"""Lets a request pass, or raises."""

MISSING = "this agent asks for a token and was given none to compare with: set QPF_TOKEN or QPF_TOKEN_FILE"

_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
_DIGESTS = TypeAdapter(dict[_Name, Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]])


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

    def authorize(request: Request) -> None:
        if token is None:
            raise Refusal(401, "unauthorized", MISSING)
        # Compared as bytes: a text that is not ASCII would raise, and take another time.
        if not hmac.compare_digest(_brought(request), token.encode()):
            msg = "this server asks for its token: Authorization: Bearer …"
            raise Refusal(401, "unauthorized", msg)

    return authorize


@dataclass(frozen=True, slots=True)
class Approvers:
    """The persons who may answer held decisions, each by a token of their own.

    Attributes:
        digests: By name, `sha256:` and the hexadecimal digest of the person's token. Without any, whoever has
            the agent's token may answer, in any name.
    """

    digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `{"NAME": "sha256:…"}`.

        Raises:
            ConfigurationError: If it is not that, names nobody, or gives two persons one token.
        """
        try:
            digests = _DIGESTS.validate_json(text)
        except ValidationError as error:
            msg = f'QPF_APPROVERS is to be {{"NAME": "sha256:…"}}: {said(field_problems(error))}'
            raise ConfigurationError(msg) from None
        if not digests or len(set(digests.values())) != len(digests):
            msg = "QPF_APPROVERS must name somebody, and no two persons with one token"
            raise ConfigurationError(msg)
        return cls(digests)

    def __bool__(self) -> bool:
        """Whether persons are known."""
        return bool(self.digests)

    def holder(self, request: Request) -> str | None:
        """Give the name of whose token a request brings; None if it is nobody's."""
        brought = f"sha256:{sha256(_brought(request)).hexdigest()}"
        known = [name for name, own in self.digests.items() if hmac.compare_digest(own, brought)]
        return known[0] if known else None


NOBODY = Approvers()
"""No person is known: whoever has the agent's token may answer, in any name."""


def _brought(request: Request) -> bytes:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip().encode() if scheme.lower() == "bearer" else b""


def _anybody(_request: Request) -> None:
    return None
