"""What is told of a place: its meaning, its value with all who speak of it, and where they do."""

from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pytest_lsp import LanguageClient

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT, BASE, SUB, GLUE = "agents/keeper.yaml", "base/service.yaml", "sub/memory.yaml", "glue.yaml"
DEV, STAGING = (f"environments/{name}/environment.yaml" for name in ("dev", "staging"))


@pytest.fixture
def root(root: Path) -> Path:
    """Two environments, a second agent on the same base, and layers that speak of the same values."""
    fleet = root / "qpf.yaml"
    fleet.write_text(fleet.read_text().replace("dev}", "dev}\n  staging: {branch: staging}"))
    (root / "environments" / "staging").mkdir()
    text = (root / DEV).read_text()
    (root / STAGING).write_text(text.replace("deployment: {log_level: DEBUG}", "deployment: {port: 9000}"))
    base = root / BASE
    base.write_text(base.read_text().replace("deployment:\n", "deployment:\n  port: 8000\n"))
    agent = root / AGENT
    text = agent.read_text().replace("deployment: {", "deployment: {port: 8100, ")
    agent.write_text(text)
    text = (
        text.replace("port: 8100, ", "").replace("keeper", "other").replace("title: Keeper", "title: Other")
    )
    (root / "agents" / "other.yaml").write_text(text)
    (root / "agents" / "asker.yaml").write_text(
        text.replace("other", "asker")
        + "integration: {connectto: [keeper]}\n"
        + "governance: {escalationtriggers: []}\n"
    )
    glue = root / GLUE
    glue.write_text(
        glue.read_text().replace(
            "connections: []",
            "connections:\n  - {from: asker.question, to: keeper.note, packet: note}\n",
        )
    )
    asker = root / "agents" / "asker.yaml"
    asker.write_text(
        asker.read_text().replace(
            "communicationstack:\n",
            "communicationstack:\n  output: {question: {packet: note, description: Asks., reply: receipt}}\n",
        )
    )
    return root


@pytest.fixture
def editor(shared: LanguageClient, root: Path) -> Editor:
    return Editor(shared, root)


async def test_a_value_tells_its_meaning_and_its_layers_in_every_environment(editor: Editor) -> None:
    editor.open(AGENT)
    told = await editor.hover(AGENT, editor.at(AGENT, "port: 8100", 1))
    assert told.replace(editor.root.as_uri(), "ROOT").splitlines() == [
        "**deployment.port** · integer · default `8080`",
        "",
        "The port it listens on; it runs without privileges.",
        "",
        "_replace: a later layer wins_",
        "",
        "`keeper` in dev: `8100`",
        "",
        "- won: agent keeper, `8100`, [agents/keeper.yaml:18:20](ROOT/agents/keeper.yaml#L18)",
        "- overridden: base service, `8000`, [base/service.yaml:24:9](ROOT/base/service.yaml#L24)",
        "",
        "`keeper` in staging: `9000`",
        "",
        f"- won: environment staging, `9000`, [{STAGING}:9:24](ROOT/{STAGING}#L9)",
        "- overridden: agent keeper, `8100`, [agents/keeper.yaml:18:20](ROOT/agents/keeper.yaml#L18)",
        "- overridden: base service, `8000`, [base/service.yaml:24:9](ROOT/base/service.yaml#L24)",
    ]
    assert await editor.hover(AGENT, editor.at(AGENT, "8100", 2)) == told


async def test_a_base_tells_of_the_agents_that_are_made_of_it(editor: Editor) -> None:
    editor.open(BASE)
    told = await editor.hover(BASE, editor.at(BASE, "8000"))
    assert "`asker` in dev: `8000`" in told
    assert "`keeper` in dev: `8100`" in told
    assert "`other` in staging: `9000`" in told


async def test_an_environment_tells_of_itself_only(editor: Editor) -> None:
    editor.open(STAGING)
    told = await editor.hover(STAGING, editor.at(STAGING, "9000"))
    assert "`keeper` in staging: `9000`" in told
    assert "in dev" not in told


async def test_what_a_sub_schema_adds_is_told_of_where_it_goes(editor: Editor) -> None:
    editor.open(SUB)
    told = await editor.hover(SUB, editor.at(SUB, "description: Keep the packet", 2))
    assert "sub memory" in told
    assert "exclusive" not in told.splitlines()[0]


async def test_what_is_edited_is_told_at_once_it_makes_sense(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "port: 8100", "port: 8200")
    await editor.until(lambda: True)
    for _ in range(500):
        if "`8200`" in (told := await editor.hover(AGENT, editor.at(AGENT, "8200"))):
            break
    assert "won: agent keeper, `8200`" in told


async def test_a_secret_is_masked(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "title: Keeper", 'title: "password=hunter2hunter2"')
    for _ in range(500):
        if "***" in (told := await editor.hover(AGENT, editor.at(AGENT, "title", 1))):
            break
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("path", "text", "into", "target"),
    [
        (AGENT, "base: service", 7, "base/service.yaml:2:7"),
        (AGENT, "[memory]", 2, "sub/memory.yaml:2:7"),
        (AGENT, "packet: note", 9, "glue.yaml:5:3"),
        (AGENT, "reply: receipt", 9, "glue.yaml:10:3"),
        ("agents/asker.yaml", "[keeper]", 2, "agents/keeper.yaml:2:7"),
        (GLUE, "asker.question", 2, "agents/asker.yaml:12:12"),
        (GLUE, "keeper.note", 8, "agents/keeper.yaml:13:5"),
        (GLUE, "keeper.note, packet: note}", 22, "glue.yaml:5:3"),
        ("qpf.yaml", "staging: {", 2, "environments/staging/environment.yaml:1:1"),
        (AGENT, "8100", 1, "base/service.yaml:24:9 environments/staging/environment.yaml:9:24"),
        (BASE, "8000", 1, "environments/staging/environment.yaml:9:24 agents/keeper.yaml:18:20"),
    ],
)
async def test_a_definition_is_where_the_other_is(
    path: str, text: str, into: int, target: str, editor: Editor
) -> None:
    editor.open(path)
    assert sorted(await editor.definition(path, editor.at(path, text, into))) == sorted(target.split())


async def test_references_of_a_name_are_where_it_is_said(editor: Editor) -> None:
    editor.open(BASE)
    assert await editor.references(BASE, editor.at(BASE, "name: service", 7)) == [
        "agents/asker.yaml:6:21", "agents/keeper.yaml:6:21", "agents/other.yaml:6:21"
    ]  # fmt: skip
    editor.open(AGENT)
    assert await editor.references(AGENT, editor.at(AGENT, "name: keeper", 7)) == [
        "glue.yaml:17:32", "agents/asker.yaml:21:27"
    ]  # fmt: skip


async def test_references_of_a_value_are_all_layers_that_speak_of_it(editor: Editor) -> None:
    editor.open(AGENT)
    assert await editor.references(AGENT, editor.at(AGENT, "8100")) == [
        "agents/keeper.yaml:18:20", "base/service.yaml:24:9", "environments/staging/environment.yaml:9:24"
    ]  # fmt: skip


BROKEN = [
    ("title: Keeper}", 'title: "Keeper}'),
    ("title: Keeper}", "title: Keeper"),
    ("flow: [remember, build_reply]", "flow: [remember, build_reply"),
    ("role: Keeps notes.", "role: Keeps: notes."),
    ("role: Keeps notes.", "role"),
    ("  input:\n", "\tinput:\n"),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
async def test_a_broken_text_is_told_of_by_what_it_last_made_sense_as(
    old: str, new: str, editor: Editor
) -> None:
    editor.open(AGENT)
    place = editor.at(AGENT, "8100")
    before = await editor.hover(AGENT, place), await editor.definition(AGENT, place)
    editor.type(AGENT, editor.texts[AGENT].replace(old, new, 1))
    await editor.until(lambda: any(code.startswith("QPF1") for code in editor.codes(AGENT)))
    place = editor.at(AGENT, "8100")
    assert (await editor.hover(AGENT, place), await editor.definition(AGENT, place)) == before
    assert "base `service`" in await editor.hover(AGENT, editor.at(AGENT, "base: service", 8))


async def test_an_editor_without_markdown_gets_plain_text(editor: Editor) -> None:
    from qpf.lsp.hover import plain

    told = plain("**a.b** · string\n\n_replace: wins_\n\n- won: `1`, [x.yaml:1:2](file:///x.yaml#L1)")
    assert told == "a.b · string\n\nreplace: wins\n\n- won: 1, x.yaml:1:2"


async def test_between_words_nothing_is_told(editor: Editor) -> None:
    editor.open(AGENT)
    assert await editor.hover(AGENT, lsp.Position(0, 3)) == ""
    assert await editor.hover(AGENT, lsp.Position(9999, 0)) == ""
    assert await editor.hover(AGENT, lsp.Position(0, 9999)) == ""
    assert await editor.definition(AGENT, lsp.Position(9999, 9999)) == []


async def test_a_file_of_no_fleet_gets_no_answer(editor: Editor, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    params = lsp.HoverParams(lsp.TextDocumentIdentifier(other.as_uri()), lsp.Position(0, 0))
    assert await editor.client.text_document_hover_async(params) is None
    untitled = lsp.HoverParams(lsp.TextDocumentIdentifier("untitled:Untitled-1"), lsp.Position(0, 0))
    assert await editor.client.text_document_hover_async(untitled) is None
