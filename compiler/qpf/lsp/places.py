"""Where else: what a name stands for, which lines a value overrides, and who speaks of either."""

from qpf.lsp.cursor import Spot
from qpf.lsp.layers import concerned, told
from qpf.lsp.names import Name, declared, said
from qpf.lsp.view import View
from qpf.model.node import find
from qpf.model.span import Span

_AGENTS = 50
"""So many agents are looked through for layers that override a line."""


def definition(view: View, spot: Spot) -> list[Span]:
    """Where a name is declared; of a value, every other layer that speaks of it, those overridden first."""
    name = view.named(spot)
    if name is not None:
        span = declared(name, view.workspace)
        return [] if span is None else [span]
    return [span for span in _speakers(view, spot) if not _is_here(view, span, spot)]


def references(view: View, spot: Spot) -> list[Span]:
    """Where a name is said; of a value, every layer that speaks of it for an agent that the file is about."""
    name = view.named(spot) or _own_name(view, spot)
    if name is not None:
        return list(dict.fromkeys(said(name, view.workspace)))
    return sorted(_speakers(view, spot))


def _own_name(view: View, spot: Spot) -> Name | None:
    """The name that a file gives itself."""
    if spot.path != ("name",):
        return None
    text = getattr(spot.node, "value", None)
    match view.kind:
        case "agent" | "base" | "sub" as kind:
            return Name(kind, str(text))
    return None


def _speakers(view: View, spot: Spot) -> dict[Span, None]:
    """Every line that speaks of a value, once each: what the file overrides, then who overrides the file."""
    if view.document is None:
        return {}
    agents = concerned(view.document, spot.path, view.workspace)[:_AGENTS]
    return dict.fromkeys(
        speaker.span
        for each in told(view.document, spot.path, view.workspace, agents)
        for speaker in each.explanation.speakers
    )


def _is_here(view: View, span: Span, spot: Spot) -> bool:
    """Whether a line is the one that was asked about, wherever it was when the file was last read."""
    if span.source != view.path or view.document is None:
        return False
    node = find(view.document.body, spot.path)
    return node is not None and span == node.span
