"""How the HTTP interface says no: a status, one word, a sentence, and the fields it is about."""

from collections.abc import Mapping
from math import ceil

from pydantic_core import to_json
from starlette.responses import Response

from qpf_runtime.envelope import Json


class Refusal(Exception):  # noqa: N818 -- it is an answer
    """The request is refused before it becomes a packet.

    Attributes:
        status: Of the answer.
        code: One word.
        fields: Field and problem of each part that does not fit.
        again: Seconds after which the same request may succeed; None if it never will.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: tuple[tuple[str, str], ...] = (),
        again: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.fields = fields
        self.again = again

    def response(self) -> Response:
        """Answer with it."""
        fields: list[Json] = [{"field": name, "problem": problem} for name, problem in self.fields]
        headers = {}
        if self.again is not None:
            headers["retry-after"] = str(ceil(self.again))
        if self.status == 401:  # noqa: PLR2004 -- the one status that must say how
            headers["www-authenticate"] = 'Bearer realm="qpf"'
        body: dict[str, Json] = {
            "error": {
                "code": self.code,
                "message": str(self),
                "fields": fields,
                "passing": self.again is not None,
            }
        }
        return answer(self.status, body, headers)


def answer(status: int, body: Mapping[str, Json], headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(
        to_json(body), status_code=status, media_type="application/json", headers=dict(headers or {})
    )
