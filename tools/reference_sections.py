"""The reference of sections: every field with type, unit, default, merge strategy and meaning."""

from collections.abc import Mapping

from qpf.api import Append, Exclusive, Fixed, Keyed, Replace, Section, Set, Strategy, Tighten
from tools import installed
from tools.schema_table import Field, fields, table

INTRODUCTION = """\
# Sections

An agent's schema is made of sections; each belongs to a plugin. Unknown keys are findings. *Merge* says what
happens when several layers set a value (base and sub-schemas, then the agent, then the environment):

- **wins**: the later layer's value counts; base and sub-schemas must agree.
- **whole**: a list is one value, and wins or conflicts as one.
- **united**: items of all layers, without repeats, sorted.
- **appended**: items of all layers, one after the other.
- **by `name`**: items are the same if their `name` is; they are merged field by field.
- **one owner**: a key may be added by one base or sub-schema only; later layers may refine it.
- **fixed**: later layers may repeat it, not change it.
- **tighten**: a later layer may only move it in the direction shown; anything else is a finding.

Mappings merge key by key. A `*` in a path stands for any key, or for each item of a list.
"""


def sections() -> str:
    """The page."""
    entries = sorted(installed.registered("qpf_sections"), key=lambda entry: entry[1].name)
    return "\n".join([INTRODUCTION, *(section(plugin, value) for plugin, value in entries)])


def section(plugin: str, value: Section) -> str:
    """One section's part of the page."""
    schema = value.model.model_json_schema()
    facts = [f"Plugin `{plugin}`", "required" if value.required else "optional", f"since {value.since}"]
    lines = [f"## {value.name}\n", f"{first_line(value.model.__doc__)}\n", f"{', '.join(facts)}.\n"]
    if value.interface:
        names = ", ".join(f"`{path}`" for path in value.interface)
        lines.append(f"Other agents depend on {names}: a change there re-extracts them.\n")
    if value.dependencies:
        names = ", ".join(f"`{path}`" for path in value.dependencies)
        lines.append(f"Names agents this one needs: {names}.\n")
    if value.adds:
        words = ", ".join(f"`{word}` to `{path}`" for word, path in sorted(value.adds.items()))
        lines.append(f"Words of a sub-schema's `adds`: {words}.\n")
    if value.policy:
        names = ", ".join(f"`{path}` ({way(strategy)})" for path, strategy in sorted(value.policy.items()))
        lines.append(
            f"`qpf schema diff` tells of every change whether governance is loosened by it: {names}.\n"
        )
    merges = {field.path: merge(field, value.merge) for field in fields(schema)}
    lines.append(table(fields(schema), ("Merge", merges)))
    return "\n".join(lines)


def merge(field: Field, strategies: Mapping[str, Strategy]) -> str:
    """How one field merges."""
    for path, strategy in strategies.items():
        if matches(path, field.path):
            return describe(strategy)
    if field.kind == "list":
        return "whole"
    return "by key" if field.kind == "mapping" else "wins"


def matches(pattern: str, path: str) -> bool:
    """Whether a strategy's path is this one."""
    ours, theirs = pattern.split("."), path.split(".")
    return len(ours) == len(theirs) and all(a in {b, "*"} for a, b in zip(ours, theirs, strict=True))


def describe(strategy: Strategy) -> str:
    """A strategy in a word or two."""
    match strategy:
        case Set():
            return "united"
        case Append():
            return "appended"
        case Keyed(field=field):
            return f"by `{field}`"
        case Exclusive():
            return "one owner"
        case Tighten(order=(), tighter=tighter):
            return f"tighten: {tighter}"
        case Tighten(order=order):
            return f"tighten: {' → '.join(str(value).lower() for value in order)}"
        case Fixed():
            return "fixed"
        case Replace():
            return "whole"


def way(strategy: Tighten | Fixed) -> str:
    """Which way a value is tighter, that any layer may set."""
    match strategy:
        case Tighten(order=(), tighter=tighter):
            return "more is tighter" if tighter == "up" else "less is tighter"
        case Tighten(order=order):
            return " → ".join(str(value).lower() for value in order)
    return "to be seen"


def first_line(text: str | None) -> str:
    """The first line of a docstring."""
    return next(iter((text or "").strip().splitlines()), "")
