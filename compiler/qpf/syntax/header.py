"""What every model of the core's own files is like."""

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

from qpf.model.version import VERSION


class Form(NamedTuple):
    """What a text must be that has a pattern, in words for hints, with an example."""

    words: str


Version = Annotated[
    str, StringConstraints(pattern=rf"^{VERSION}$"), Form("a version of three numbers: `6.0.0`")
]


class Header(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
