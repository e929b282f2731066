"""Changes of committed files as lines for people and as data for scripts."""

from collections.abc import Iterable

from qpf.model.change import Change, Edit
from qpf.model.node import Data
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.model.wording import describe
from qpf.render.mask import mask, mask_value


def render_changes(changes: Iterable[Change], *, edits: bool = False) -> str:
    """One line a file saying why; with `edits`, every value that differs below it."""
    lines: list[str] = []
    for change in changes:
        lines.append(f"{change.path}: {change.reason}")
        if edits:
            lines += [f"  {describe(edit, 80)}{_from(edit)}" for edit in change.edits]
    return mask("".join(f"{line}\n" for line in lines))


def changes_data(changes: Iterable[Change]) -> Data:
    """The same for `-o json`, under `changes`."""
    return [
        {
            "drift": change.drift.value,
            "path": change.path,
            "reason": mask(change.reason),
            "agent": change.agent,
            "environment": change.environment,
            **span_data(change.span),
            "edits": [
                {
                    "path": format_path(edit.path),
                    "kind": edit.kind,
                    "before": mask_value(_name(edit), edit.before),
                    "after": mask_value(_name(edit), edit.after),
                    **span_data(edit.span),
                }
                for edit in change.edits
            ],
        }
        for change in changes
    ]


def span_data(span: Span | None) -> dict[str, Data]:
    """A span's file, line and column; null where there is none."""
    if span is None:
        return {"file": None, "line": None, "column": None}
    return {"file": span.source, "line": span.line, "column": span.column}


def _name(edit: Edit) -> str | int:
    return edit.path[-1] if edit.path else ""


def _from(edit: Edit) -> str:
    return f"  ← {edit.span}" if edit.span else ""
