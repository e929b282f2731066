"""Differences in a few words."""

from qpf.model.change import Edit
from qpf.model.path import format_path


def describe(edit: Edit) -> str:
    """A difference in a few words: `deployment.replicas 1 → 2`."""
    path = format_path(edit.path)
    if edit.kind == "added":
        return f"{path} added: {_short(edit.after)}"
    if edit.kind == "removed":
        return f"{path} removed: {_short(edit.before)}"
    return f"{path} {_short(edit.before)} → {_short(edit.after)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"
