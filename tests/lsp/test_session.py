"""How a session goes: it begins and ends as agreed, waits for nobody, and writes nothing."""

import asyncio
import hashlib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient, client_capabilities

from benchmarks.fleet import make
from qpf.io.worktree import WorkTree
from tests.lsp.conftest import COMMAND, make_client
from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio
AGENT = "agents/keeper.yaml"
ROOT = Path(__file__).parent.parent.parent


async def started(root: Path, capabilities: lsp.ClientCapabilities | None = None) -> LanguageClient:
    client = make_client()
    await client.start_io(*COMMAND)
    known = capabilities or client_capabilities("visual-studio-code")
    await client.initialize_session(lsp.InitializeParams(capabilities=known, root_uri=root.as_uri()))
    return client


def digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


async def test_a_session_ends_as_agreed_and_leaves_no_trace(root: Path) -> None:
    before = digests(root)
    client = await started(root)
    editor = Editor(client, root)
    editor.open(AGENT)
    editor.replace(AGENT, "title: Keeper", "titel: Keeper")
    await editor.until_codes(AGENT, "QPF201")
    await editor.hover(AGENT, editor.at(AGENT, "note:"))
    await client.shutdown_session()
    assert client._server is not None
    assert client._server.returncode == 0
    assert digests(root) == before
    await client.stop()


async def test_who_leaves_without_a_word_leaves_no_process(root: Path) -> None:
    client = await started(root)
    process = client._server
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(30):
        assert await process.wait() == 1
    await client.stop()


async def test_an_exit_without_shutdown_is_told_by_the_status(root: Path) -> None:
    client = await started(root)
    process = client._server
    assert process is not None
    client.exit(None)
    async with asyncio.timeout(30):
        assert await process.wait() == 1
    await client.stop()


async def test_a_folder_is_looked_at_before_any_file_is_open(root: Path) -> None:
    (root / AGENT).write_text((root / AGENT).read_text().replace("title: Keeper", "titel: Keeper"))
    client = await started(root)
    editor = Editor(client, root)
    await editor.until_codes(AGENT, "QPF201")
    await client.shutdown_session()
    await client.stop()


async def test_a_fleet_in_a_folder_below_is_found_by_its_files(root: Path) -> None:
    client = await started(root.parent)
    editor = Editor(client, root)
    editor.open(AGENT)
    assert "base `service`" in await editor.hover(AGENT, editor.at(AGENT, "service"))
    await client.shutdown_session()
    await client.stop()


async def test_an_editor_that_knows_little_is_served(root: Path) -> None:
    client = await started(root, lsp.ClientCapabilities())
    editor = Editor(client, root)
    editor.open(AGENT)
    editor.replace(AGENT, "title: Keeper", 'title: "鍵🗝", titel: x')
    (found,) = await editor.until_codes(AGENT, "QPF201")
    assert found.range.start == editor.at(AGENT, "titel"), "UTF-16 is what is agreed if nothing is"
    assert await editor.hover(AGENT, editor.at(AGENT, "service"))
    await client.shutdown_session()
    await client.stop()


@pytest.mark.slow
async def test_questions_are_answered_while_a_large_fleet_is_looked_at(tmp_path: Path) -> None:
    """An edit of a base concerns everybody; meanwhile the editor asks on, and edits on."""
    root = make(300, tmp_path / "fleet", environments=2)
    client = await started(root)
    editor = Editor(client, root)
    path = min((root / "agents").iterdir()).relative_to(root).as_posix()
    base = min((root / "base").iterdir()).relative_to(root).as_posix()
    editor.open(path)
    editor.open(base)
    place = editor.at(path, "composition", 2)
    assert await editor.hover(path, place)
    before = editor.texts[base]
    for number in range(5):
        editor.type(base, f"{before}nonsense{number}: {{}}\n")
        await asyncio.sleep(0.4)
        assert await editor.hover(path, place)
    found = await editor.until_codes(base, "QPF204")
    await editor.until(lambda: "nonsense4" in editor.found(base)[0].message)
    assert len(found) == 1
    editor.type(base, before)
    await editor.until_codes(base)
    await client.shutdown_session()
    assert client._server is not None
    assert client._server.returncode == 0
    await client.stop()


@pytest.mark.slow
async def test_a_question_may_be_taken_back(tmp_path: Path) -> None:
    root = make(500, tmp_path / "fleet")
    client = await started(root)
    editor = Editor(client, root)
    path = min((root / "agents").iterdir()).relative_to(root).as_posix()
    editor.open(path)
    place = lsp.HoverParams(editor.document(path), lsp.Position(0, 1))
    question = client.protocol.send_request_async(lsp.TEXT_DOCUMENT_HOVER, place, msg_id="asked")
    asked = asyncio.ensure_future(question)
    await asyncio.sleep(0.1)
    client.cancel_request(lsp.CancelParams("asked"))
    with pytest.raises(JsonRpcException):
        await asked
    assert await editor.hover(path, lsp.Position(0, 1))
    await client.shutdown_session()
    await client.stop()


async def test_what_nobody_knows_is_refused_and_nothing_else(editor: Editor) -> None:
    with pytest.raises(JsonRpcException, match="Method Not Found"):
        await editor.client.protocol.send_request_async("textDocument/nonsense", {})
    editor.client.protocol.notify("textDocument/nonsense", {})
    editor.open(AGENT)
    assert await editor.hover(AGENT, editor.at(AGENT, "service"))


async def test_the_editor_is_asked_to_watch(editor: Editor) -> None:
    await editor.until(lambda: hasattr(editor.client, "registered"))
    (registration,) = getattr(editor.client, "registered")  # noqa: B009  # noted by our client, unknown to its class
    assert registration.method == lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
    patterns = [each["globPattern"] for each in registration.register_options["watchers"]]
    sources = [source.path for root in (editor.root, ROOT) for source in WorkTree(root).sources().value]
    assert {path.partition("/")[0] for path in sources} >= {"qpf.yaml", "templates", "logic", "base"}
    assert [path for path in sources if not any(fnmatch(f"/f/{path}", each) for each in patterns)] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_places_are_counted_as_the_editor_counts(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(
        AGENT, "system: {title: Keeper}", 'system: {title: "\U0001f9ea 鍵 é", titel: "\U0001f5dd"}'
    )
    (found,) = await editor.until_codes(AGENT, "QPF201")
    assert found.range == lsp.Range(editor.at(AGENT, "titel"), editor.at(AGENT, "titel", 5))
    assert "title" in await editor.hover(AGENT, editor.at(AGENT, "é"))
