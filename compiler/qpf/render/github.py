"""Findings as GitHub workflow commands, which show beside the lines of a pull request."""

from collections.abc import Mapping

from qpf.model.diagnostic import Diagnostic, Report, Severity
from qpf.render.excerpt import visible
from qpf.render.mask import mask
from qpf.render.remedy import told

MOST = 10
"""GitHub shows no more annotations of one severity a step, and drops the rest in silence."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_github(report: Report, *, folder: str = "") -> str:
    """One line a finding, errors first, and a last line that counts what is left out.

    Args:
        report: What was found.
        folder: Where the fleet lies in its repository, since annotations are relative to that.
    """
    lines = []
    excess = []
    for severity, command in _COMMANDS.items():
        found = [finding for finding in report.diagnostics if finding.severity is severity]
        lines += [_command(command, finding, folder) for finding in found[:MOST]]
        if (left := len(found) - MOST) > 0:
            excess.append(f"{left} more {command}{'' if left == 1 else 's'}")
    if excess:
        lines.append(f"Not shown as annotations: {', '.join(excess)}.")
    return "".join(line + "\n" for line in lines)


def _command(command: str, found: Diagnostic, folder: str) -> str:
    properties: dict[str, str] = {}
    if found.span:
        span = found.span
        properties |= {
            "file": f"{folder}/{span.source}" if folder else span.source,
            "line": str(span.line),
            "endLine": str(span.end_line),
        }
        if span.line == span.end_line:  # GitHub refuses columns of a range over several lines.
            properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = f"{found.code.id} {found.code.name}"
    text = [found.message]
    text += [f"{note.span}: {note.message}" if note.span else note.message for note in found.notes]
    text += [f"hint: {found.hint}"] if found.hint else []
    text += [f"fix: {told(found.fix)}"] if found.fix else []
    return f"::{command} {_properties(properties)}::{_data(visible(mask(chr(10).join(text))))}"


def _properties(properties: Mapping[str, str]) -> str:
    return ",".join(f"{name}={_property(value)}" for name, value in properties.items())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    # Semicolons stay: the runner does not decode %3B, so it would be shown as such.
    return _data(text).replace(":", "%3A").replace(",", "%2C")
