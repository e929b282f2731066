"""What a plugin handed over, checked and stamped with who handed it over.

A plugin cannot speak in another's name, report what it did not declare, or pass on a value
that would only break the compiler later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from qpf.host import codes, reserved
from qpf.host.plugin import Registered
from qpf.host.shape import kind_of, show
from qpf.host.territory import refusal
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Applicability, Code, Diagnostic, Fix, Note, TextEdit
from qpf.model.extension import Emitter
from qpf.model.span import Span

_LENT_PREFIX = f"{reserved.CODE_PREFIX}04"
"""Codes of the compiler's own tools, which report through the emitter that uses them."""


def stamp_diagnostics(
    entry: Registered[Any], declared: tuple[Code, ...], results: Iterable[Any], *, lent: bool = False
) -> Iterator[Diagnostic]:
    """Findings as their plugin's; one that is malformed or undeclared becomes a finding about the plugin.

    Args:
        entry: Who reports.
        declared: Codes it may report.
        results: What it handed over.
        lent: Whether findings of the compiler's tools may be among them; they stay the compiler's.
    """
    complained: set[str] = set()
    for result in results:
        fault = _fault(result)
        if fault is not None:
            complaint = wrong_result(entry, fault)
        elif result.code in declared or _is_fleets(result, entry):
            yield replace(result, plugin=entry.plugin, level=None)
            continue
        elif lent and result.code.id.startswith(_LENT_PREFIX):
            yield result
            continue
        else:
            complaint = _undeclared(entry, result)
        if complaint.message not in complained:
            complained.add(complaint.message)
            yield complaint


def stamp_artifacts(
    entry: Registered[Emitter], subject: str, results: Iterable[Any]
) -> tuple[tuple[Artifact, ...], list[Diagnostic]]:
    """Artifacts as their emitter's and their agent's; those that may not be written are findings."""
    artifacts: list[Artifact] = []
    findings: list[Diagnostic] = []
    emitter = entry.value.name
    for result in results:
        if type(result) is not Artifact:
            findings.append(wrong_result(entry, f"handed over {kind_of(result)}, not an Artifact"))
            continue
        why = refusal(result)
        if why is None:
            artifacts.append(
                Artifact(
                    result.path,
                    result.content,
                    result.state,
                    result.complete,
                    result.executable,
                    emitter,
                    subject,
                )
            )
        else:
            findings.append(
                Diagnostic(
                    codes.UNSAFE_ARTIFACT,
                    f"emitter `{emitter}` of plugin `{entry.plugin}` "
                    f"may not write {show(result.path)}: {why}",
                    hint="paths are relative to the environment's folder and stay inside it",
                    plugin=entry.plugin,
                )
            )
    return tuple(artifacts), findings


def _is_fleets(found: Diagnostic, entry: Registered[Any]) -> bool:
    """Whether a finding has a code that the fleet gives out itself, and its pass reports such."""
    gives = getattr(entry.value, "fleet_codes", None) is not None
    return gives and reserved.is_fleets_code(found.code.id, entry.taken)


def wrong_result(entry: Registered[Any], what: str) -> Diagnostic:
    """A finding about a plugin that handed over something else than it must."""
    kind = type(entry.value).__name__
    return Diagnostic(
        codes.WRONG_RESULT,
        f"{kind.lower()} `{entry.value.name}` of plugin `{entry.plugin}` {what}",
        hint=f"see `{kind}` in qpf.api",
        plugin=entry.plugin,
    )


def _undeclared(entry: Registered[Any], found: Diagnostic) -> Diagnostic:
    kind = type(entry.value).__name__.lower()
    return Diagnostic(
        codes.UNDECLARED_CODE,
        f"{kind} `{entry.value.name}` of plugin `{entry.plugin}` reported {found.code.id} "
        f"(`{found.code.name}`), which it does not declare",
        notes=(Note(f"it reported: {found.message}", found.span),),
        hint=f"add the code to the {kind}'s `codes`",
        plugin=entry.plugin,
    )


def _fault(found: Any) -> str | None:
    """Why a result is no finding that could be sorted and shown."""
    if type(found) is not Diagnostic:
        return f"handed over {kind_of(found)}, not a Diagnostic"
    code: Any = found.code
    if type(code) is not Code:
        return f"reported a finding whose `code` is {show(code)}"
    bad = next((field for field, good in _FIELDS.items() if not good(getattr(found, field))), None)
    return f"reported {code.id} with a malformed `{bad}`" if bad is not None else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_span(span: Any) -> bool:
    """None, or a span of one source and four numbers."""
    if span is None:
        return True
    return type(span) is Span and _is_text(span[0]) and all(type(part) is int for part in tuple(span)[1:])


def _is_path(path: Any) -> bool:
    return isinstance(path, tuple) and all(isinstance(part, str | int) for part in path)


def _is_notes(notes: Any) -> bool:
    return isinstance(notes, tuple) and all(
        type(note) is Note and _is_text(note.message) and _is_span(note.span) for note in notes
    )


def _is_fix(fix: Any) -> bool:
    """None, or edits of one file."""
    if type(fix) is not Fix:
        return fix is None
    given: Any = fix  # whose fields may hold anything
    edits = given.edits
    return (
        _is_text(given.what)
        and isinstance(given.applicability, Applicability)
        and isinstance(edits, tuple)
        and all(type(each) is TextEdit and _is_place(each.span) and _is_text(each.text) for each in edits)
        and len({each.span.source for each in edits}) <= 1
    )


def _is_place(span: Any) -> bool:
    return span is not None and _is_span(span)


_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "message": _is_text,
    "span": _is_span,
    "path": _is_path,
    "notes": _is_notes,
    "hint": _is_text,
    "fix": _is_fix,
    "subject": _is_text,
    "environment": _is_text,
}
