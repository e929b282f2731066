"""What every model of the core's own files is like."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from qpf.model.version import VERSION

Version = Annotated[str, StringConstraints(pattern=rf"^{VERSION}$")]


class Header(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
