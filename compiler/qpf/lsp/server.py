"""The server between editors and fleets: which fleet a file belongs to, and what becomes of our own faults.

Nothing is written to any disk. Whatever goes wrong in an answer is logged in the editor, and there is none.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from qpf import __version__
from qpf.host.pins import tools_of
from qpf.host.registry import Registry
from qpf.io.watching import may_be_source
from qpf.lsp.checker import Checker, Worker
from qpf.lsp.desk import Desk, Text
from qpf.lsp.diagnostics import ByFile
from qpf.lsp.judging import Judging
from qpf.lsp.reading import Reading
from qpf.lsp.view import View

FLEET = "qpf.yaml"
"""What makes a folder a fleet."""

_AT_ONCE = 200_000
"""Bytes of a text that is read while the person types; a longer one waits until it is looked at."""

T = TypeVar("T")


class Asked(Protocol):
    """What every question about a place in a file has."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position


class Server(LanguageServer):
    """Answers for every fleet that a file is open of."""

    def __init__(self, root: Path, registry: Registry, today: Callable[[], str]) -> None:
        super().__init__("qpf", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.root = root
        self.registry = registry
        self.today = today
        self.tools = tools_of(registry.pins)
        self.checkers: dict[Path, Checker] = {}
        self.dismissed = False
        self.worker = Worker()

    def checker_of(self, root: Path) -> Checker:
        """The checker of a fleet, made when the fleet is first met."""
        if root not in self.checkers:
            encoding = self.workspace.position_encoding or lsp.PositionEncodingKind.Utf16
            desk = Desk(
                root, Reading(self.registry), Judging(self.tools), str(getattr(encoding, "value", encoding))
            )
            self.checkers[root] = Checker(
                desk, asyncio.get_running_loop(), self.today, self.tell, self.complain, self.worker.submit
            )
        return self.checkers[root]

    def fleet_of(self, uri: str) -> tuple[Checker, str] | None:
        """The fleet that a file may be a source of, and its path there: the nearest fleet above it."""
        name = to_fs_path(uri)
        file = Path(name or "")
        for folder in file.parents if file.is_absolute() else ():
            open_there = folder in self.checkers and FLEET in self.checkers[folder].desk.texts
            if open_there or folder / FLEET == file or (folder / FLEET).is_file():
                path = file.relative_to(folder)
                return (self.checker_of(folder), path.as_posix()) if may_be_source(path) else None
        return None

    def tell(self, desk: Desk, path: str, found: ByFile) -> None:
        """Show the findings of a file."""
        text = desk.texts.get(path)
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                desk.uri(path), list(found.get(path, ())), version=text.version if text else None
            )
        )

    def complain(self, told: str) -> None:
        """Log a fault of ours where the person who uses the editor can read it."""
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, f"qpf: {told}"))

    def stop(self) -> None:
        """Look at nothing more."""
        for checker in self.checkers.values():
            checker.stop()

    def edit(self, uri: str, content: str, version: int | None) -> None:
        """Take note of what an editor holds."""
        found = self.fleet_of(uri)
        if found is None:
            return
        checker, path = found
        text = content.encode("utf-8", "surrogatepass")
        checker.desk.texts[path] = Text(uri, text, version)
        if len(text) <= _AT_ONCE and (broken := checker.desk.at_once(path)):
            checker.show(path, broken)
        checker.edited(path)

    async def view(self, params: Asked) -> View | None:
        """The file that is asked about, once something is known of its fleet."""
        found = self.fleet_of(params.text_document.uri)
        if found is None:
            return None
        checker, path = found
        if not checker.ready.is_set():
            if not checker.desk.round:
                checker.edited(pause=0)
            await checker.ready.wait()
        return checker.desk.view(path)


def answering(
    answer: Callable[[Server, Any], Awaitable[T | None]],
) -> Callable[[Server, Any], Awaitable[T | None]]:
    """The same answer; none, and a line in the editor's log, if it fails."""

    @wraps(answer)
    async def guarded(server: Server, params: Any) -> T | None:
        try:
            return await answer(server, params)
        except Exception:  # noqa: BLE001  # an editor must not suffer from our faults
            server.complain(traceback.format_exc())
            return None

    return guarded


def noting(note: Callable[[Server, Any], None]) -> Callable[[Server, Any], None]:
    """The same for what is told and expects no answer."""

    @wraps(note)
    def guarded(server: Server, params: Any) -> None:
        try:
            note(server, params)
        except Exception:  # noqa: BLE001  # as above
            server.complain(traceback.format_exc())

    return guarded
