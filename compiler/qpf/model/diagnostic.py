"""Findings are values: what is wrong, where, who took part, and the remedy."""

from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from qpf.model.path import Path
from qpf.model.span import Span

T_co = TypeVar("T_co", covariant=True)


class Severity(IntEnum):
    """How bad a finding is; only an error fails a run."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Code(Struct, frozen=True):
    """A kind of defect, declared once by the plugin that finds it.

    Attributes:
        id: `QPF204`; third parties use a prefix of their own.
        name: The defect in kebab-case: "allow ⟨name⟩" reads well.
        severity: Fixed; a core error cannot be lowered.
        summary: One sentence for the reference page.
        by_looks: Whether what it finds is told by its looks only, so that a person may know better: then a
            comment with a reason accepts it, even if it is an error of the core.
        unsettled: Whether it says that something could not be told this time: whoever remembers findings
            looks again.
    """

    id: str
    name: str
    severity: Severity
    summary: str
    by_looks: bool = False
    unsettled: bool = False


class Note(Struct, frozen=True):
    """Another line that took part."""

    message: str
    span: Span | None = None


class Applicability(StrEnum):
    """Whether a fix may be applied without a person looking at it."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class TextEdit(NamedTuple):
    """The text of a span replaced by another; an empty span is where text is put in."""

    span: Span
    text: str


class Fix(Struct, frozen=True):
    """What a program does about a finding.

    Attributes:
        what: The edit, in words.
        edits: Its changes, all in one file, none over another.
        applicability: `SAFE` if what was meant cannot be anything else, `UNSAFE` if it is a guess.
    """

    what: str
    edits: tuple[TextEdit, ...] = ()
    applicability: Applicability = Applicability.SAFE


class Suppression(Struct, frozen=True):
    """A comment that says that some findings of one line are known and accepted for a while.

    Attributes:
        span: The comment.
        line: The line whose findings it accepts.
        codes: Ids of what it accepts.
        reason: Why.
        until: The last day on which it holds.
        margin: How many blanks stand before the comment, behind what the line says.
    """

    span: Span
    line: int
    codes: tuple[str, ...]
    reason: str
    until: str
    margin: int = 0


class Diagnostic(Struct, frozen=True):
    """One finding.

    Attributes:
        code: What kind of defect.
        message: What is wrong here: no location, no remedy.
        span: Where; None only for findings about no source.
        path: Where in the composed document.
        notes: Every other line that took part.
        hint: The remedy.
        fix: What a program can do about it, if anything.
        subject: The agent it is about, if one.
        environment: The environment it is about, if one.
        plugin: Who found it; stamped by the host.
        level: How bad the fleet says that it is; None if it says nothing.
    """

    code: Code
    message: str
    span: Span | None = None
    path: Path = ()
    notes: tuple[Note, ...] = ()
    hint: str = ""
    fix: Fix | None = None
    subject: str = ""
    environment: str = ""
    plugin: str = "qpf"
    level: Severity | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is: as the fleet says, else as its code does."""
        return self.code.severity if self.level is None else self.level

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Source, line, column, code, message: total, so that order never depends on who ran first."""
        span = self.span or Span("", 0, 0, 0, 0)
        return (
            span.source,
            span.line,
            span.column,
            self.code.id,
            self.message,
            self.subject,
            self.environment,
            tuple(map(str, self.path)),
        )


class Suppressed(Struct, frozen=True):
    """A finding that a comment accepts."""

    diagnostic: Diagnostic
    by: Suppression


class Report(Struct, frozen=True):
    """Findings, sorted, without repeats: the same fault seen in three environments is one finding.

    Attributes:
        diagnostics: What was found.
        suppressed: What was found and is accepted: it fails nothing, and is counted.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic], suppressed: Iterable[Suppressed] = ()) -> "Report":
        """Sort and deduplicate; findings that differ only in agent or environment fold into the first."""
        known: dict[tuple[object, ...], Suppressed] = {}
        for each in sorted(suppressed, key=lambda each: each.diagnostic.sort_key):
            known.setdefault(_identity(each.diagnostic), each)
        seen: dict[tuple[object, ...], Diagnostic] = {}
        for diagnostic in sorted(diagnostics, key=lambda found: found.sort_key):
            seen.setdefault(_identity(diagnostic), diagnostic)
        return cls(tuple(seen.values()), tuple(known.values()))

    @classmethod
    def join(cls, reports: "Iterable[Report]") -> "Report":
        """All findings of several reports, sorted once."""
        parts = tuple(reports)
        return cls.of(
            (found for report in parts for found in report.diagnostics),
            (each for report in parts for each in report.suppressed),
        )

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)

    def __add__(self, other: "Report") -> "Report":
        if not other.diagnostics and not other.suppressed:
            return self
        if not self.diagnostics and not self.suppressed:
            return other
        return Report.join((self, other))

    def each(self, change: Callable[[Diagnostic], Diagnostic | None]) -> "Report":
        """The same report with every finding changed, accepted ones too; None takes one away."""
        accepted = ((change(each.diagnostic), each.by) for each in self.suppressed)
        return Report.of(
            filter(None, map(change, self.diagnostics)),
            (Suppressed(found, by) for found, by in accepted if found is not None),
        )

    def about(self, *, subject: str = "", environment: str = "") -> "Report":
        """The same findings, said of an agent and an environment."""
        if not self.diagnostics:
            return self
        return Report(
            tuple(
                replace(
                    found,
                    subject=found.subject or subject,
                    environment=found.environment or environment,
                )
                for found in self.diagnostics
            ),
            self.suppressed,
        )


def _identity(found: Diagnostic) -> tuple[object, ...]:
    """What a finding is, whomever it is about; one without a line is about somebody."""
    key = (found.code.id, found.message, found.span, found.notes)
    return key if found.span is not None else (*key, found.subject, found.environment)


class Outcome(Struct, Generic[T_co], frozen=True):
    """What a stage returns: a value, as far as there is one, and what it found."""

    value: T_co
    report: Report = Report()
