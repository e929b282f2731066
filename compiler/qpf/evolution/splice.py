"""A step taken in the text of a document: only what changes is touched, by splicing at the places of nodes.

Comments, quotes, order, blank lines and line ends of all else stay as they are. What comes out is read again
and held against what the step makes of the tree; a text that says anything else is refused.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from qpf.evolution.places import edited, entry_at
from qpf.evolution.rewrite import rewrite
from qpf.evolution.sense import ends_of
from qpf.evolution.source import SourceText, UnfaithfulError
from qpf.model.migration import (
    Change,
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Migration,
)
from qpf.model.node import Data, Node, Scalar, find, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.syntax.jsontext import write_json
from qpf.syntax.reader import read_yaml
from qpf.syntax.writer import write_yaml

_STEP = "  "
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w.-]*\Z")
_SHARED = "what it says elsewhere would change too, by an anchor or an alias"
Edit = tuple[int, int, str]


def spliced(text: str, step: Migration, within: Path) -> str:
    """The text of a document after a step.

    Args:
        text: The document.
        step: The step, which was found to be possible.
        within: Where the sections stand that it is about.

    Raises:
        UnfaithfulError: If it cannot be changed without losing something.
    """
    for part in _parts(step):
        body = _read(text)
        sections = find(body, within)
        assert isinstance(sections, MappingNode)
        outcome = rewrite(sections, part, within)
        if outcome.changes:
            wanted = edited(body, within, outcome.body)
            text = _Splicing(SourceText(text, body), within, outcome.body).text(outcome.changes)
            if to_data(_read(text)) != to_data(wanted):
                raise UnfaithfulError(_SHARED)
    return text


def _parts(step: Migration) -> Iterator[Migration]:
    """A step in parts that can be spliced one after the other: what moves, then each change of values."""
    moving = tuple(
        each for each in step.operations if isinstance(each, FieldRename | FieldMove | FieldRemove)
    )
    if moving:
        yield replace(step, operations=moving)
    for operation in step.operations:
        if operation not in moving and not isinstance(operation, FieldAdd | FieldDeprecated):
            yield replace(step, operations=(operation,))


def _read(text: str) -> MappingNode:
    outcome = read_yaml("", text.encode())
    if outcome.value is None or outcome.report.failed:
        message = "it would be no document any more"
        raise UnfaithfulError(message)
    return outcome.value


class _Splicing:
    """The edits of one part of a step."""

    def __init__(self, source: SourceText, within: Path, after: MappingNode) -> None:
        self._source, self._within, self._after = source, within, after
        self._edits: set[Edit] = set()
        self._added: dict[int, str] = {}

    def text(self, changes: tuple[Change, ...]) -> str:
        """The text after all edits."""
        cut: set[Path] = set()
        inserted: dict[Path, str] = {}
        for change in changes:
            before, after = (*self._within, *change.before), (*self._within, *change.after)
            if isinstance(change.operation, FieldRename | FieldMove) and before[:-1] == after[:-1]:
                self._rename(before, str(after[-1]))
            elif not any(ends_of(change.operation)):
                self._replace(before, entry_at(self._after, change.after).node)
            elif not change.after:
                cut.add(before)
            elif isinstance(change.operation, FieldRename | FieldMove):
                cut.add(before)
                inserted[after] = self._moved(before, str(after[-1]))
            else:
                above, beside = ("", "") if before in cut else self._comments(before)
                cut.add(before)
                made = inserted.pop(after, "") or self._made(change, str(after[-1]))
                inserted[after] = above + (f"{made.removesuffix(chr(10))}  {beside}\n" if beside else made)
        gone = self._emptied(cut)
        for path in gone:
            self._cut(path, gone)
        for path, entry in inserted.items():
            self._insert(path, entry, gone, cut)
        return self._applied()

    def _comments(self, path: Path) -> tuple[str, str]:
        """The comments of an entry whose value goes into others."""
        return ("", "") if self._source.is_flow(path[:-1]) else self._source.comments(path)

    def _made(self, change: Change, name: str) -> str:
        """The text of a new entry, not indented."""
        return _written({name: to_data(entry_at(self._after, change.after).node)})

    def _moved(self, path: Path, name: str) -> str:
        source = self._source
        key = source.entry(path).span
        start, end = source.range_of(key)
        name = _key(name, source.text[start:end]) if name != path[-1] else source.text[start:end]
        if source.is_flow(path[:-1]):
            return f"{name}{source.text[end : source.ends_at(path)]}\n"
        first, last = source.block(path)
        indent = key.column - 1
        lines = (source.text[first:start] + name + source.text[end:last]).splitlines()
        return "".join(f"{line[indent:] if not line[:indent].strip() else line}\n" for line in lines)

    def _rename(self, path: Path, name: str) -> None:
        start, end = self._source.range_of(self._source.entry(path).span)
        self._edits.add((start, end, _key(name, self._source.text[start:end])))

    def _replace(self, path: Path, node: Node) -> None:
        """Put another value into an entry's place."""
        source = self._source
        old = find(source.body, path)
        assert old is not None
        start, end = source.range_of(old.span)
        text = source.text[start:end]
        if text[:1] in {"&", "*"} or start < source.range_of(source.entry(path).span)[0]:
            raise UnfaithfulError(_SHARED)
        if isinstance(old, Scalar) and isinstance(node, Scalar) and "\n" not in text:
            self._edits.add((start, end, _scalar(node.value, text)))
            return
        if "\n" not in text and (isinstance(old, Scalar) or text[:1] in {"[", "{"}):
            self._edits.add((start, end, _in_line(to_data(node))))
            return
        if isinstance(path[-1], int) or source.is_flow(path[:-1]):
            message = f"the value of {path[-1]} goes over several lines in a list or in braces"
            raise UnfaithfulError(message)
        last = source.block(path)[1]
        start = source.range_of(source.entry(path).span)[0]
        if "#" in source.text[start:last]:
            message = f"the value of {path[-1]} has comments, which would be lost"
            raise UnfaithfulError(message)
        indent = " " * (source.entry(path).span.column - 1)
        written = _written({str(path[-1]): to_data(node)})
        self._edits.add((start, last, self._lines(written, indent, last).removeprefix(indent)))

    def _emptied(self, cut: set[Path]) -> set[Path]:
        """What has to be cut, where mappings that lose all their entries go as a whole."""
        gone = set(cut)
        for path in sorted(cut, key=len, reverse=True):
            above = path[:-1]
            while len(above) > len(self._within):
                mapping = self._source.mapping(above)
                if mapping is None or any((*above, key) not in gone for key in mapping.entries):
                    break
                gone = {each for each in gone if each[: len(above)] != above} | {above}
                above = above[:-1]
        return gone

    def _cut(self, path: Path, gone: set[Path]) -> None:
        source = self._source
        if isinstance(path[-1], int):
            message = "an item of a list would be left empty"
            raise UnfaithfulError(message)
        if not source.is_flow(path[:-1]):
            self._edits.add((*source.block(path), ""))
            return
        mapping = source.mapping(path[:-1])
        assert mapping is not None
        keys = list(mapping.entries)
        place = keys.index(str(path[-1]))
        start, end = source.range_of(source.entry(path).span)[0], source.ends_at(path)
        kept_before = [key for key in keys[:place] if (*path[:-1], key) not in gone]
        if kept_before:
            start = source.ends_at((*path[:-1], keys[place - 1]))
        elif place + 1 < len(keys):
            end = source.range_of(source.entry((*path[:-1], keys[place + 1])).span)[0]
        self._edits.add((start, end, ""))

    def _insert(self, path: Path, entry: str, gone: set[Path], cut: set[Path]) -> None:
        source = self._source
        above = path[:-1]
        while above and (source.mapping(above) is None or any(above[: len(each)] == each for each in gone)):
            above = above[:-1]
        for name in reversed(path[len(above) : -1]):
            entry = f"{_key(str(name), '')}:\n" + "".join(f"{_STEP}{line}\n" for line in entry.splitlines())
        mapping = source.mapping(above)
        assert mapping is not None
        kept = [(*above, key) for key in mapping.entries if (*above, key) not in gone]
        if source.is_flow(above):
            self._insert_in_line(mapping, entry, others=bool(kept))
            return
        beside = [each for each in cut if each[:-1] == above == path[:-1]]
        if beside or not kept:
            place = min(source.block(each)[0] for each in beside or gone)
        else:
            place = max(source.block(each)[1] for each in kept)
        indent = " " * source.indentation(above)
        self._added[place] = self._added.get(place, "") + self._lines(entry, indent, place)

    def _insert_in_line(self, mapping: MappingNode, entry: str, *, others: bool) -> None:
        text = entry.removesuffix("\n")
        if "\n" in text or "#" in text:
            message = "it would have to go into braces, on one line"
            raise UnfaithfulError(message)
        end = self._source.range_of(mapping.span)[1] - 1
        self._edits.add((end, end, f", {text}" if others else text))

    def _lines(self, entry: str, indent: str, place: int) -> str:
        """Lines to be put at a place, ended as the others are."""
        source = self._source
        text = "".join(
            f"{indent}{line}{source.newline}" if line else source.newline for line in entry.splitlines()
        )
        if place == len(source.text) and not source.text.endswith(("\n", "\r")):
            return source.newline + text.removesuffix(source.newline)
        return text

    def _applied(self) -> str:
        text = self._source.text
        left = len(text) + 1
        added = {(place, place, lines) for place, lines in self._added.items()}
        for start, end, new in sorted(self._edits | added, reverse=True):
            if end > left:
                message = "two changes meet in one place"
                raise UnfaithfulError(message)
            text = text[:start] + new + text[end:]
            left = start
        return text


def _key(name: str, like: str) -> str:
    """A key, quoted as another was."""
    if like[:1] in {"'", '"'} and "'" not in name and '"' not in name and "\\" not in name:
        return f"{like[0]}{name}{like[0]}"
    return name if _PLAIN_KEY.match(name) else write_json(name).decode().strip()


def _scalar(value: Data, like: str) -> str:
    """A value, quoted as another was if it is text."""
    written = write_yaml(value).decode().strip()
    if not isinstance(value, str) or like[:1] not in {"'", '"'} or written[:1] in {"'", '"', "|"}:
        return written
    return f"{like[0]}{value}{like[0]}" if not {"'", '"', "\\"} & set(value) else written


def _written(data: Mapping[str, Data]) -> str:
    return write_yaml(data, sort=False).decode()


def _in_line(data: Data) -> str:
    """A value on one line, in braces and brackets."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{_key(key, '')}: {_in_line(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ", ".join(_in_line(item) for item in data) + "]"
    written = write_yaml(data).decode().strip()
    return (
        written if not set(written) & set(",[]{}") or written[0] == '"' else write_json(data).decode().strip()
    )
