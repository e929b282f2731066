"""Findings as plain data and back: how they cross from a worker to its parent, and last till the next run."""

from typing import Any

from qpf.model.diagnostic import Applicability, Code, Diagnostic, Fix, Note, Report, Severity, TextEdit
from qpf.model.node import Data
from qpf.model.span import Span


def to_plain(report: Report) -> Data:
    """The findings as JSON-like data."""
    return [
        [
            _code(found.code),
            found.message,
            found.span,
            found.path,
            [[note.message, note.span] for note in found.notes],
            found.hint,
            found.subject,
            found.environment,
            found.plugin,
            _fix(found.fix),
        ]
        for found in report.diagnostics
    ]


def from_plain(data: Any) -> Report:
    """The findings that `to_plain` wrote.

    Raises:
        ValueError: If it is not what `to_plain` writes.
    """
    try:
        return Report.of(_finding(*each) for each in data)
    except (TypeError, KeyError) as error:
        message = "these are no findings"
        raise ValueError(message) from error


def _finding(  # noqa: PLR0913, PLR0917  # one parameter a field, in the order written
    code: list[Any],
    message: str,
    span: list[Any] | None,
    path: list[str | int],
    notes: list[tuple[str, list[Any] | None]],
    hint: str,
    subject: str,
    environment: str,
    plugin: str,
    fix: list[Any] | None,
) -> Diagnostic:
    _expect(str, message, hint, subject, environment, plugin, *(text for text, _ in notes))
    _expect((str, int), *path)
    return Diagnostic(
        _read_code(code),
        message,
        _span(span),
        tuple(path),
        tuple(Note(text, _span(where)) for text, where in notes),
        hint,
        _read_fix(fix),
        subject=subject,
        environment=environment,
        plugin=plugin,
    )


def _code(code: Code) -> Data:
    return [code.id, code.name, int(code.severity), code.summary, code.by_looks, code.unsettled]


def _read_code(data: list[Any]) -> Code:
    identifier, name, severity, summary, by_looks, unsettled = data
    _expect(str, identifier, name, summary)
    _expect(bool, by_looks, unsettled)
    return Code(identifier, name, Severity(severity), summary, by_looks, unsettled)


def _fix(fix: Fix | None) -> Data:
    return None if fix is None else [fix.what, fix.edits, fix.applicability]


def _read_fix(data: list[Any] | None) -> Fix | None:
    if data is None:
        return None
    what, edits, applicability = data
    _expect(str, what, *(text for _, text in edits))
    return Fix(
        what, tuple(TextEdit(_place(span), text) for span, text in edits), Applicability(applicability)
    )


def _span(data: list[Any] | None) -> Span | None:
    return None if data is None else _place(data)


def _place(data: list[Any]) -> Span:
    source, *numbers = data
    _expect(str, source)
    _expect(int, *numbers)
    return Span(source, *numbers)


def _expect(kind: type | tuple[type, ...], *found: object) -> None:
    """Raises `TypeError` for what is of another kind, and `ValueError` for text that cannot be written."""
    for each in found:
        if not isinstance(each, kind):
            raise TypeError(each)
        if isinstance(each, str):
            each.encode()
