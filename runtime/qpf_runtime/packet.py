"""What packets are: strict, frozen models, one class a kind; emitted from the fleet's glue."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from qpf_runtime.envelope import Json


class Packet(BaseModel):
    """A packet of some kind. Subclasses set `kind` and `version` and add fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def payload(self) -> dict[str, Json]:
        """Give its fields as plain JSON values."""
        return self.model_dump(mode="json")

    @classmethod
    def read(cls, payload: Mapping[str, Json]) -> Self:
        """Check a payload against this kind of packet.

        Goes through JSON, because strict mode would refuse a list for a tuple that JSON cannot tell apart.

        Raises:
            pydantic.ValidationError: Naming each field that does not fit.
        """
        return cls.model_validate_json(to_json(payload))


P = TypeVar("P", bound=Packet)


def assemble(packet_type: type[P], *sources: Mapping[str, Any]) -> P:
    """Fill a packet by field name; the first source that has a field gives it.

    Fields that no source has keep their default.

    Raises:
        pydantic.ValidationError: If a required field is nowhere, or a value does not fit.
    """
    values: dict[str, Any] = {}
    for name in packet_type.model_fields:
        for source in sources:
            if name in source:
                values[name] = source[name]
                break
    return packet_type.model_validate_json(to_json(values))
