"""The unified difference of two versions of a file, free of dates and of secrets."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from qpf.render.mask import mask

_CONTEXT = 3


def render_diff(changes: Iterable[tuple[str, bytes | None, bytes | None]]) -> str:
    """Write the differences of files, in the order given; equal files are left out.

    Args:
        changes: Path, old content and new content; None for a file that does not exist.
    """
    return "".join(_file(path, old, new) for path, old, new in changes if old != new)


def _file(path: str, old: bytes | None, new: bytes | None) -> str:
    source = "/dev/null" if old is None else f"a/{path}"
    target = "/dev/null" if new is None else f"b/{path}"
    head = f"--- {source}\n+++ {target}\n"
    before, after = _text(old), _text(new)
    if before is None or after is None:
        return head + "Binary files differ\n"
    return head + "".join(_hunks(before, after))


def _text(content: bytes | None) -> str | None:
    if content is None:
        return ""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _hunks(before: str, after: str) -> Iterable[str]:
    """Compare the real lines, show the masked ones: a changed secret shows as a change."""
    old, new = _lines(before), _lines(after)
    old_shown, new_shown = _lines(mask(before)), _lines(mask(after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from _marked(" ", old_shown[old_from:old_to])
                continue
            yield from _marked("-", old_shown[old_from:old_to])
            yield from _marked("+", new_shown[new_from:new_to])


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one, as in git."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _marked(mark: str, lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return f"{start + 1}"
    return f"{start + 1 if length else start},{length}"
