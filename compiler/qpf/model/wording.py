"""Values and differences in a few words."""

from qpf.model.change import Edit
from qpf.model.digest import canonical
from qpf.model.node import Data
from qpf.model.path import format_path


def show(value: Data, width: int = 60) -> str:
    """A value on one line: text as it is, anything else as JSON, cut where it is too long."""
    text = " ".join((value if isinstance(value, str) else canonical(value).decode()).split())
    return text if len(text) <= width else text[: width - 1] + "…"


def describe(edit: Edit, width: int = 40) -> str:
    """A difference in a few words: `deployment.replicas 1 → 2`."""
    path = format_path(edit.path)
    if edit.kind == "added":
        return f"{path} added: {show(edit.after, width)}"
    if edit.kind == "removed":
        return f"{path} removed: {show(edit.before, width)}"
    return f"{path} {show(edit.before, width)} → {show(edit.after, width)}"
