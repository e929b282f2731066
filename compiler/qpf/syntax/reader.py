"""The one YAML reader: bytes in, a tree with spans and findings out.

It reads a single document of the YAML 1.2 core schema that is plain data: a mapping
of string keys, without tags, directives or merge keys. Whatever the bytes are, it
returns; it never raises.
"""

import re
from typing import Final

from yaml.events import DocumentStartEvent, StreamEndEvent

from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.node import Mapping, Node, Scalar
from qpf.model.span import Span, start_of
from qpf.syntax import codes
from qpf.syntax.complaints import complain
from qpf.syntax.encoding import read_text, span_at
from qpf.syntax.parsers import ParseError, events_of
from qpf.syntax.plain import short
from qpf.syntax.tree import OverBudgetError, TreeBuilder

_DIRECTIVES: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:%[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*)+")
_DIRECTIVE: Final = re.compile(r"^%[^\r\n]*", re.MULTILINE)
_ALLOWED_DIRECTIVE: Final = re.compile(r"%YAML[ \t]+1\.2[ \t]*(?:#.*)?\Z")


def read_yaml(source: str, content: bytes) -> Outcome[Mapping | None]:
    """Read a document.

    Args:
        source: Its path, for spans.
        content: Its bytes.

    Returns:
        The top-level mapping as far as it could be read (None where there is none), and every
        finding. A tree that comes with errors is good for looking further, not for use.
    """
    text, findings = read_text(source, content)
    if text is None:
        return Outcome(None, Report.of(findings))
    directive = _directive(source, text)
    if directive is not None:
        return Outcome(None, Report.of((*findings, directive)))
    builder = TreeBuilder(source, events := events_of(text))
    root: Node | None = None
    several = False
    try:
        events()  # the start of the stream
        first = events()
        if first.__class__ is not StreamEndEvent:
            root = builder.build(events())
            events()  # the end of the document
            second = events()
            several = second.__class__ is DocumentStartEvent
            if several:
                _second_document(builder, first, second)
    except OverBudgetError:
        return Outcome(None, Report.of((*findings, *builder.findings)))
    except ParseError as error:
        return Outcome(None, Report.of((*findings, *builder.findings, complain(source, text, error))))
    findings += builder.findings
    if isinstance(root, Mapping):
        return Outcome(root, Report.of(findings) if findings else Report())
    if not several:
        findings.append(_no_mapping(source, root))
    return Outcome(None, Report.of(findings))


def _directive(source: str, text: str) -> Diagnostic | None:
    """The first directive that is not `%YAML 1.2`; looked for in the text, for parsers disagree on them."""
    head = _DIRECTIVES.match(text) if "%" in text else None
    for line in _DIRECTIVE.finditer(head[0]) if head else ():
        if not _ALLOWED_DIRECTIVE.match(line[0]):
            return Diagnostic(
                codes.DIRECTIVE,
                f"the directive `{short(line[0].rstrip())}` is not used",
                span_at(source, text, line.start(), line.end()),
                hint="remove the line: documents are read as YAML 1.2",
            )
    return None


def _second_document(builder: TreeBuilder, first: DocumentStartEvent, second: DocumentStartEvent) -> None:
    note = Note("the first document begins here", builder.span(first))
    hint = "keep one document a file; remove `---` in the middle"
    builder.report(
        codes.SEVERAL_DOCUMENTS,
        "a second document begins here; it is not read",
        builder.span(second),
        hint,
        note,
    )


def _no_mapping(source: str, root: Node | None) -> Diagnostic:
    if root is None or (isinstance(root, Scalar) and root.value is None):
        span = root.span if root is not None else start_of(source)
        hint = "write at least `name:` and `schema_version:`, or remove the file"
        return Diagnostic(codes.EMPTY_DOCUMENT, "the document is empty", _one_line(span), hint=hint)
    what = "a single value" if isinstance(root, Scalar) else "a list"
    message = f"the document is {what}, not a mapping"
    return Diagnostic(codes.NOT_A_MAPPING, message, _one_line(root.span), hint="write `key: value` lines")


def _one_line(span: Span) -> Span:
    """The first character of a span that may be a whole file."""
    if span.end_line == span.line:
        return span
    return Span(span.source, span.line, span.column, span.line, span.column + 1)
