"""What a program can do about findings, for the person to choose."""

from collections.abc import Iterable, Iterator

from lsprotocol import types as lsp

from qpf.lsp.desk import Desk


def actions(desk: Desk, path: str, wanted: lsp.Range) -> Iterator[lsp.CodeAction]:
    """Fixes of the findings that are shown in a range of a file; a guess is never the preferred one."""
    for found in desk.shown.get(path, ()):
        fix = (found.data or {}).get("fix")
        if fix is None or not _touch(found.range, wanted):
            continue
        edits = [lsp.TextEdit(range_, text) for range_, text in fix["edits"]]
        yield lsp.CodeAction(
            title=fix["what"],
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[found],
            is_preferred=fix["safe"],
            edit=lsp.WorkspaceEdit(changes={desk.uri(fix["file"]): edits}),
        )


def _touch(one: lsp.Range, other: lsp.Range) -> bool:
    return _at(one.start) <= _at(other.end) and _at(other.start) <= _at(one.end)


def _at(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character


def kinds(wanted: Iterable[str] | None) -> bool:
    """Whether quick fixes are among the kinds of action that are asked for; by default they are."""
    return wanted is None or any(
        each == "" or lsp.CodeActionKind.QuickFix.value.startswith(each) for each in map(str, wanted)
    )
