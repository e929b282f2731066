"""What a finding is, however it is worded and wherever its line moves: how services follow it.

Its code, agent and file; where it stands in the document; and, where it has no such place, the text that it
points at. Findings that are the same by all of that are counted.
"""

from collections import Counter
from collections.abc import Mapping

from qpf.model.diagnostic import Diagnostic
from qpf.model.digest import digest_of
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.render.mask import mask


class Fingerprints:
    """The fingerprints of one run's findings."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}
        self._seen: Counter[str] = Counter()

    def of(self, found: Diagnostic) -> str:
        """The next finding's; findings are asked for in the order of their report."""
        source = found.span.source if found.span else ""
        parts = [
            found.code.id,
            format_path(found.path),
            source,
            found.subject if not source else "",
            self._text(found.span) if found.span and not found.path else "",
        ]
        key = digest_of(parts).removeprefix("sha256:")
        self._seen[key] += 1
        return f"{key}:{self._seen[key]}"

    def _text(self, span: Span) -> str:
        """What a finding points at, up to the end of its first line, without secrets and outer blanks."""
        if span.source not in self._lines:
            content = self._sources.get(span.source, b"").decode(errors="replace").removeprefix("\ufeff")
            self._lines[span.source] = mask(content).split("\n")
        lines = self._lines[span.source]
        if not 1 <= span.line <= len(lines):
            return ""
        end = span.end_column - 1 if span.end_line == span.line else None
        return lines[span.line - 1][span.column - 1 : end].strip()
