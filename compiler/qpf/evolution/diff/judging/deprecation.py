"""What a schema says of a deprecated field, and whether that can be understood."""

from typing import NamedTuple

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Setting
from qpf.model.path import parse_path
from qpf.model.version import is_version, order

_KEYS = ("removal", "use")


class Deprecation(NamedTuple):
    """When a field goes, and what takes its place; empty: that is not said."""

    removal: str
    use: str


def deprecation(fact: Fact) -> Deprecation | None:
    """What the new schema says; None if it does not deprecate the field."""
    if fact.word == "deprecated":
        said = fact.after if isinstance(fact.after, dict) else None
        return None if said is None else Deprecation(*(str(said.get(key) or "") for key in _KEYS))
    words = [fact.new.value(word) if fact.new is not None else None for word in ("x-removed-in", "x-use")]
    return Deprecation(*(str(each or "") for each in words))


def bad_removal(until: Deprecation, setting: Setting) -> str:
    """What is wrong with the version in which a field goes; empty if nothing is."""
    if not until.removal:
        return "and nothing says when it goes"
    if not is_version(until.removal):
        return f"and goes in `{until.removal}`, which is no version"
    if setting.new and order(until.removal) <= order(setting.new):
        return f"and should be gone since {until.removal}: this is {setting.new}"
    return ""


def nowhere(until: Deprecation, setting: Setting) -> bool:
    """Whether what takes a field's place is not in the schema; a document need not say all there is."""
    shape = setting.shape
    if not until.use or shape is None or shape.written:
        return False
    try:
        return shape.at(parse_path(until.use)) is None
    except ValueError:  # no path at all
        return True
