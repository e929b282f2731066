"""An editor: opens files of a fleet, types into them, and asks the server about them."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pytest_lsp import LanguageClient

from tests.command import run

PATIENCE = 15.0
"""Seconds after which what did not come will not come."""


class Editor:
    """Files that are open in an editor, each with its version."""

    def __init__(self, client: LanguageClient, root: Path, encoding: str = "utf-16") -> None:
        self.client = client
        self.root = root
        self.encoding = encoding
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def open(self, path: str, text: str | None = None) -> None:
        self.texts[path] = (self.root / path).read_text() if text is None else text
        self.versions[path] = 1
        item = lsp.TextDocumentItem(self.uri(path), "yaml", 1, self.texts[path])
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, path: str, text: str) -> None:
        """Replace everything that a file holds."""
        self.texts[path] = text
        self.versions[path] += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.versions[path], self.uri(path)),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def replace(self, path: str, old: str, new: str) -> None:
        assert self.texts[path].count(old) == 1, f"{old!r} is in {path} {self.texts[path].count(old)} times"
        self.type(path, self.texts[path].replace(old, new))

    def save(self, path: str) -> None:
        (self.root / path).write_text(self.texts[path])
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(self.document(path)))

    def close(self, path: str) -> None:
        del self.texts[path]
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(self.document(path)))

    def moved(self, *paths: str) -> None:
        """Tell the server that files were made, edited or deleted on disk."""
        changes = [
            lsp.FileEvent(
                self.uri(path),
                lsp.FileChangeType.Changed if (self.root / path).exists() else lsp.FileChangeType.Deleted,
            )
            for path in paths
        ]
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes))

    def document(self, path: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(path))

    def at(self, path: str, text: str, into: int = 0) -> lsp.Position:
        """The place of a text that a file holds once, in the units of the encoding."""
        content = self.texts[path]
        assert content.count(text) == 1, f"{text!r} is in {path} {content.count(text)} times"
        before = content[: content.index(text) + into]
        line = before.rpartition("\n")[2]
        return lsp.Position(before.count("\n"), self.units(line))

    def units(self, text: str) -> int:
        size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[self.encoding]
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[self.encoding]
        return len(text.encode(codec)) // size

    def found(self, path: str) -> list[lsp.Diagnostic]:
        """What the server has published of a file."""
        return list(self.client.diagnostics.get(self.uri(path), ()))

    def codes(self, path: str) -> list[str]:
        return sorted(str(each.code) for each in self.found(path))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until the server has said something."""
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110  # what arrives is noted by the client, which tells nobody
                await asyncio.sleep(0.02)

    async def until_codes(self, path: str, *codes: str) -> list[lsp.Diagnostic]:
        """Wait until a file has just these findings."""
        try:
            await self.until(lambda: self.codes(path) == sorted(codes))
        except TimeoutError:
            assert self.codes(path) == sorted(codes)
        return self.found(path)

    async def hover(self, path: str, position: lsp.Position) -> str:
        answer = await self.client.text_document_hover_async(lsp.HoverParams(self.document(path), position))
        return "" if answer is None else str(answer.contents.value)

    async def definition(self, path: str, position: lsp.Position) -> list[str]:
        """Where to go, as `file:line:character`."""
        params = lsp.DefinitionParams(self.document(path), position)
        return [self.shown(each) for each in await self.client.text_document_definition_async(params) or ()]

    async def references(self, path: str, position: lsp.Position) -> list[str]:
        context = lsp.ReferenceContext(include_declaration=False)
        params = lsp.ReferenceParams(context, self.document(path), position)
        return [self.shown(each) for each in await self.client.text_document_references_async(params) or ()]

    def shown(self, location: Any) -> str:
        start = location.range.start
        path = location.uri.removeprefix(self.root.as_uri() + "/")
        return f"{path}:{start.line + 1}:{start.character + 1}"

    async def completion(self, path: str, position: lsp.Position) -> dict[str, lsp.CompletionItem]:
        params = lsp.CompletionParams(self.document(path), position)
        answer = await self.client.text_document_completion_async(params)
        return {item.label: item for item in answer.items} if answer is not None else {}

    async def completed(self, path: str, text: str) -> dict[str, lsp.CompletionItem]:
        """What is offered at `|` if a file holds this text."""
        self.type(path, text.replace("|", ""))
        before = text.partition("|")[0]
        line = before.rpartition("\n")[2]
        return await self.completion(path, lsp.Position(before.count("\n"), self.units(line)))


Finding = tuple[str, int, int, str, str, str]
SEVERITIES = {1: "error", 2: "warning", 3: "note"}


def validated(root: Path) -> set[Finding]:
    """What `qpf validate -o json` says."""
    _, output = run(["validate", "-o", "json"], root)
    return {
        (
            each["file"] or "qpf.yaml", each["line"] or 1, each["column"] or 1,
            each["severity"], each["code"], each["message"],
        )
        for each in json.loads(output)["findings"]
    }  # fmt: skip


def published(editor: Editor) -> set[Finding]:
    """What the server has published, in code points."""
    found = set()
    for uri, diagnostics in editor.client.diagnostics.items():
        path = uri.removeprefix(editor.root.as_uri() + "/")
        if path != uri:  # else of another test's fleet
            found |= shown(editor, path, diagnostics)
    return found


def shown(editor: Editor, path: str, diagnostics: Sequence[lsp.Diagnostic]) -> set[Finding]:
    """What is published of one file, in code points of what is saved."""
    found = set()
    file = editor.root / path
    lines = file.read_bytes().decode("utf-8", "replace").split("\n") if file.exists() else [""]
    for each in diagnostics:
        start = each.range.start
        line = lines[start.line] if start.line < len(lines) else ""
        ends = [editor.units(line[:end]) for end in range(len(line) + 1)]
        column = ends.index(start.character) + 1 if start.character in ends else 0
        severity = SEVERITIES[int(each.severity or 0)]
        found.add((path, start.line + 1, column, severity, str(each.code), each.data["message"]))
    return found


class Recording(dict[str, Sequence[lsp.Diagnostic]]):
    """What is published, and everything that was since somebody last asked, by path."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor.client.diagnostics)
        self.editor = editor
        self.states: list[tuple[str, set[Finding]]] = []
        editor.client.diagnostics = self

    def __setitem__(self, uri: str, diagnostics: Sequence[lsp.Diagnostic]) -> None:
        super().__setitem__(uri, diagnostics)
        path = uri.removeprefix(self.editor.root.as_uri() + "/")
        if path != uri:
            self.states.append((path, shown(self.editor, path, diagnostics)))
