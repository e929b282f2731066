"""Findings for a person's eyes: where, what, the line itself, who took part, the remedy."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qpf.model.diagnostic import Code, Diagnostic, Note, Report, Severity
from qpf.model.span import Span
from qpf.render.excerpt import Lines, visible
from qpf.render.mask import mask
from qpf.render.pages import published
from qpf.render.remedy import told

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36", "hint": "1;32", "place": "1", "frame": "34"}


MOST = 20
"""So many findings of one code in one file are shown; the others are counted."""


def render_text(
    report: Report, sources: Mapping[str, bytes], *, colour: bool = False, pages: str = ""
) -> str:
    """Write a report as text, one block a finding, and a summary; nothing for an empty report.

    Args:
        report: What was found.
        sources: Content by path, for the excerpts; sources that are absent are shown without.
        colour: Whether to use ANSI colours.
        pages: Where the pages of codes are published; by default `qpf explain` shows them.
    """
    writer = _Writer(sources, colour=colour, pages=pages)
    blocks = list(writer.blocks(report.diagnostics))
    return "\n".join([*blocks, summary(report) + "\n"]) if report.diagnostics or report.suppressed else ""


def summary(report: Report) -> str:
    """How many of each severity: `2 errors, 1 warning`; `no findings` for none."""
    counts = [
        _count(sum(found.severity is severity for found in report.diagnostics), word)
        for severity, word in _WORDS.items()
    ]
    counts.append(f"{len(report.suppressed)} suppressed" if report.suppressed else "")
    return ", ".join(count for count in counts if count) or "no findings"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""


class _Writer:
    """Holds the sources that were looked at, split into lines once."""

    def __init__(self, sources: Mapping[str, bytes], *, colour: bool, pages: str) -> None:
        self._sources = sources
        self._colour = colour
        self._pages = pages
        self._lines: dict[str, Lines | None] = {}
        self._told: set[str] = set()

    def blocks(self, diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
        """Findings in order; of many alike in one file the first, and how many more there are."""
        groups = Counter(map(_group, diagnostics))
        shown: Counter[tuple[str, str]] = Counter()
        for found in diagnostics:
            group = _group(found)
            shown[group] += 1
            if shown[group] <= MOST:
                yield self.finding(found)
            if shown[group] == MOST and (more := groups[group] - MOST):
                code, source = group
                yield f"…and {more} more {code}{f' in {visible(source)}' if source else ''}\n"

    def finding(self, found: Diagnostic) -> str:
        word = _WORDS[found.severity]
        label = self._paint(word, f"{word}[{found.code.id} {found.code.name}]")
        place = found.span and self._paint("place", f"{_place(found.span)}: ")
        rows = [f"{place or _about(found)}{label}: {_clean(found.message)}", *self._excerpt(found.span, word)]
        for note in found.notes:
            rows += self._note(note)
        if found.hint:
            rows.append(f"  {self._paint('hint', 'hint')}: {_clean(found.hint)}")
        if found.fix:
            rows.append(f"  {self._paint('hint', 'fix')}: {_clean(told(found.fix))}")
        if found.code.id not in self._told:
            self._told.add(found.code.id)
            rows.append(f"  {self._paint('hint', 'page')}: {self._page(found.code)}")
        return "\n".join(rows) + "\n"

    def _page(self, code: Code) -> str:
        return published(self._pages, code) or f"`qpf explain {code.id}`"

    def _note(self, note: Note) -> Iterable[str]:
        place = f"{_place(note.span)}: " if note.span else ""
        yield f"  {self._paint('note', 'note')}: {place}{_clean(note.message)}"
        yield from self._excerpt(note.span, "note")

    def _excerpt(self, span: Span | None, word: str) -> Iterable[str]:
        lines = self._lines_of(span.source) if span is not None else None
        excerpt = lines.excerpt(span) if lines is not None and span is not None else None
        if excerpt is None or not excerpt.line:
            return
        bar = self._paint("frame", "|")
        yield f"{self._paint('frame', f'{excerpt.number:>6}')} {bar} {excerpt.line}"
        yield f"{'':6} {bar} {self._paint(word, excerpt.carets, indented=True)}"

    def _lines_of(self, source: str) -> Lines | None:
        if source not in self._lines:
            content = self._sources.get(source)
            self._lines[source] = None if content is None else Lines(content)
        return self._lines[source]

    def _paint(self, what: str, text: str, *, indented: bool = False) -> str:
        if not self._colour:
            return text
        inner = text.lstrip() if indented else text
        return f"{text[: len(text) - len(inner)]}\033[{_COLOURS[what]}m{inner}\033[0m"


def _group(found: Diagnostic) -> tuple[str, str]:
    return found.code.id, found.span.source if found.span else ""


def _place(span: Span) -> str:
    return visible(str(span))


def _about(found: Diagnostic) -> str:
    """Whom a finding without a line is about."""
    about = [f"agent {found.subject}"] if found.subject else []
    about += [f"environment {found.environment}"] if found.environment else []
    return visible(", ".join(about) + ": ") if about else ""


def _clean(text: str) -> str:
    """Free of secrets and control characters; further lines are indented."""
    return visible(mask(text)).rstrip().replace("\n", "\n    ")
