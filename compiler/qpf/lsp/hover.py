"""What is told of a key or a value: what it means, what it is, and which layers say so."""

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from itertools import groupby

from qpf.lsp.cursor import Spot
from qpf.lsp.layers import Told, concerned, told
from qpf.lsp.names import Name, declared
from qpf.lsp.standing import about, field_of, words
from qpf.lsp.view import View
from qpf.model.explanation import Speaker
from qpf.model.node import Data, Scalar, find
from qpf.model.path import Path, format_path
from qpf.model.span import Span
from qpf.model.wording import show
from qpf.render.mask import mask, mask_value

_AGENTS = 3
"""So many agents are told of one by one; the others are counted."""


def hover(view: View, spot: Spot) -> str:
    """What is told of a spot, as Markdown; empty if there is nothing to tell."""
    name = view.named(spot)
    if name is not None:
        return "\n\n".join(_of_name(view, name))
    return "\n\n".join(filter(None, (_of_key(view, spot.path), *_of_value(view, spot.path))))


def _of_name(view: View, name: Name) -> Iterator[str]:
    yield f"{name.kind} `{name.name}`"
    span = declared(name, view.workspace)
    if span is None:
        if name.kind != "emitter":
            yield "There is none."
        return
    document = view.workspace.documents.of(span.source)
    node = None if document is None else find(document.body, ("role",))
    if name.kind in {"agent", "base", "sub"} and isinstance(node, Scalar):
        yield mask(str(node.value))
    configuration = view.workspace.configuration
    if name.kind == "packet" and configuration is not None:
        packet = configuration.glue.packets.get(name.name, {})
        yield mask(packet.get("description", ""))
        yield "\n".join(_field(*each) for each in packet.get("fields", {}).items())
    yield _link(view, span)


def _field(name: str, said: ReadOnly[str, Data]) -> str:
    return f"- `{name}`: {said.get('type', '')}. {mask(said.get('description', ''))}".rstrip(". ")


def _of_key(view: View, path: Path) -> str:
    """A key with its type, its default and what it is for."""
    keys = tuple(part for part in path if isinstance(part, str))
    if not keys:
        return ""
    field = field_of(view.kind, path, view.workspace)
    said = [f"**{format_path(path)}**"]
    if field is not None:
        said += [words((field.annotation,))] if words((field.annotation,)) else []
        simple = isinstance(field.default, bool | int | float | str) and field.default != ""
        said += [f"default `{show(field.default)}`"] if simple else []
    meaning = about(view.kind, path, view.workspace)
    head = " · ".join(said)
    return f"{head}\n\n{meaning}" if meaning else head


def _of_value(view: View, path: Path) -> Iterator[str]:
    """The value in each agent that the file speaks for, with the layers that say it."""
    if view.document is None:
        return
    agents = concerned(view.document, path, view.workspace)
    shown = list(told(view.document, path, view.workspace, agents[:_AGENTS]))
    if shown:
        strategy = shown[0].explanation.strategy
        yield f"_{strategy}_"
    for agent, each in groupby(shown, key=lambda one: one.agent):
        yield "\n".join(_of_agent(view, agent, list(each)))
    rest = len(agents) - _AGENTS
    if shown and rest > 0:
        yield f"and {rest} more agent{'' if rest == 1 else 's'}"


def _of_agent(view: View, agent: str, environments: list[Told]) -> Iterator[str]:
    alike = groupby(environments, key=lambda one: _chain(view, one))
    for chain, group in alike:
        same = list(group)
        names = ", ".join(one.environment for one in same)
        explanation = same[0].explanation
        yield f"`{agent}` in {names}: `{_value(explanation.path, explanation.value)}`"
        yield ""
        yield from chain
        yield ""


def _chain(view: View, one: Told) -> list[str]:
    path, speakers = one.explanation.path, one.explanation.speakers
    together = not any(speaker.won for speaker in speakers)
    return [_speaker(view, path, speaker, together=together) for speaker in speakers]


def _speaker(view: View, path: Path, speaker: Speaker, *, together: bool) -> str:
    fate = "won" if speaker.won else "spoke" if together else "overridden"
    line = f"- {fate}: {speaker.layer} {speaker.name}, `{_value(path, speaker.value)}`, "
    moved = "".join(f" (migrated by {each.step})" for each in speaker.moved)
    return f"{line}{_link(view, speaker.span)}{moved}"


def _value(path: Path, value: object) -> str:
    name = path[-1] if path else ""
    return mask(show(mask_value(name, value), 72)).replace("`", "'")


def _link(view: View, span: Span) -> str:
    return f"[{span}]({view.uri(span.source)}#L{span.line})"


def plain(markdown: str) -> str:
    """The same for an editor that shows no Markdown."""
    text = markdown.replace("**", "").replace("`", "")
    lines = [line.strip("_") if line.startswith("_") else line for line in text.split("\n")]
    return "\n".join(_without_link(line) for line in lines)


def _without_link(line: str) -> str:
    before, found, after = line.partition("](")
    if not found:
        return line
    return before.replace("[", "") + after.partition(")")[2]
