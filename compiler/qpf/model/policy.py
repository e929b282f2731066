"""What a fleet says about findings: how bad some are, and which are accepted where, why and until when."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from qpf.model.diagnostic import Code, Diagnostic, Severity, Suppression

CORE_PREFIX = "QPF"
"""Begins the codes of the compiler and of the plugins that ship with it."""


def is_firm(code: Code) -> bool:
    """Whether nobody may lower it: an error of the core."""
    return code.severity is Severity.ERROR and code.id.startswith(CORE_PREFIX)


def is_acceptable(code: Code) -> bool:
    """Whether a comment may accept it: what gives way, and what is told by its looks."""
    return code.by_looks or not is_firm(code)


class Policy(Struct, frozen=True, dict=True):
    """What becomes of findings.

    Attributes:
        severities: How bad findings are, by the id of their code; None: they are not told.
        suppressions: The comments that accept findings.
        today: The date; a comment that holds until an earlier one accepts nothing. Empty: nothing expires.
    """

    severities: Mapping[str, Severity | None] = {}
    suppressions: tuple[Suppression, ...] = ()
    today: str = ""

    @property
    def silent(self) -> bool:
        """Whether it changes no finding at all."""
        return not self.severities and not self.suppressions

    def in_force(self, suppression: Suppression) -> bool:
        """Whether a comment still holds."""
        return not self.today or suppression.until >= self.today

    def accepts(self, found: Diagnostic) -> Suppression | None:
        """The comment that accepts a finding."""
        if found.span is None or not is_acceptable(found.code):
            return None
        for each in self._by_line.get((found.span.source, found.span.line), ()):
            if found.code.id in each.codes:
                return each
        return None

    @cached_property
    def _by_line(self) -> Mapping[tuple[str, int], list[Suppression]]:
        lines: dict[tuple[str, int], list[Suppression]] = defaultdict(list)
        for each in self.suppressions:
            if self.in_force(each):
                lines[each.span.source, each.line].append(each)
        return lines
