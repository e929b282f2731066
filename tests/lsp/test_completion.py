"""What is offered at the cursor, in texts that are being written and so mostly make no sense."""

from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pytest_lsp import LanguageClient

from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT, BASE, SUB, GLUE = "agents/keeper.yaml", "base/service.yaml", "sub/memory.yaml", "glue.yaml"
DEV = "environments/dev/environment.yaml"
HEADER = "name: keeper\nschema_version: 6.0.0\n"
SECTIONS = {
    "collaborationnetwork", "communicationstack", "cursorinstructions", "deployment", "governance",
    "integration", "learningsystem", "memorytopology", "metadata", "reasoningengine", "system",
    "worldmodelintegration",
}  # fmt: skip


@pytest.fixture
def editor(shared: LanguageClient, root: Path) -> Editor:
    return Editor(shared, root)


@pytest.fixture
def root(root: Path) -> Path:
    """A sub-schema that fits another base only, and an agent that sends."""
    sub = (root / SUB).read_text().replace("name: memory", "name: other").replace("remember:", "recall:")
    (root / "sub" / "other.yaml").write_text(sub.replace("role:", "parent_base: [worker]\nrole:"))
    base = (root / BASE).read_text().replace("name: service", "name: worker")
    (root / "base" / "worker.yaml").write_text(base)
    agent = (root / AGENT).read_text().replace("keeper", "asker")
    output = "communicationstack:\n  output: {question: {packet: note, description: Asks for a note.}}\n"
    (root / "agents" / "asker.yaml").write_text(agent.replace("communicationstack:\n", output))
    return root


async def offered(editor: Editor, path: str, text: str) -> set[str]:
    editor.open(path)
    return set(await editor.completed(path, text))


async def test_at_the_top_of_an_agent_all_that_is_not_there_yet(editor: Editor) -> None:
    found = await offered(editor, AGENT, f"{HEADER}system: {{title: Keeper}}\n|\n")
    assert found == SECTIONS - {"system"} | {"role", "composition", "schema_evolution"}


async def test_a_key_comes_with_what_it_means(editor: Editor) -> None:
    editor.open(AGENT)
    items = await editor.completed(AGENT, f"{HEADER}deployment:\n  rep|")
    replicas = items["replicas"]
    assert replicas.detail == "integer"
    assert isinstance(replicas.documentation, lsp.MarkupContent)
    assert replicas.documentation.value == "How many run at a time."
    assert replicas.text_edit == lsp.TextEdit(lsp.Range(lsp.Position(3, 2), lsp.Position(3, 5)), "replicas: ")
    assert items["resources"].text_edit.new_text == "resources:"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (AGENT, "composition:\n  base: |\n", {"service", "worker"}),
        (AGENT, "composition: {base: |}\n", {"service", "worker"}),
        (AGENT, "composition: {base: |\nsystem: {}\n", {"service", "worker"}),
        (AGENT, "composition:\n  base: service\n  subs:\n    - |\n", {"memory"}),
        (AGENT, "composition: {base: service, subs: [|]}\n", {"memory"}),
        (AGENT, "composition: {base: service, subs: [memory, |]}\n", set()),
        (AGENT, "composition: {base: worker, subs: [memory, |]}\n", {"other"}),
        (AGENT, "composition: {|}\n", {"base", "subs", "type"}),
        (AGENT, "composition:\n  type: |\n", {"atomic", "composite"}),
        (AGENT, "governance:\n  mode: |\n", {"autonomous", "hybrid", "supervised"}),
        (AGENT, 'governance:\n  mode: "|\n', {"autonomous", "hybrid", "supervised"}),
        (AGENT, "governance:\n  humanoverride: |\n", {"true", "false"}),
        (AGENT, "integration:\n  connectto: [|]\n", {"asker"}),
        (AGENT, "communicationstack: {input: {x: {packet: |}}}\n", {"note", "receipt"}),
        (AGENT, "communicationstack:\n  input:\n    x:\n      |\n      packet: note\n",
         {"description", "priority", "flow", "reply"}),
        (AGENT, "governance:\n  escalationtriggers:\n    - {name: x, |}\n",
         {"metric", "below", "above", "action", "severity"}),
        (AGENT, "schema_evolution:\n  migrations:\n    5.9.0 -> 6.0.0:\n      - field_ren|\n",
         {"field_rename", "field_move", "field_add", "field_remove", "field_deprecated", "value_map",
          "type_change", "list_to_map", "split", "join"}),
        (SUB, "parent_base: [|]\n", {"service", "worker"}),
        (SUB, "composition: {subs: [|]}\n", {"other"}),
        (SUB, "adds:\n  |\n", {"methods", "imports", "inputs", "outputs"}),
        (SUB, "adds:\n  methods:\n    x:\n      imp|\n", {"description", "implementation"}),
        (GLUE, "connections:\n  - from: |\n", {"asker.question"}),
        (GLUE, "connections:\n  - {from: asker.question, to: |}\n", {"keeper.note", "asker.note"}),
        (GLUE, "packets: {some: {}}\nconnections:\n  - {from: a.b, to: c.d, packet: |\n", {"some"}),
        (GLUE, "connections:\n  - {priority: |}\n", {"critical", "high", "medium", "low"}),
        (GLUE, "meshes:\n  - agents: [asker, keeper]\n    input: |\n", {"note"}),
        (GLUE, "meshes:\n  - agents: [asker, |]\n", {"keeper"}),
        (GLUE, "packets:\n  x:\n    fields:\n      y: {type: |}\n",
         {"string", "integer", "number", "boolean", "array", "map"}),
        (DEV, "overrides:\n  agents:\n    |\n", {"asker", "keeper"}),
        (DEV, "overrides:\n  all:\n    |\n", SECTIONS),
        (DEV, "overrides:\n  agents:\n    keeper:\n      |\n", SECTIONS),
        (DEV, "overrides:\n  all:\n    deployment: {log_level: |}\n", {"DEBUG", "INFO", "WARNING", "ERROR"}),
        ("qpf.yaml", "agents: [keeper, |]\n", {"asker"}),
        ("qpf.yaml", "extraction_engine:\n  cache:\n    backend: |\n", {"local", "redis", "s3"}),
    ],
)  # fmt: skip
async def test_what_fits_is_offered(path: str, text: str, expected: set[str], editor: Editor) -> None:
    assert await offered(editor, path, text) == expected


@pytest.mark.parametrize("path", ["qpf.yaml", DEV])
async def test_emitters_are_offered_as_targets(path: str, editor: Editor) -> None:
    assert await offered(editor, path, "targets: [python_agent, |]\n") >= {"compose", "messaging"}


@pytest.mark.parametrize(
    "above",
    [
        "role: 'never closed\n",
        "role: [never, closed\n",
        "role: a: b\n",
        "nonsense\n",
        "\trole: x\n",
        "a: &x [*x]\n",
    ],
)
async def test_a_line_that_makes_no_sense_spoils_no_other(above: str, editor: Editor) -> None:
    text = f"{HEADER}{above}composition:\n  base: |\nsystem: {{title: [}}\n"
    assert await offered(editor, AGENT, text) == {"service", "worker"}


@pytest.mark.parametrize("text", ["# comp|", "role: some te|", "role: 'a # b|", "|: x"])
async def test_where_people_write_freely_nothing_is_in_the_way(text: str, editor: Editor) -> None:
    found = await offered(editor, AGENT, text)
    assert found & {"service", "memory"} == set()


async def test_a_name_comes_with_what_it_is_for(editor: Editor) -> None:
    editor.open(GLUE)
    items = await editor.completed(GLUE, "connections: [{from: |}]\n")
    assert items["asker.question"].documentation.value == "Asks for a note."
    items = await editor.completed(GLUE, "meshes: [{agents: [|]}]\n")
    assert items["keeper"].documentation.value == "Keeps notes."


async def test_a_file_that_was_never_read_is_completed(editor: Editor) -> None:
    editor.open("agents/new.yaml", "")
    assert set(await editor.completed("agents/new.yaml", "composition: {base: |")) == {"service", "worker"}
