"""Changes of schemas as text, as data, as findings and as Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from qpf.evolution.diff.judging.rule import every_rule, summaries
from qpf.evolution.places import written
from qpf.model.diagnostic import Code, Diagnostic, Note, Severity
from qpf.model.digest import digest_of
from qpf.model.node import Data
from qpf.model.schema_change import SchemaChange, Side, Weight
from qpf.model.span import Span
from qpf.model.wording import show
from qpf.render.mask import MASK, mask, mask_value

_MOST = 5


def masked(change: SchemaChange) -> SchemaChange:
    """A change without secrets: what a field of a telling name holds, and what looks like one anywhere."""
    name = change.path[-1] if change.path else ""
    message, hint = change.message, change.hint
    sides = []
    for side in (change.before, change.after):
        value = mask_value(name, side.value)
        for text in (each for secret in _gone(side.value, value) for each in (secret, show(secret))):
            message, hint = message.replace(text, MASK), hint.replace(text, MASK)
        sides.append(replace(side, value=value))
    return replace(change, message=mask(message), hint=mask(hint), before=sides[0], after=sides[1])


def _gone(value: Data, shown: Data) -> Iterator[str]:
    """Texts that a mask took away."""
    if isinstance(value, str):
        yield from [value] if value and value != shown else []
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _gone(each, shown[key])
    elif isinstance(value, list | tuple):
        for one, other in zip(value, shown, strict=True):
            yield from _gone(one, other)


def place(change: SchemaChange) -> str:
    """Which field of which schema."""
    path = written(change.path)
    return f"{change.subject} {path}".strip() if change.subject else path or "the schema"


def changes_text(changes: Sequence[SchemaChange]) -> str:
    """All changes for a person, by weight, with a last line that counts them."""
    lines: list[str] = []
    for weight, several in groupby(changes, key=lambda each: each.weight):
        lines.append(weight.word)
        for change in several:
            lines += _lines(change)
        lines.append("")
    return "\n".join([*lines, summary(changes), ""])


def summary(changes: Iterable[SchemaChange]) -> str:
    """`2 breaking, 1 of them carried by migrations; 3 safe`."""
    parts = []
    for weight, several in groupby(changes, key=lambda each: each.weight):
        found = list(several)
        carried = sum(each.covered for each in found)
        told = f", {carried} of them carried by migrations" if carried else ""
        parts.append(f"{len(found)} {weight.word}{told}")
    return "; ".join(parts) or "nothing differs"


def _lines(change: SchemaChange) -> Iterator[str]:
    codes = f"{change.code} {change.name}" + (f", {change.policy}" if change.policy else "")
    yield f"  {place(change)}: {change.message}  [{codes}]"
    places = " → ".join(str(span) for span in (change.before.span, change.after.span) if span is not None)
    if places:
        yield f"      {places}"
    axes = f"backward {change.backward}, forward {change.forward}, migration {change.cover}"
    yield f"      {axes}" + (f", policy {change.effect}" if change.effect != "neutral" else "")
    if change.declared is not None:
        where = f" ({change.declared.span})" if change.declared.span else ""
        yield f"      declared by {change.declared.step}, operation {change.declared.position + 1}{where}"
    if change.also:
        yield f"      and of {_listed(change.also)}"
    if change.affected:
        yield f"      used at {_listed([str(span) for span in change.affected])}"
    if change.hint and not change.covered:
        yield f"      hint: {change.hint}"


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return ", ".join(texts[:_MOST]) + more


def changes_data(changes: Iterable[SchemaChange]) -> list[dict[str, Any]]:
    """All changes as JSON-like data."""
    return [_data(change) for change in changes]


def _data(change: SchemaChange) -> dict[str, Any]:
    declared = change.declared
    return {
        "code": change.code,
        "name": change.name,
        "schema": change.subject,
        "path": written(change.path),
        "area": change.area,
        "keyword": change.word,
        "message": change.message,
        "severity": change.weight.word,
        "backward": change.backward,
        "forward": change.forward,
        "compatibility": compatibility(change.backward, change.forward),
        "migration": change.cover,
        "covered": change.covered,
        "policy": change.effect,
        "policy_code": change.policy,
        "direction": change.direction,
        "declared_by": declared
        and {"step": declared.step, "operation": declared.position, **_place(declared.span)},
        "before": _side(change.before),
        "after": _side(change.after),
        "hint": change.hint,
        "also": list(change.also),
        "affected": [_place(span) for span in change.affected],
        "fingerprint": fingerprint(change),
    }


def fingerprint(change: SchemaChange) -> str:
    """What stays the same about a change however its message is worded and its lines move."""
    said = [
        change.code,
        change.subject,
        written(change.path),
        change.direction,
        change.before.value,
        change.after.value,
    ]
    return digest_of(said).removeprefix("sha256:")[:16]


def compatibility(backward: str, forward: str) -> str:
    """The two answers in the words of schema registries."""
    if "unknown" in {backward, forward}:
        return "unknown"
    return {("yes", "yes"): "full", ("yes", "no"): "backward", ("no", "yes"): "forward"}.get(
        (backward, forward), "none"
    )


def verdict(changes: Sequence[SchemaChange]) -> dict[str, str | bool]:
    """All changes as one answer on each axis."""
    backward, forward = _worst(each.backward for each in changes), _worst(each.forward for each in changes)
    effects = {each.effect for each in changes}
    effect = next((each for each in ("loosens", "undecided", "tightens") if each in effects), "neutral")
    weight = max((each.weight for each in changes), default=None)
    return {
        "backward": backward,
        "forward": forward,
        "compatibility": compatibility(backward, forward),
        "severity": weight.word if weight is not None else "none",
        "policy": effect,
        "covered": all(each.covered or each.weight < Weight.BREAKING for each in changes),
    }


def _worst(answers: Iterable[str]) -> str:
    said = set(answers)
    return "no" if "no" in said else "unknown" if "unknown" in said else "yes"


def _side(side: Side) -> dict[str, Any]:
    return {"value": side.value, **_place(side.span)}


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {"file": None, "line": None, "column": None}
    return {"file": span.source, "line": span.line, "column": span.column}


def findings(changes: Iterable[SchemaChange], least: Weight | None) -> Iterator[Diagnostic]:
    """Changes as findings: errors are those of a weight or more that no migration carries over.

    What loosens what governs agents has the code of that, for it is why it fails.

    Args:
        changes: The changes.
        least: What fails; None: nothing does.
    """
    known = {rule.code: rule for rule in every_rule()}
    for change in changes:
        rule = known[change.policy if change.weight is Weight.CRITICAL else change.code]
        severity = Severity.NOTE
        if least is not None and fails(change, least):
            severity = Severity.ERROR
        elif change.weight >= Weight.DANGEROUS and not change.covered:
            severity = Severity.WARNING
        notes = [Note("it was here", change.before.span)] if change.before.span else []
        if change.declared is not None:
            notes.append(Note(f"{change.declared.step} declares it", change.declared.span))
        notes += [Note("it is used here", span) for span in change.affected[:_MOST]]
        yield Diagnostic(
            Code(rule.code, rule.name, severity, summaries()[rule.code]),
            f"`{place(change)}` {change.message}",
            change.after.span or change.before.span,
            change.path,
            tuple(notes),
            hint=change.hint,
        )


def fails(change: SchemaChange, least: Weight) -> bool:
    """Whether a change is one that a person must see to."""
    if change.weight is Weight.CRITICAL:
        return True
    return change.code == "U000" or (change.weight >= least and not change.covered)


def changes_markdown(changes: Sequence[SchemaChange]) -> str:
    """All changes as a table for a pull request."""
    if not changes:
        return "Nothing differs.\n"
    lines = [f"**{summary(changes)}**", "", "| | field | change | compatibility | policy | migration |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for each in changes:
        carried = f"declared by {each.declared.step}" if each.declared else each.cover
        cells = (
            f"{each.weight.word} {each.code} {each.policy}".rstrip(), f"`{place(each)}`", each.message,
            compatibility(each.backward, each.forward), each.effect, carried,
        )  # fmt: skip
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
