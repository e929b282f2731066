"""Findings are values: what is wrong, where, who took part, and the remedy."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Generic, TypeVar

from qpf.model.path import Path
from qpf.model.span import Span

T_co = TypeVar("T_co", covariant=True)


class Severity(IntEnum):
    """How bad a finding is; only an error fails a run."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of defect, declared once by the plugin that finds it.

    Attributes:
        id: `QPF204`; third parties use a prefix of their own.
        name: The defect in kebab-case: "allow ⟨name⟩" reads well.
        severity: Fixed; a core error cannot be lowered.
        summary: One sentence for the reference page.
    """

    id: str
    name: str
    severity: Severity
    summary: str


@dataclass(frozen=True, slots=True)
class Note:
    """Another line that took part."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """What a program does about a finding, where that is safe.

    Attributes:
        source: The file that it edits.
        what: The edit, in words.
    """

    source: str
    what: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: What kind of defect.
        message: What is wrong here: no location, no remedy.
        span: Where; None only for findings about no source.
        path: Where in the composed document.
        notes: Every other line that took part.
        hint: The remedy.
        fix: The remedy that needs no person, if there is one.
        subject: The agent it is about, if one.
        environment: The environment it is about, if one.
        plugin: Who found it; stamped by the host.
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


@dataclass(frozen=True, slots=True)
class Report:
    """Findings, sorted, without repeats: the same fault seen in three environments is one finding."""

    diagnostics: tuple[Diagnostic, ...] = ()

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic]) -> "Report":
        """Sort and deduplicate; findings that differ only in agent or environment fold into the first."""
        seen: dict[tuple[object, ...], Diagnostic] = {}
        for diagnostic in sorted(diagnostics, key=lambda found: found.sort_key):
            key: tuple[object, ...] = (
                diagnostic.code.id,
                diagnostic.message,
                diagnostic.span,
                diagnostic.notes,
            )
            if diagnostic.span is None:
                key = (*key, diagnostic.subject, diagnostic.environment)
            seen.setdefault(key, diagnostic)
        return cls(tuple(seen.values()))

    @classmethod
    def join(cls, reports: "Iterable[Report]") -> "Report":
        """All findings of several reports, sorted once."""
        return cls.of(found for report in reports for found in report.diagnostics)

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(found.code.severity is Severity.ERROR for found in self.diagnostics)

    def __add__(self, other: "Report") -> "Report":
        if not other.diagnostics:
            return self
        if not self.diagnostics:
            return other
        return Report.of((*self.diagnostics, *other.diagnostics))

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
            )
        )


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T_co]):
    """What a stage returns: a value, as far as there is one, and what it found."""

    value: T_co
    report: Report = Report()
