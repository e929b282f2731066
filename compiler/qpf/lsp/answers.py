"""What an editor tells and asks, one function each, and the session that it does so in."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lsprotocol import types as lsp
from pygls.uris import to_fs_path

from qpf.host.registry import Registry
from qpf.lsp.actions import actions, kinds
from qpf.lsp.completion import completions
from qpf.lsp.cursor import Spot
from qpf.lsp.hover import hover, plain
from qpf.lsp.places import definition, references
from qpf.lsp.server import FLEET, Asked, Server, answering, noting
from qpf.lsp.view import View

_WATCHED = ("**/*.yaml", "**/*.yml", "**/*.cue", "**/templates/**", "**/logic/**")


@noting
def begin(server: Server, params: lsp.InitializedParams) -> None:
    """Look at the fleets that are open as folders, and ask to be told of files that change on disk."""
    del params
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is not None and watching.dynamic_registration:
        watchers = [lsp.FileSystemWatcher(pattern) for pattern in _WATCHED]
        options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        wanted = lsp.Registration("qpf-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        server.client_register_capability(lsp.RegistrationParams([wanted]))
    uris = [folder.uri for folder in server.workspace.folders.values()]
    names = [to_fs_path(uri) for uri in (*uris, server.workspace.root_uri or "")]
    for root in dict.fromkeys([*(Path(name) for name in names if name), server.root]):
        if (root / FLEET).is_file():
            server.checker_of(root).edited(pause=0)


@noting
def opened(server: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    """A file is open."""
    document = params.text_document
    server.edit(document.uri, document.text, document.version)


@noting
def changed(server: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    """A file is edited."""
    document = server.workspace.get_text_document(params.text_document.uri)
    server.edit(document.uri, document.source, params.text_document.version)


@noting
def closed(server: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    """A file is what the disk says again."""
    found = server.fleet_of(params.text_document.uri)
    if found is not None:
        checker, path = found
        checker.desk.texts.pop(path, None)
        checker.edited(path)


@noting
def saved(server: Server, params: lsp.DidSaveTextDocumentParams) -> None:
    """A file is on disk as the editor shows it."""
    found = server.fleet_of(params.text_document.uri)
    if found is not None:
        found[0].edited(found[1])


@noting
def moved(server: Server, params: lsp.DidChangeWatchedFilesParams) -> None:
    """Files changed on disk."""
    for change in params.changes:
        found = server.fleet_of(change.uri)
        if found is not None:
            found[0].edited(found[1])
    for root, checker in server.checkers.items():
        if not (root / FLEET).is_file():
            checker.edited()


@noting
def ended(server: Server, params: None) -> None:
    """The editor leaves."""
    del params
    server.dismissed = True
    server.stop()


async def _asked(server: Server, params: Asked) -> tuple[View, Spot] | None:
    """The key or the value that is asked about, and its file."""
    view = await server.view(params)
    spot = view.spot(params.position) if view is not None else None
    return None if view is None or spot is None else (view, spot)


@answering
async def hovered(server: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    """What a key or a value means, is, and comes from."""
    found = await _asked(server, params)
    if found is None or not (told := hover(*found)):
        return None
    texts = server.client_capabilities.text_document
    formats = (texts.hover.content_format if texts and texts.hover else None) or [lsp.MarkupKind.Markdown]
    kind = lsp.MarkupKind.Markdown if lsp.MarkupKind.Markdown in formats else lsp.MarkupKind.PlainText
    shown = told if kind is lsp.MarkupKind.Markdown else plain(told)
    view, spot = found
    return lsp.Hover(lsp.MarkupContent(kind, shown), view.here(spot.span))


@answering
async def defined(server: Server, params: lsp.DefinitionParams) -> list[lsp.Location] | None:
    """Where a name is declared, or who else speaks of a value."""
    found = await _asked(server, params)
    return None if found is None else [found[0].location(span) for span in definition(*found)]


@answering
async def referred(server: Server, params: lsp.ReferenceParams) -> list[lsp.Location] | None:
    """Where a name is said, or which layers speak of a value."""
    found = await _asked(server, params)
    return None if found is None else [found[0].location(span) for span in references(*found)]


@answering
async def completed(server: Server, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    """What could be written."""
    view = await server.view(params)
    return (
        None
        if view is None
        else lsp.CompletionList(is_incomplete=False, items=completions(view, params.position))
    )


@answering
async def acted(server: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
    """What a program can do about what is shown; nothing while what is shown is of an earlier text."""
    found = server.fleet_of(params.text_document.uri)
    if found is None or not found[0].is_current(found[1]) or not kinds(params.context.only):
        return None
    return list(actions(found[0].desk, found[1], params.range))


def serve(
    root: Path, registry: Registry, today: Callable[[], str], source: BinaryIO, target: BinaryIO
) -> bool:
    """Answer until the editor leaves; returns whether it said so before.

    Args:
        root: A folder that may hold a fleet, beside those that the editor names.
        registry: The plugins.
        today: The date, for what expires.
        source: Where the editor asks.
        target: Where it is answered.
    """
    server = Server(root, registry, today)
    server.feature(lsp.INITIALIZED)(begin)
    server.feature(lsp.SHUTDOWN)(ended)
    server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(opened)
    server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(changed)
    server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(closed)
    server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)(saved)
    server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)(moved)
    server.feature(lsp.TEXT_DOCUMENT_HOVER)(hovered)
    server.feature(lsp.TEXT_DOCUMENT_DEFINITION)(defined)
    server.feature(lsp.TEXT_DOCUMENT_REFERENCES)(referred)
    triggers = lsp.CompletionOptions(trigger_characters=[" ", ".", ":", "-", "[", "{", ","])
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, triggers)(completed)
    fixes = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, fixes)(acted)
    server.start_io(source, target)
    server.stop()
    server.worker.end()
    return server.dismissed
