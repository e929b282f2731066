"""Comments that accept findings: `# qpf: ignore[QPF612] reason="…" until=2026-12-31`.

They stand at the end of the line whose findings they accept, or on lines of their own above it. Almost no
file has any: the bytes are searched before anything is parsed for them. Files that are no YAML are read by
nobody here: what looks like a comment of code, of CUE or of a template is one, and is about its line, or,
alone on it, about the very next, for that may be a comment too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Suppression
from qpf.model.nearest import nearest_code
from qpf.model.node import Entry, Node, Scalar, Sequence
from qpf.model.node import Mapping as MappingNode
from qpf.model.policy import is_acceptable
from qpf.model.span import Span
from qpf.model.text import Text
from qpf.syntax.codes import BAD_SUPPRESSION, FIRM_ERROR
from qpf.syntax.encoding import read_text
from qpf.syntax.reader import read_yaml

_MARKER: Final = re.compile(rb"(?:#-?|//)[ \t]*qpf[ \t]*:")


def _comment(opens: str, closes: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<blanks>[ \t]*)(?:{opens})[ \t]*qpf[ \t]*:[ \t]*(?P<verb>[\w-]+)"
        rf"(?P<rest>[ \t]*\[.*?|(?<=ignore)(?:[ \t].*?)?)(?:{closes})"
    )


_COMMENT: Final = _comment("#", r"\Z")
_ELSEWHERE: Final = (_comment(r"(?<!\S)(?:#|//)", r"\Z"), _comment(r"\{#-?", r"[ \t]*-?#\}"))
_REST: Final = re.compile(r"\[(?P<codes>[^\]]*)\](?P<settings>.*)")
_SETTING: Final = re.compile(r"[ \t]+(?P<name>[\w-]+)=(?:\"(?P<text>[^\"]*)\"|(?P<word>[^\s\"]+))")
_ABOVE: Final = re.compile(r"[ \t]*(?:#.*)?\Z")
_BLOCK: Final = re.compile(r"(?:[&!]\S*[ \t]+)*[|>]")
_FORM: Final = 'write `# qpf: ignore[QPF612] reason="why" until=2027-01-31`'
_SETTINGS: Final = ("reason", "until")


def _is_none(_word: str) -> bool:
    """All codes are known."""
    return False


def is_marked(content: bytes) -> bool:
    """Whether a file may have such a comment."""
    return b"qpf" in content and _MARKER.search(content) is not None


def suppressions(
    source: str, content: bytes, codes: Mapping[str, Code], may_be: Callable[[str], bool] = _is_none
) -> Outcome[tuple[Suppression, ...]]:
    """The comments of a file that accept findings; those that cannot be read are findings.

    Args:
        source: Its path.
        content: Its bytes.
        codes: Every code, by its id and by its name.
        may_be: Whether a word may be a code that could not be told.
    """
    found: list[Suppression] = []
    wrong: list[Diagnostic] = []
    for number, match, target in (_in_yaml if source.endswith(".yaml") else _elsewhere)(source, content):
        span = Span(source, number, match.end("blanks") + 1, number, match.end() + 1)
        outcome = _read(match, span, target, codes, may_be)
        if isinstance(outcome, Suppression):
            found.append(outcome)
        else:
            wrong += [Diagnostic(each.code, each.message, span, hint=each.hint) for each in outcome]
    return Outcome(tuple(found), Report.of(wrong))


def _in_yaml(source: str, content: bytes) -> Iterator[tuple[int, re.Match[str], int]]:
    """The comments of a document: the line of each, what it says, the line that it is about."""
    text, _ = read_text(source, content)
    root = read_yaml(source, content).value if text is not None else None
    if text is None or root is None:
        return  # what is wrong with the file is found by whoever reads it
    lines = Text(source, text).lines()
    inside = tuple(_content(span, lines) for span in _scalars(root))
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if match is None or any(_within(number, match.end("blanks") + 1, span) for span in inside):
            continue
        yield number, match, number if line[: match.start()].strip() else _below(lines, number)


def _elsewhere(source: str, content: bytes) -> Iterator[tuple[int, re.Match[str], int]]:
    """What looks like comments in any other text."""
    lines = Text.of(source, content).lines()
    for number, line in enumerate(lines, 1):
        for match in filter(None, (pattern.search(line) for pattern in _ELSEWHERE)):
            alone = not (line[: match.start()] + line[match.end() :]).strip()
            yield number, match, min(number + 1, len(lines)) if alone else number


class _Fault(NamedTuple):
    """What is wrong with a comment."""

    message: str
    hint: str = _FORM
    code: Code = BAD_SUPPRESSION


def _read(
    match: re.Match[str],
    span: Span,
    line: int,
    codes: Mapping[str, Code],
    may_be: Callable[[str], bool],
) -> Suppression | list[_Fault]:
    """A comment, or what is wrong with it."""
    if match["verb"] != "ignore":
        return [_Fault(f"`{match['verb']}` is nothing that a comment can do")]
    rest = _REST.fullmatch(match["rest"].strip())
    names = [name for part in rest["codes"].split(",") if (name := part.strip())] if rest else []
    if rest is None or not names:
        return [_Fault("this comment names no codes")]
    settings, strange = _settings(rest["settings"])
    wrong = [
        _Fault(f"there is no code {name}", nearest_code(name, codes))
        for name in names
        if name not in codes and not may_be(name)
    ]
    wrong += _firm(codes[name] for name in names if name in codes)
    wrong += [_Fault(f"nobody can tell what `{strange}` means here")] if strange else []
    wrong += [] if settings.get("reason", "").strip() else [_Fault("this comment says no reason")]
    wrong += _bad_date(settings.get("until"))
    if wrong:
        return wrong
    ids = dict.fromkeys(codes[name].id if name in codes else name for name in names)
    return Suppression(
        span, line, tuple(ids), settings["reason"].strip(), settings["until"], len(match["blanks"])
    )


def _firm(codes: Iterable[Code]) -> Iterator[_Fault]:
    for code in codes:
        if not is_acceptable(code):
            message = f"{code.id} ({code.name}) is an error, which no comment accepts"
            yield _Fault(message, "mend it, and remove the comment", FIRM_ERROR)


def _settings(text: str) -> tuple[dict[str, str], str]:
    """The settings behind the codes, and what is none."""
    settings: dict[str, str] = {}
    position = 0
    while match := _SETTING.match(text, position):
        if match["name"] not in _SETTINGS or match["name"] in settings:
            return settings, match[0].strip()
        settings[match["name"]] = match["text"] if match["text"] is not None else match["word"]
        position = match.end()
    return settings, text[position:].strip()


def _bad_date(until: str | None) -> Iterator[_Fault]:
    if until is None:
        yield _Fault("this comment does not say until when it holds")
        return
    try:
        right = date.fromisoformat(until).isoformat() == until
    except ValueError:
        right = False
    if not right:
        yield _Fault(f"`{until}` is no date", "write year, month and day: `2027-01-31`")


def _below(lines: list[str], number: int) -> int:
    """The line that a comment on a line of its own is about: the next that says something."""
    for below in range(number, len(lines)):
        if not _ABOVE.fullmatch(lines[below]):
            return below + 1
    return number


def _scalars(node: Node) -> Iterator[Span]:
    """Where texts stand, keys among them: a comment sign inside of one begins no comment."""
    if isinstance(node, Scalar):
        yield node.span
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, MappingNode):
        for entry in node.entries.values():
            yield from _keyed(entry)


def _keyed(entry: Entry) -> Iterator[Span]:
    yield entry.span
    yield from _scalars(entry.node)


def _content(span: Span, lines: list[str]) -> Span:
    """Where a text itself stands: of a block scalar, below the line that announces it."""
    if span.line < span.end_line and _BLOCK.match(lines[span.line - 1], span.column - 1):
        return span._replace(line=span.line + 1, column=1)
    return span


def _within(line: int, column: int, span: Span) -> bool:
    return (span.line, span.column) <= (line, column) < (span.end_line, span.end_column)
