"""The seven layers of validation: which one a code belongs to, and the part of a report that some make up."""

from collections.abc import Collection, Iterable, Mapping

from qpf.host.codes import LAYER_NOT_REACHED
from qpf.host.registry import Registry
from qpf.model.diagnostic import Code, Diagnostic, Note, Report, Severity
from qpf.model.extension import LAYER_NAMES, FleetCode, format_layer
from qpf.model.policy import CORE_PREFIX

_MODELS = 3
"""Up to this layer, what is found keeps the passes of later ones from running."""
_BEFORE, _BETWEEN = 0.0, 1.5
_EVOLUTION = "8"
_NAMED = 5


def number_of(word: str) -> int | None:
    """The number of a layer that is named by its number or its name."""
    if word in LAYER_NAMES:
        return LAYER_NAMES.index(word) + 1
    return int(word) if word in {str(number) for number in range(1, len(LAYER_NAMES) + 1)} else None


def layers_of(registry: Registry, given: Iterable[FleetCode] = ()) -> Mapping[str, int]:
    """The layers of the codes that passes report, and of those that the fleet gives out, by id."""
    passes = {code.id: entry.value.layer for entry in registry.passes for code in entry.value.codes}
    return {**passes, **{each.code.id: each.layer for each in given}}


def layer_of(code: Code, passes: Mapping[str, int]) -> int | None:
    """The layer of a code; None if it is of none: about the host, the configuration, versions, drift."""
    if not code.id.startswith(CORE_PREFIX):
        return passes.get(code.id)
    digit = code.id.removeprefix(CORE_PREFIX)[:1]
    return int(digit) if "1" <= digit <= "7" else None


def only(report: Report, chosen: Collection[int], passes: Mapping[str, int]) -> Report:
    """The findings of some layers, and one more if others kept them from being seen whole."""
    part = report.each(lambda found: found if layer_of(found.code, passes) in chosen else None)
    lower = [
        found
        for found in report.diagnostics
        if found.severity is Severity.ERROR and _hides(found.code, chosen, passes)
    ]
    return part + Report((_not_reached(chosen, lower),)) if lower else part


def _hides(code: Code, chosen: Collection[int], passes: Mapping[str, int]) -> bool:
    """Whether an error of this code keeps chosen layers from being seen whole."""
    layer = layer_of(code, passes)
    if layer in chosen or (layer is not None and layer > _MODELS):
        return False
    return rank_of(code, passes) < max(chosen)


def rank_of(code: Code, passes: Mapping[str, int]) -> float:
    """The layer of a code; where it has none, where it stands among them: documents are lifted once read."""
    layer = layer_of(code, passes)
    if layer is not None:
        return layer
    return _BETWEEN if code.id.startswith(f"QPF{_EVOLUTION}") else _BEFORE


def _not_reached(chosen: Iterable[int], lower: list[Diagnostic]) -> Diagnostic:
    named = [format_layer(number) for number in sorted(chosen)]
    layers = f"layer {named[0]}" if len(named) == 1 else f"layers {', '.join(named)}"
    notes = [Note(f"{found.code.id} {found.code.name}: {found.message}", found.span) for found in lower]
    rest = len(notes) - _NAMED
    return Diagnostic(
        LAYER_NOT_REACHED,
        f"{layers} could not be seen whole: {len(lower)} {'error comes' if not lower[1:] else 'errors come'}"
        " before",
        notes=(*notes[:_NAMED], *((Note(f"and {rest} more"),) if rest > 0 else ())),
        hint="mend what comes before; `qpf validate` shows all of it",
    )
