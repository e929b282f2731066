"""What could be written at the cursor: keys with what they mean, values that are listed, names that exist."""

from collections.abc import Iterator

from lsprotocol import types as lsp

from qpf.lsp.cursor import Blank, blanks_at
from qpf.lsp.names import kind_at, known, packets, ports
from qpf.lsp.positions import units
from qpf.lsp.standing import about, keys_at, values_at
from qpf.lsp.view import View
from qpf.model.node import Mapping, Sequence, find, to_data
from qpf.model.path import Path
from qpf.render.mask import mask
from qpf.stages.kinds import Named

_PORTS = {"from": "output", "to": "input"}


def completions(view: View, position: lsp.Position) -> list[lsp.CompletionItem]:
    """Everything that may be written at a place, in the order in which people meet it."""
    column = view.column(position)
    items: list[lsp.CompletionItem] = []
    for blank in blanks_at(view.text.replace("\r\n", "\n"), position.line, column):
        range_ = lsp.Range(_before(view, position.line, column - len(blank.word)), position)
        offered = _keys(view, blank) if blank.key else _values(view, blank.path)
        for label, text, kind, detail, meaning in offered:
            items.append(
                lsp.CompletionItem(
                    label=label,
                    kind=kind,
                    detail=detail or None,
                    documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, meaning) if meaning else None,
                    sort_text=f"{len(items):04}",
                    filter_text=label,
                    text_edit=lsp.TextEdit(range_, text),
                )
            )
    return items


def _before(view: View, line: int, column: int) -> lsp.Position:
    return lsp.Position(line, units(view.lines[line][:column], view.places.encoding))


Offer = tuple[str, str, lsp.CompletionItemKind, str, str]


def _keys(view: View, blank: Blank) -> Iterator[Offer]:
    there = None if view.tree is None else find(view.tree, blank.path)
    taken = set(there.entries) - {blank.word} if isinstance(there, Mapping) else set()
    seen: set[str] = set()
    for key in keys_at(view.kind, blank.path, view.workspace):
        if key.name not in taken and key.name not in seen:
            seen.add(key.name)
            text = f"{key.name}:" if key.nested else f"{key.name}: "
            yield key.name, text, lsp.CompletionItemKind.Property, key.kind, key.about
    named = kind_at(view.kind, (*blank.path, "any"), view.workspace, key=True)
    for name in known(named, view.workspace) if named not in {None, "packet"} else ():
        if name not in taken and name not in seen:
            yield name, f"{name}:", lsp.CompletionItemKind.Reference, str(named), _role(view, named, name)


def _values(view: View, path: Path) -> Iterator[Offer]:
    named = kind_at(view.kind, path, view.workspace)
    if named is not None:
        taken = _siblings(view, path)
        for name in _names(view, named, path):
            if name not in taken:
                yield name, name, lsp.CompletionItemKind.Reference, named, _role(view, named, name)
        return
    meaning = about(view.kind, path, view.workspace)
    for value in values_at(view.kind, path, view.workspace):
        text = str(value).lower() if isinstance(value, bool) else value
        yield text, text, lsp.CompletionItemKind.EnumMember, "", meaning
    if view.kind == "glue" and path[:1] == ("meshes",) and path[-1] in {"output", "input"}:
        yield from _mesh_ports(view, path)


def _names(view: View, kind: Named, path: Path) -> list[str]:
    """Names that fit where one is asked for."""
    workspace = view.workspace
    if kind == "port":
        return [f"{agent}.{port}" for agent, port in ports(_PORTS[str(path[-1])], workspace)]
    if kind == "packet" and view.kind == "glue" and view.tree is not None:
        return packets(view.tree)
    names = known(kind, workspace)
    if kind == "sub" and view.kind == "agent" and view.tree is not None:
        base = find(view.tree, ("composition", "base"))
        chosen = None if base is None else to_data(base)
        return [name for name in names if _fits(view, name, chosen)]
    own = view.document.name if view.document is not None else ""
    return [name for name in names if not (kind == view.kind and name == own)]


def _fits(view: View, sub: str, base: object) -> bool:
    document = view.workspace.documents.subs.get(sub)
    wanted = None if document is None else find(document.body, ("parent_base",))
    bases = to_data(wanted) if wanted is not None else []
    return not bases or base is None or not isinstance(bases, list) or base in bases


def _siblings(view: View, path: Path) -> set[str]:
    """What a list holds already, beside the item that is being written."""
    if view.tree is None or not isinstance(path[-1], int):
        return set()
    node = find(view.tree, path[:-1])
    items = node.items if isinstance(node, Sequence) else ()
    return {str(to_data(item)) for index, item in enumerate(items) if index != path[-1]}


def _mesh_ports(view: View, path: Path) -> Iterator[Offer]:
    members = None if view.tree is None else find(view.tree, (*path[:-1], "agents"))
    agents = to_data(members) if members is not None else []
    found = [(agent, port) for agent, port in ports(str(path[-1]), view.workspace) if agent in (agents or ())]
    for port in sorted({port for _, port in found}):
        owners = ", ".join(agent for agent, each in found if each == port)
        yield port, port, lsp.CompletionItemKind.Reference, f"port of {owners}", ""


def _role(view: View, kind: Named | None, name: str) -> str:
    """What is said of a name where it is declared."""
    documents, configuration = view.workspace.documents, view.workspace.configuration
    if kind == "packet" and configuration is not None:
        return mask(str(configuration.glue.packets.get(name, {}).get("description", "")))
    if kind == "port":
        return _port_role(view, name)
    groups = {"agent": documents.agents, "base": documents.bases, "sub": documents.subs}
    document = groups.get(kind or "", {}).get(name)
    node = None if document is None else find(document.body, ("role",))
    return mask(str(to_data(node))) if node is not None else ""


def _port_role(view: View, name: str) -> str:
    agent, _, port = name.partition(".")
    assembly = view.workspace.assemblies.agents.get(agent)
    for contribution in assembly.contributions if assembly else ():
        for path in view.workspace.schema.interface:
            node = find(contribution.body, (*path, port, "description"))
            if node is not None:
                return mask(str(to_data(node)))
    return ""
