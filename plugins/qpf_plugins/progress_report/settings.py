"""What may be said beside the URL of a webhook."""

from collections.abc import Mapping

from msgspec import Struct

from qpf.api import did_you_mean

LONGEST = {"update_frequency_seconds": 3600.0, "deadline_seconds": 60.0}


class Settings(Struct, frozen=True):
    """How a webhook reports.

    Attributes:
        update_frequency_seconds: The least time between two updates; the first and the last do not wait.
        deadline_seconds: How long the end of a compile waits for the last update.
        fleet: What the fleet is called in every update; left out if empty.
    """

    update_frequency_seconds: float = 10.0
    deadline_seconds: float = 3.0
    fleet: str = ""


def settings_of(given: Mapping[str, object]) -> Settings:
    """Read them.

    Raises:
        ValueError: If one is not known, or cannot be meant.
    """
    known = Settings.__struct_fields__
    for name in given:
        if name not in known:
            message = f"a webhook has no setting {name}: {did_you_mean(name, known)}"
            raise ValueError(message)
    fleet = given.get("fleet", "")
    if not isinstance(fleet, str):
        message = "fleet is the name of the fleet"
        raise ValueError(message)  # noqa: TRY004 -- a user's mistake, which the contract calls a ValueError
    return Settings(
        update_frequency_seconds=_seconds(given, "update_frequency_seconds"),
        deadline_seconds=_seconds(given, "deadline_seconds"),
        fleet=fleet,
    )


def _seconds(given: Mapping[str, object], name: str) -> float:
    value = given.get(name, getattr(Settings(), name))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST[name]:
        message = f"{name} is a number of seconds, more than 0 and at most {LONGEST[name]:.0f}"
        raise ValueError(message)
    return float(value)
