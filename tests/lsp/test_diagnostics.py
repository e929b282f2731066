"""Findings as one types: those of `qpf validate`, in whatever file they are, and gone once mended."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pytest_lsp import LanguageClient

from tests.lsp.editor import Editor, Recording, published, validated

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT, BASE, SUB, GLUE = "agents/keeper.yaml", "base/service.yaml", "sub/memory.yaml", "glue.yaml"
DEV = "environments/dev/environment.yaml"


@pytest.fixture
def editor(shared: LanguageClient, root: Path) -> Iterator[Editor]:
    editor = Editor(shared, root)
    editor.open("qpf.yaml")
    yield editor
    assert [each.message for each in shared.log_messages] == []


@pytest.mark.parametrize("fleet", ["broken", "mesh", "v5.9.0"])
async def test_what_is_published_of_a_saved_fleet_is_what_validate_says(editor: Editor, root: Path) -> None:
    expected = validated(root)
    await editor.until(lambda: len(published(editor)) >= len(expected))
    assert published(editor) == expected


ACCEPTED = '# qpf: ignore[unconnected-output] reason="soon" until=2999-12-31'
EDITS = (
    (AGENT, "packet: note", "packet: nothing"),
    (BASE, "criticality: low", "criticality: lowest"),
    (GLUE, "connections: []", "connections:\n  - {from: some.port, to: keeper.note, packet: note}"),
    (AGENT, "title: Keeper", "title: [Keeper"),
    (DEV, "  all:\n", "  agents: {keper: {}}\n  all:\n"),
    (DEV, "schema_version: 6.0.0\n", "schema_version: 6.0.0\nschema_version: 6.0.0\n"),
    (DEV, "schema_version: 6.0.0\nschema_version: 6.0.0\n", "schema_version: 6.0.0\n"),
    (AGENT, "title: [Keeper", "title: Keeper"),
    (DEV, "  agents: {keper: {}}\n", ""),
    (BASE, "criticality: lowest", "criticality: low"),
    (SUB, "adds:", "add:"),
    ("qpf.yaml", "agents: auto", "agents: [keeper, other]"),
    (GLUE, "from: some.port", "from: keeper.reply"),
    (SUB, "add:", "adds:"),
    (AGENT, "packet: nothing", "packet: note"),
    ("qpf.yaml", "agents: [keeper, other]", "agents: auto"),
    (GLUE, "\n  - {from: keeper.reply, to: keeper.note, packet: note}", " []"),
    (AGENT, "  input:\n", "  output:\n    extra: {packet: note, description: Nobody listens.}\n  input:\n"),
    (AGENT, "listens.}", f"listens.}}  {ACCEPTED}"),
    (AGENT, "    extra: {packet: note, description: Nobody listens.}  ", "    "),
    (AGENT, f"    {ACCEPTED}\n", "    extra: {packet: note, description: Nobody listens.}\n"),
    ("qpf.yaml", "agents: auto", "agents: auto\nvalidation: {severity: {unconnected-output: error}}"),
)


async def test_after_any_edits_what_is_published_is_what_validate_says(editor: Editor, root: Path) -> None:
    """Whatever is remembered from before the edit, nothing is said that is no longer so."""
    for path in (AGENT, BASE, SUB, GLUE, DEV):
        editor.open(path)
    for path, old, new in EDITS:
        editor.replace(path, old, new)
        editor.save(path)
        expected = validated(root)
        try:
            await editor.until(lambda: published(editor) == expected)  # noqa: B023  # awaited in the same round
        except TimeoutError:
            assert published(editor) == expected, f"after {new!r}"


UNUSED = '# qpf: ignore[unconnected-output] reason="soon" until=2999-12-31\n'
SMALL_EDITS = (
    (AGENT, "schema_version", f"{UNUSED}schema_version"),
    (AGENT, "title: Keeper", "title: Keeper of notes"),
    (AGENT, UNUSED, f"# One line more.\n{UNUSED}"),
    (GLUE, "connections: []", "connections:\n  - {from: some.port, to: keeper.note, packet: note}"),
    (GLUE, "connections:\n", "# One line more.\nconnections:\n"),
    (GLUE, "\n  - {from: some.port, to: keeper.note, packet: note}", " []"),
    (BASE, "criticality: low", "criticality: lowest"),
    (BASE, "    criticality: lowest", "    # One line more.\n    criticality: lowest"),
    (BASE, "criticality: lowest", "criticality: low"),
)


async def test_whatever_is_published_is_what_validate_says_of_that_text(editor: Editor, root: Path) -> None:
    """In a fleet of many agents too, nothing is said in between of what was there before."""
    for number in range(60):
        text = (root / AGENT).read_text().replace("keeper", f"other_{number}")
        (root / "agents" / f"other_{number}.yaml").write_text(text)
    for path in (AGENT, BASE, GLUE):
        editor.open(path)
    expected = validated(root)
    await editor.until(lambda: published(editor) == expected)
    said = Recording(editor)
    for path, old, new in SMALL_EDITS:
        editor.texts[path] = editor.texts[path].replace(old, new, 1)
        (root / path).write_text(editor.texts[path])
        expected = validated(root)
        said.states.clear()
        editor.type(path, editor.texts[path])
        await editor.until(lambda: published(editor) == expected)  # noqa: B023  # awaited in the same round
        for file, state in said.states:
            assert state == {each for each in expected if each[0] == file}, f"after {new!r}"


async def test_a_slip_is_shown_where_it_is_and_gone_once_mended(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "system: {title: Keeper}", "system: {titel: Keeper}")
    (unknown,) = await editor.until_codes(AGENT, "QPF201")
    assert unknown.range == lsp.Range(editor.at(AGENT, "titel"), editor.at(AGENT, "titel", 5))
    assert unknown.severity == lsp.DiagnosticSeverity.Error
    assert unknown.source == "qpf"
    assert "hint: did you mean `title`?" in unknown.message
    editor.replace(AGENT, "titel", "title")
    await editor.until_codes(AGENT)


async def test_saving_looks_at_the_disk_again(editor: Editor) -> None:
    editor.open(AGENT)
    await editor.hover(AGENT, lsp.Position(0, 0))
    base = editor.root / BASE
    base.write_text(base.read_text().replace("deployment:", "deploymend:"))
    editor.save(AGENT)
    await editor.until(lambda: "QPF204" in editor.codes(BASE))


async def test_a_text_that_cannot_be_read_says_so(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "[remember, build_reply]", "[remember, build_reply")
    (found,) = await editor.until_codes(AGENT, "QPF101")
    assert found.severity == lsp.DiagnosticSeverity.Error
    editor.replace(AGENT, "[remember, build_reply", "[remember, build_reply]")
    await editor.until_codes(AGENT)


async def test_an_edit_is_felt_in_other_files_and_taking_it_back_too(editor: Editor) -> None:
    editor.open(GLUE)
    editor.replace(GLUE, "  note:\n", "  message:\n")
    (found,) = await editor.until_codes(AGENT, "QPF414")
    assert "note" in found.message
    editor.replace(GLUE, "  message:\n", "  note:\n")
    await editor.until_codes(AGENT)


async def test_other_lines_that_took_part_are_related(editor: Editor) -> None:
    editor.open(AGENT)
    editor.open(BASE)
    editor.replace(BASE, "mode: autonomous", "mode: supervised")
    editor.type(AGENT, editor.texts[AGENT] + "governance: {mode: autonomous}\n")
    (found,) = await editor.until_codes(AGENT, "QPF501")
    (related,) = found.related_information or ()
    assert related.location == lsp.Location(
        editor.uri(BASE), lsp.Range(editor.at(BASE, "supervised"), editor.at(BASE, "supervised", 10))
    )


@pytest.mark.parametrize("fleet", ["broken"])
async def test_severities_are_those_of_the_codes(editor: Editor) -> None:
    await editor.until(lambda: bool(editor.found("qpf.yaml")))
    mine = [uri for uri in editor.client.diagnostics if uri.startswith(editor.root.as_uri())]
    found = {each.severity for uri in mine for each in editor.client.diagnostics[uri]}
    assert found >= {lsp.DiagnosticSeverity.Error, lsp.DiagnosticSeverity.Warning}


async def test_what_is_unused_or_deprecated_is_tagged(editor: Editor) -> None:
    evolution = "schema_evolution:\n  migrations:\n    5.9.0 -> 6.0.0:\n"
    evolution += "      - field_deprecated: system.owner (will be removed in 7.0.0)\n"
    editor.type("qpf.yaml", editor.texts["qpf.yaml"] + evolution)
    (deprecated,) = await editor.until_codes(BASE, "QPF813")
    assert list(deprecated.tags or ()) == [lsp.DiagnosticTag.Deprecated]
    editor.open("templates/python_agent/nothing.jinja", "text")
    (unused,) = await editor.until_codes("templates/python_agent/nothing.jinja", "QPF041")
    assert list(unused.tags or ()) == [lsp.DiagnosticTag.Unnecessary]


async def test_a_file_that_was_never_saved_takes_part(editor: Editor) -> None:
    text = (editor.root / AGENT).read_text().replace("keeper", "second").replace("title: Keeper", "titel: x")
    editor.open("agents/second.yaml", text)
    await editor.until_codes("agents/second.yaml", "QPF201")
    editor.close("agents/second.yaml")
    await editor.until_codes("agents/second.yaml")


async def test_a_file_that_is_closed_is_what_the_disk_says(editor: Editor) -> None:
    editor.open(AGENT)
    editor.replace(AGENT, "title: Keeper", "titel: Keeper")
    await editor.until_codes(AGENT, "QPF201")
    editor.close(AGENT)
    await editor.until_codes(AGENT)


async def test_files_that_are_deleted_or_renamed_are_missed(editor: Editor) -> None:
    sub = editor.root / SUB
    await editor.hover(AGENT, lsp.Position(0, 0))
    sub.rename(sub.with_name("recall.yaml"))
    editor.moved(SUB, "sub/recall.yaml")
    (found,) = await editor.until_codes(AGENT, "QPF211")
    assert "memory" in found.message
    await editor.until_codes("sub/recall.yaml", "QPF205")
    sub.with_name("recall.yaml").rename(sub)
    editor.moved(SUB, "sub/recall.yaml")
    await editor.until_codes(AGENT)
    await editor.until_codes("sub/recall.yaml")


async def test_files_that_change_behind_the_editor_are_seen(editor: Editor) -> None:
    path = editor.root / AGENT
    before = path.read_text()
    path.write_text(before.replace("title: Keeper", "titel: Keeper"))
    editor.moved(AGENT)
    await editor.until_codes(AGENT, "QPF201")
    path.write_text(before)
    editor.moved(AGENT)
    await editor.until_codes(AGENT)


async def test_what_is_no_source_has_nothing_looked_at_again(editor: Editor) -> None:
    """Compiling tells of a file for every agent: none of them says anything new of the fleet."""
    outputs = ["environments/dev/qpf.lock", "environments/dev/composed/keeper.yaml", "golden/dev/keeper.yaml"]
    await editor.hover(AGENT, lsp.Position(0, 0))
    path = editor.root / AGENT
    path.write_text(path.read_text().replace("title: Keeper", "titel: Keeper"))
    for output in outputs:
        (editor.root / output).parent.mkdir(parents=True, exist_ok=True)
        editor.moved(output)
        editor.open(output, "name: keeper\n")
        editor.type(output, "name: other\n")
        editor.save(output)
        editor.close(output)
    await asyncio.sleep(1.5)
    assert editor.codes(AGENT) == [], "the fleet was looked at again"
    editor.moved(AGENT)
    await editor.until_codes(AGENT, "QPF201")


async def test_every_environment_counts(editor: Editor) -> None:
    editor.open("qpf.yaml")
    staging = "environments/staging/environment.yaml"
    editor.replace("qpf.yaml", "dev: {branch: dev}", "dev: {branch: dev}\n  staging: {branch: staging}")
    (missing,) = await editor.until_codes("qpf.yaml", "QPF024")
    assert "staging" in missing.message
    text = (editor.root / DEV).read_text()
    editor.open(staging, text.replace("{log_level: DEBUG}", "{replicas: many}"))
    (found,) = await editor.until_codes(staging, "QPF301")
    assert found.data["environment"] == "staging"
    await editor.until_codes("qpf.yaml")


async def test_lines_may_end_as_on_other_systems(editor: Editor) -> None:
    editor.open(AGENT)
    text = editor.texts[AGENT].replace("title: Keeper", "titel: Keeper").replace("\n", "\r\n")
    editor.type(AGENT, text)
    found = await editor.until_codes(AGENT, "QPF104", "QPF201")
    unknown = next(each for each in found if each.code == "QPF201")
    assert unknown.range.start == editor.at(AGENT, "titel")


async def test_of_many_edits_the_last_one_counts(editor: Editor) -> None:
    editor.open(AGENT)
    for number in range(30):
        editor.type(
            AGENT, (editor.root / AGENT).read_text().replace("title: Keeper", f"title: x, titel{number}: x")
        )
    found = await editor.until_codes(AGENT, "QPF201")
    assert "titel29" in found[0].message


async def test_a_fleet_that_cannot_be_understood_says_why(editor: Editor) -> None:
    editor.replace("qpf.yaml", "agents: auto", "agents: atuo")
    (found,) = await editor.until_codes("qpf.yaml", "QPF302")
    assert "atuo" in found.message
    editor.replace("qpf.yaml", "agents: atuo", "agents: auto")
    await editor.until_codes("qpf.yaml")


@pytest.mark.parametrize("text", ["", "\n", "\0", "\ud800", "- a", "a: &a [*a]", "{" * 500, "%YAML 1.1\n---"])
async def test_any_text_gives_findings_and_the_server_lives_on(text: str, editor: Editor) -> None:
    editor.open(AGENT)
    editor.type(AGENT, text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    await editor.until(lambda: bool(editor.found(AGENT)))
    editor.type(AGENT, (editor.root / AGENT).read_text())
    await editor.until_codes(AGENT)
