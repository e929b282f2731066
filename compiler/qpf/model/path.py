"""A path into a document: keys and list positions, as people write them."""

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][\w\-/]*\Z")
_PART = re.compile(r"\[(?:(\d+)|\"((?:[^\"\\]|\\.)*)\")\]|\.?([^.\[\]\"]+)")


def format_path(path: Path) -> str:
    """Write a path as `deployment.ports[0].name`; odd keys come quoted: `a["x.y"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.match(part):
            text += f".{part}" if text else part
        else:
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def parse_path(text: str) -> Path:
    """Read what `format_path` writes.

    Raises:
        ValueError: If the text is not a path.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            message = f"not a path: {text!r} (stuck at character {position + 1})"
            raise ValueError(message)
        index, quoted, plain = match.groups()
        if index is not None:
            parts.append(int(index))
        elif quoted is not None:
            parts.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            parts.append(plain)
        position = match.end()
    return tuple(parts)
