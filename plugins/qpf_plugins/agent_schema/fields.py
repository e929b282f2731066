"""What the section models share: their configuration and the types of common values.

Constraints are patterns, bounds and literals only: they run in compiled code, say in the
reference docs what they allow, and keep the validation of a thousand agents cheap.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class SectionModel(BaseModel):
    """A part of the schema: nothing is coerced, nothing unknown is let through, nothing changes later."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


Text = Annotated[str, Field(min_length=1, max_length=2000)]
"""Something a person reads: never empty."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A name that becomes an identifier: of an agent, a port, a packet kind, a method, a metric."""

Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")]
"""A short word: letters, digits, dots, dashes; at most 63 characters."""

Module = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$")]
"""A Python module: `qpf_runtime.components.routing`."""

Implementation = Annotated[
    str, Field(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$")
]
"""Code by its place: `package.module:callable`."""

FilePath = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[a-z0-9]+)*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")
]
"""A file, relative and without `..`."""

Retention = Annotated[str, Field(pattern=r"^[1-9][0-9]* (days|months|years)$")]
"""How long something is kept: `90 days`."""

UrlPath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~/{}-]*$")]
"""The path part of an address: `/v1/match`."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share between none (0) and all (1)."""
