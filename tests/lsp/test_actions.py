"""What a program can do about findings, offered where they are shown."""

from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pytest_lsp import LanguageClient

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT = "agents/keeper.yaml"
UNUSED = '# qpf: ignore[unconnected-output] reason="soon" until=2999-12-31\n'


@pytest.fixture
def editor(shared: LanguageClient, root: Path) -> Editor:
    return Editor(shared, root)


async def test_what_can_be_mended_is_mended_by_the_editor(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "system: {title: Keeper}", "system: {titel: Keeper}")
    (found,) = await editor.until_codes(AGENT, "QPF201")
    params = lsp.CodeActionParams(editor.document(AGENT), found.range, lsp.CodeActionContext([found]))
    (action,) = await editor.client.text_document_code_action_async(params) or ()
    assert isinstance(action, lsp.CodeAction)
    assert action.kind == lsp.CodeActionKind.QuickFix
    assert action.is_preferred is False, "what was meant is a guess"
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[editor.uri(AGENT)]
    assert edit == lsp.TextEdit(found.range, "title")
    params.range = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    assert not await editor.client.text_document_code_action_async(params)
    editor.type(AGENT, "# another line\n" + editor.texts[AGENT])
    params.range = found.range
    assert await editor.client.text_document_code_action_async(params) is None, (
        "what is shown is of yesterday"
    )


async def test_what_is_no_guess_is_preferred(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "schema_version", f"{UNUSED}schema_version")
    (found,) = await editor.until_codes(AGENT, "QPF045")
    params = lsp.CodeActionParams(editor.document(AGENT), found.range, lsp.CodeActionContext([found]))
    (action,) = await editor.client.text_document_code_action_async(params) or ()
    assert isinstance(action, lsp.CodeAction)
    assert action.is_preferred is True
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[editor.uri(AGENT)]
    start = editor.at(AGENT, UNUSED)
    assert edit == lsp.TextEdit(lsp.Range(start, lsp.Position(start.line + 1, 0)), "")


@pytest.mark.parametrize(
    ("only", "count"),
    [(None, 1), ([], 0), (["quickfix"], 1), ([""], 1), (["refactor", "quickfix"], 1), (["source.fixAll"], 0)],
)
async def test_fixes_are_offered_to_who_asks_for_fixes(
    only: list[str] | None, count: int, editor: Editor
) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "system: {title: Keeper}", "system: {titel: Keeper}")
    (found,) = await editor.until_codes(AGENT, "QPF201")
    context = lsp.CodeActionContext([found], only=only)
    params = lsp.CodeActionParams(editor.document(AGENT), found.range, context)
    assert len(await editor.client.text_document_code_action_async(params) or ()) == count
