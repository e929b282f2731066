"""Syntax errors in plain words.

The two parsers word the same mistake differently and blame the place where they gave
up; people want to know what they wrote wrongly, and where that began.
"""

import re
from typing import Any, Final, NamedTuple

from qpf.model.diagnostic import Code, Diagnostic, Note
from qpf.model.span import Span
from qpf.syntax.codes import EXPLICIT_TAG, SYNTAX_ERROR, TAB_INDENTATION

TAG_HINT: Final = "remove the tag: documents are plain strings, numbers, booleans, null, lists and mappings"
_TAB_HINT: Final = "indent with spaces, two a level"
_INDENT_HINT: Final = (
    "line it up with the lines it belongs to; quote a text that goes on after its closing quote"
)


class _Complaint(NamedTuple):
    """How one kind of mistake is told.

    Attributes:
        context: Pattern of what the parser was doing.
        problem: Pattern of what it met.
        message: What is wrong; `{char}` is the character there.
        hint: The remedy.
        at_context: Whether to blame the place where the construct began.
        origin: What began there, told in a note when it is not blamed.
    """

    context: str
    problem: str
    message: str
    hint: str
    at_context: bool = False
    origin: str = ""


_COMPLAINTS: Final = (
    _Complaint(
        "quoted scalar", "unexpected end of stream", "this quoted text is never closed",
        "close the quote; inside single quotes, write ' as ''", at_context=True,
    ),
    _Complaint(
        "quoted scalar", "unexpected document", "this quoted text is not closed before the document ends",
        "close the quote", at_context=True,
    ),
    _Complaint(
        "quoted scalar", "unknown escape", "an escape that YAML does not know inside double quotes",
        "write \\\\ for a backslash, or use single quotes",
    ),
    _Complaint(
        "quoted scalar", "hexdecimal|hexadecimal", "an escape with too few hexadecimal digits",
        "write \\xHH, \\uHHHH or \\UHHHHHHHH; write \\\\ for a backslash",
    ),
    _Complaint(
        "quoted scalar", "invalid Unicode", "an escape that names no Unicode character",
        "write characters beyond U+FFFF as \\UHHHHHHHH, not as two surrogates",
    ),
    _Complaint(
        "an alias", "alphabetic or numeric", "`*` begins an alias, and no name follows",
        "quote a text that begins with *",
    ),
    _Complaint(
        "an anchor", "alphabetic or numeric", "`&` begins an anchor, and no name follows",
        "quote a text that begins with &",
    ),
    _Complaint(
        "", "mapping values are not allowed", "a second `: ` where a value was expected",
        "quote a value that holds `: `, or check the indentation of this line and the one before",
    ),
    _Complaint(
        "simple key", "could not find expected ':'", "this line is not `key: value`",
        "add the colon and a space; a list item is `- ` with a space", at_context=True,
    ),
    _Complaint(
        "", "sequence entries are not allowed", "a list item `- ` cannot begin here",
        "put the list on the next line, indented below its key",
    ),
    _Complaint(
        "", "mapping keys are not allowed", "`? ` cannot begin a key here",
        "quote a text that begins with `? `",
    ),
    _Complaint(
        "flow sequence", "expected ',' or ']'", "this list is not closed with `]`, or lacks a comma",
        "separate items with commas; quote a text that begins with `[`",
        at_context=True,
    ),
    _Complaint(
        "flow mapping", "expected ',' or '}'", "this mapping is not closed with `}`, or lacks a comma",
        "quote a text that begins with `{`", at_context=True,
    ),
    _Complaint(
        "block collection", "", "this line does not fit the list above it",
        "begin items with `- `, at one indentation",
        origin="the list begins here",
    ),
    _Complaint(
        "block mapping", "", "this does not fit the mapping above it", _INDENT_HINT,
        origin="the mapping begins here",
    ),
    _Complaint(
        "(block|flow) node|a node", "expected (the )?node content",
        "`{char}` stands where a value was expected",
        "quote a text that begins with `{char}`",
    ),
    _Complaint(
        "next token", "cannot start any token", "a value cannot begin with `{char}`",
        "quote a text that begins with `{char}`",
    ),
    _Complaint(
        "block scalar", "indentation indicator|chomping|comment or line break",
        "`|` and `>` may be followed by `-` or `+` and a digit from 1 to 9, and then the line ends",
        "begin the text on the next line; quote a text that begins with | or >",
    ),
    _Complaint(
        "", "expected '?<document start>", "this stands after the end of the document",
        "a document is one mapping: check the indentation; quote a text that goes on after its closing quote",
    ),
)  # fmt: skip


def complain(source: str, text: str, error: Any) -> Diagnostic:
    """The finding for a parser's error."""
    lines = text.split("\n")
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    at = _span(source, lines, getattr(error, "problem_mark", None))
    began = _span(source, lines, getattr(error, "context_mark", None) or getattr(error, "problem_mark", None))
    tab = _tab(source, lines, at)
    if tab is not None and re.search("tab character|cannot start any token", problem):
        return Diagnostic(
            TAB_INDENTATION, "a tab stands where indentation must be spaces", tab, hint=_TAB_HINT
        )
    if "tag" in context or "tag handle" in problem:
        return _finding(EXPLICIT_TAG, "a tag that cannot be read", began, TAG_HINT)
    for complaint in _COMPLAINTS:
        if re.search(complaint.context, context) and re.search(complaint.problem, problem):
            return _tell(complaint, lines, at, began)
    return _finding(SYNTAX_ERROR, f"not YAML: {problem}", at, "")


def _tell(complaint: _Complaint, lines: list[str], at: Span, began: Span) -> Diagnostic:
    line = lines[at.line - 1]
    character = line[at.column - 1 : at.column]
    message = complaint.message.replace("{char}", character)
    hint = complaint.hint.replace("{char}", character)
    if not character and "{char}" in complaint.message:
        message, hint = "the file ends where a value was expected", "close what is open, or write the value"
    notes: tuple[Note, ...] = ()
    if complaint.at_context and (began.line, began.column) != (at.line, at.column):
        notes = (Note("the parser gave up here", at),)
    elif complaint.origin:
        notes = (Note(complaint.origin, began),)
    return Diagnostic(SYNTAX_ERROR, message, began if complaint.at_context else at, notes=notes, hint=hint)


def _finding(code: Code, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code, message, span, hint=hint)


def _span(source: str, lines: list[str], mark: Any) -> Span:
    """One character at a mark; a mark past the last line moves back to where the text ends."""
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    while line > 0 and (line >= len(lines) or (line == len(lines) - 1 and not lines[line])):
        line -= 1
        column = len(lines[line].rstrip("\r")) if line < len(lines) else 0
    width = 1 if column < len(lines[line]) else 0
    return Span(source, line + 1, column + 1, line + 1, column + 1 + width)


def _tab(source: str, lines: list[str], at: Span) -> Span | None:
    """The tab in the white space that leads up to a position."""
    line = lines[at.line - 1]
    if line[at.column - 1 : at.column] == "\t":
        return at
    indentation = re.match(r"[ ]*\t", line)
    if indentation is None or line[: at.column - 1].strip(" \t-"):
        return None
    return Span(source, at.line, indentation.end(), at.line, indentation.end() + 1)
