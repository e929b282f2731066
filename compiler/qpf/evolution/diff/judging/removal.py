"""Whether a field that is gone was announced to go, and when."""

from typing import NamedTuple

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Setting
from qpf.evolution.places import written
from qpf.model.version import order
from qpf.model.wording import show


class Notice(NamedTuple):
    """What was said before a field went.

    Attributes:
        version: The version that it was to go with; empty if none was named.
        use: What takes its place; empty if nothing does.
        due: Whether that version is reached; None if that cannot be told.
    """

    version: str
    use: str
    due: bool | None


def notice(fact: Fact, setting: Setting) -> Notice | None:
    """The deprecation of a field that is gone; None if there was none."""
    assert fact.old_field is not None
    shape = fact.old_field.shape
    version, use = (str(shape.value(word) or "") for word in ("x-removed-in", "x-use"))
    if shape.value("deprecated") is not True and not version:
        return None
    return Notice(version, use, _reached(version, setting.new) if version else True)


def was(fact: Fact) -> str:
    """What a field that is gone was where nobody said it, in the midst of a message."""
    return "" if fact.before is None else f", with its default `{show(fact.before)}`"


def instead(noticed: Notice) -> str:
    """What takes a field's place, as a message ends."""
    return f"; `{noticed.use}` takes its place" if noticed.use else ""


def remedy(fact: Fact) -> str:
    """What to declare, unless it is."""
    path = written(fact.path)
    return "" if fact.declared else f"declare `field_remove: {{path: {path}, lossy: true}}`"


def _reached(version: str, now: str) -> bool | None:
    try:
        return order(now) >= order(version)
    except ValueError:
        return None
