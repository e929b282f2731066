"""Stands between a decision and its model: counts the calls, and makes each by the failure policy."""

from collections.abc import Callable

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelUnavailableError,
)
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from qpf_runtime.errors import BudgetExceeded, ReplyTimeout, Unavailable
from qpf_runtime.resilience import Caller

PASSING = (
    ModelConnectionError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelUnavailableError,
)
"""What a provider may get over by itself."""

PASSING_STATUS = frozenset({408, 425, 429})
"""The same, of statuses below 500."""


def passes(error: ModelAPIError) -> bool:
    """Whether the same request may succeed later: rate limits, outages, time-outs; never what is refused."""
    if isinstance(error, ModelQuotaExceededError):
        return False
    if isinstance(error, PASSING):
        return True
    status = error.status_code if isinstance(error, ModelHTTPError) else 0
    return status >= 500 or status in PASSING_STATUS  # noqa: PLR2004 -- HTTP's server errors


class Guard(WrapperModel):
    """A model during one decision.

    Attributes:
        calls: How often it was called, failed calls included.
        refused: Tools it asked for that it may not call.
        late: Whether the time was over before there was an answer.
    """

    def __init__(
        self,
        wrapped: Model,
        caller: Caller,
        limit: int,
        ends: float,
        said: Callable[[str], str],
    ) -> None:
        """Guard a model.

        Args:
            wrapped: The model.
            caller: Makes its calls.
            limit: How many there may be.
            ends: When the last must have been answered, by the caller's monotonic clock.
            said: Makes what a provider says fit to be repeated.
        """
        super().__init__(wrapped)
        self.calls = 0
        self.refused: list[str] = []
        self.late = False
        self._caller, self._limit, self._ends, self._said = caller, limit, ends, said

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Call the model.

        Raises:
            Unavailable: If the provider fails for a passing reason, whenever it is tried.
            Transient: If the failure policy makes no call.
            BudgetExceeded: If there are no calls left, or no time.
            ModelAPIError: If the provider refuses the request.
        """
        failed: Unavailable | None = None

        async def ask() -> ModelResponse:
            nonlocal failed
            if self.calls >= self._limit:
                raise failed or BudgetExceeded(_over(f"{self._limit} calls of the model"))
            self.calls += 1
            try:
                return await self.wrapped.request(messages, model_settings, model_request_parameters)
            except ModelAPIError as error:
                if not passes(error):
                    raise
                failed = Unavailable(f"{self.model_id} does not answer: {self._said(str(error))}")
                raise failed from None

        try:
            response = await self._caller.call(self.model_id, ask, self._ends)
        except ReplyTimeout as error:
            self.late = True
            raise BudgetExceeded(_over("the time for it")) from error
        declared = model_request_parameters
        known = {tool.name for tool in (*declared.function_tools, *declared.output_tools)}
        self.refused += [
            part.tool_name
            for part in response.parts
            if isinstance(part, ToolCallPart) and part.tool_name not in known
        ]
        return response


def _over(what: str) -> str:
    return f"the decision needs more than {what}"
