"""How a reference is written with another name: what of the text is replaced by what."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from qpf.evolution.references.mention import Part
from qpf.evolution.references.renames import Hop
from qpf.model.path import Path

_IDENTIFIER = re.compile(r"[A-Za-z]\w*\Z", re.ASCII)
_QUOTABLE = re.compile(r"[^\"'\\{}%#\x00-\x1f\x7f]+\Z")
_WORDS = frozenset(
    {"true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else"}
    | {"null", "for", "let", "self", "loop", "package", "import"}
)


class UnrespellableError(Exception):
    """A reference cannot be written with another name; says why."""


class Edit(NamedTuple):
    """A place in a text, and what stands there from now on."""

    start: int
    end: int
    text: str


def edited_text(text: str, edits: Iterable[Edit]) -> str | None:
    """A text after edits; None if two of them meet in one place."""
    left = len(text)
    for start, end, new in sorted(edits, reverse=True):
        if end > left:
            return None
        text = text[:start] + new + text[end:]
        left = start
    return text


def edits(parts: tuple[Part, ...], hops: tuple[Hop, ...], text: str) -> set[Edit]:
    """What has to be replaced, so that a reference follows its field; nothing else of the text is.

    Raises:
        UnrespellableError: If it cannot follow.
    """
    old, new = hops[0].before, hops[-1].after
    if not new:
        message = "the field is no more"
        raise UnrespellableError(message)
    depth = len(old) - min(len(each.before) - each.depth for each in hops)
    if len(old) == len(new):
        changed = [place for place, name in enumerate(old) if name != new[place]]
        _demand_one_site(parts, changed, depth)
        return {_named(parts[place], str(new[place])) for place in changed}
    first, last = _differing(old, new)
    changed = list(range(first, len(old) - last))
    _demand_one_site(parts, changed, depth)
    names = [str(name) for name in new[first : len(new) - last]]
    return {_renamed([parts[place] for place in changed], names, text)}


def _differing(old: Path, new: Path) -> tuple[int, int]:
    """How many parts are the same at the beginning, and at the end; at least one is left of each."""
    most = min(len(old), len(new)) - 1
    first = next((place for place in range(most) if old[place] != new[place]), most)
    most -= first
    last = next((place for place in range(most) if old[-1 - place] != new[-1 - place]), most)
    return first, last


def _demand_one_site(parts: tuple[Part, ...], changed: list[int], depth: int) -> None:
    """Refuse what is written in two places, or in one that others go on from."""
    if any(parts[place].start < 0 for place in changed):
        message = "its name is put together"
        raise UnrespellableError(message)
    sites = {parts[place].site for place in changed}
    ends = [place for place, part in enumerate(parts) if part.site in sites]
    if len(sites) > 1 or depth > ends[-1] + 1:
        message = "its parts are written in different places"
        raise UnrespellableError(message)


def _named(part: Part, name: str) -> Edit:
    """One name in the place of another."""
    plain = _IDENTIFIER.match(name) and name not in _WORDS
    if part.style in {"bracket", "text"}:
        return Edit(part.start, part.end, _quotable(name))
    if plain or (part.style == "dot" and _IDENTIFIER.match(name)):
        return Edit(part.start, part.end, name)
    if part.style == "dot":
        return Edit(*part.outer, f'["{_quotable(name)}"]')
    if part.style in {"label", "marked"}:
        return Edit(part.start, part.end, f'"{_quotable(name)}"')
    message = f"{name} cannot be written there"
    raise UnrespellableError(message)


def _renamed(parts: list[Part], names: list[str], text: str) -> Edit:
    """Several names in the place of others, written as the first of these is."""
    styles = {part.style for part in parts}
    where = (parts[0].outer[0], parts[-1].outer[1])
    if styles == {"label"}:
        return Edit(*where, ": ".join(_named(parts[0], name).text for name in names))
    if not styles <= {"name", "dot", "bracket"}:
        message = "more or fewer names cannot be written there"
        raise UnrespellableError(message)
    first, pieces = parts[0], ""
    for name in names:
        if first.style == "name" and not pieces:
            pieces = _named(first, name).text
        elif first.style == "bracket" or not _IDENTIFIER.match(name):
            quote = text[first.start - 1] if first.style == "bracket" else '"'
            pieces += f"[{quote}{_quotable(name)}{quote}]"
        else:
            pieces += f".{name}"
    return Edit(*where, pieces)


def _quotable(name: str) -> str:
    if not _QUOTABLE.match(name):
        message = f"{name} cannot be written there"
        raise UnrespellableError(message)
    return name
