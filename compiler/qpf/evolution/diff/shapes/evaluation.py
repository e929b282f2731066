"""What `unevaluatedProperties` and `unevaluatedItems` leave over: what a schema speaks of."""

from collections.abc import Callable, Iterator, Mapping

from qpf.model.digest import digest_of
from qpf.model.node import Data, Entry, Node, Sequence, to_data
from qpf.model.node import Mapping as MappingNode

REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
Find = Callable[[str, Node], Node | None]

_ALL = {
    "unevaluatedProperties": frozenset({"additionalProperties", "unevaluatedProperties"}),
    "unevaluatedItems": frozenset({"items", "unevaluatedItems"}),
}
"""Keywords that speak of everything, so that nothing is left over."""

_DOUBTFUL = frozenset({"anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"})
"""Keywords whose schemas speak of something only where they fit, even if they refuse nothing."""


def nothing_left(word: str, node: MappingNode, find: Find) -> bool:
    """Whether a schema, or what must fit beside it, speaks of everything, so that a keyword means nothing.

    Args:
        word: The keyword.
        node: The schema that has it.
        find: Where a reference leads.
    """
    return any(
        _speaks_of_all(word, each) and not (each is node and _only(word, each))
        for each in (node, *_beside(node, find))
    )


def certain(node: MappingNode, find: Find) -> bool:
    """Whether a schema speaks of the same whatever fits: no form speaks of more only where it fits."""
    return all(_DOUBTFUL.isdisjoint(each.entries) for each in (node, *_beside(node, find)))


def spoken_of(node: MappingNode, find: Find) -> str:
    """A digest of the fields and items that a schema speaks of, in each of its forms."""
    return _spoken_of(node, find, {})


def _spoken_of(node: Node, find: Find, known: dict[int, str]) -> str:
    """The digest of one schema; each is looked at once, and one inside itself is nothing new."""
    if id(node) not in known:
        known[id(node)] = ""
        known[id(node)] = digest_of(_said(node, find, known)) if isinstance(node, MappingNode) else ""
    return known[id(node)]


def _said(node: MappingNode, find: Find, known: dict[int, str]) -> Data:
    entries = node.entries
    forms: dict[str, Data] = {}
    for word, several in _forms(node, find):
        forms.setdefault(word, []).append(_spoken_of(several, find, known))
        if word in {"if", "anyOf", "oneOf"}:  # what it speaks of counts where it fits, whatever else fits
            forms.setdefault(f"{word} asks", []).append(digest_of(list(_whole(several, find))))
    said = {word: sorted(digests) for word, digests in forms.items()}
    for word in ("properties", "patternProperties"):
        if word in entries and isinstance(entries[word].node, MappingNode):
            said[word] = sorted(entries[word].node.entries)  # type: ignore[union-attr]  # as asked above
    said["all"] = [word for word in _ALL if _speaks_of_all(word, node)]
    said["contains"] = ["contains"] if "contains" in entries else []
    prefix = [entries[word].node for word in ("prefixItems", "items") if word in entries]
    said["prefix"] = [str(len(each.items)) for each in prefix if isinstance(each, Sequence)]
    return {word: each for word, each in said.items() if each}


def _whole(node: Node, find: Find) -> Iterator[Data]:
    """All that a schema says, with what its references lead to, each once."""
    left, seen = [node], {id(node)}
    while left:
        part = left.pop()
        yield to_data(part)
        for each in _all_targets(part, find):
            if id(each) not in seen:
                seen.add(id(each))
                left.append(each)


def _all_targets(node: Node, find: Find) -> Iterator[Node]:
    """Where the references lead that are anywhere in a schema."""
    if isinstance(node, MappingNode):
        yield from _targets(node, find)
        for entry in node.entries.values():
            yield from _all_targets(entry.node, find)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _all_targets(item, find)


def _forms(node: MappingNode, find: Find) -> Iterator[tuple[str, Node]]:
    """Schemas at the same place, each with how it counts."""
    entries = node.entries
    for target in _targets(node, find):
        yield "allOf", target
    for word in ("allOf", "anyOf", "oneOf"):
        yield from ((word, each) for each in _items(entries, word))
    for word in ("if", "then", "else"):
        if word in entries:
            yield word, entries[word].node
    for word in ("dependentSchemas", "dependencies"):
        if word in entries and isinstance(entries[word].node, MappingNode):
            yield from (
                (f"dependentSchemas {key}", each.node)
                for key, each in entries[word].node.entries.items()  # type: ignore[union-attr]  # as asked above
            )


def _beside(node: MappingNode, find: Find) -> Iterator[MappingNode]:
    """Schemas that must fit, too, at the same place."""
    left, seen = [node], {id(node)}
    while left:
        schema = left.pop()
        for each in (*_targets(schema, find), *_items(schema.entries, "allOf")):
            if isinstance(each, MappingNode) and id(each) not in seen:
                seen.add(id(each))
                left.append(each)
                yield each


def _targets(node: MappingNode, find: Find) -> Iterator[Node]:
    for word in REFERENCES:
        text = to_data(node.entries[word].node) if word in node.entries else None
        target = find(text, node) if isinstance(text, str) else None
        if target is not None:
            yield target


def _items(entries: Mapping[str, Entry], word: str) -> tuple[Node, ...]:
    node = entries[word].node if word in entries else None
    return node.items if isinstance(node, Sequence) else ()


def _speaks_of_all(word: str, node: MappingNode) -> bool:
    entries = node.entries
    if word == "unevaluatedItems" and "items" in entries and isinstance(entries["items"].node, Sequence):
        return "additionalItems" in entries or word in entries
    return not _ALL[word].isdisjoint(entries)


def _only(word: str, node: MappingNode) -> bool:
    """Whether a schema speaks of everything by the keyword alone."""
    rest = {key: entry for key, entry in node.entries.items() if key != word}
    return not _speaks_of_all(word, node._replace(entries=rest))
