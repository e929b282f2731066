"""What every model of the core's own files is like."""

from pydantic import BaseModel, ConfigDict


class Header(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
