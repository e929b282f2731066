"""References that follow renames: what templates and constraints call a field that is called otherwise."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from qpf.evolution.codes import STALE_REFERENCE, UNDECIDED_REFERENCE
from qpf.evolution.history import History
from qpf.evolution.places import ANY, written
from qpf.evolution.references.constraint_mentions import constraint_mentions
from qpf.evolution.references.mention import UNKNOWN, Mentions, Reference
from qpf.evolution.references.renames import Hop, Rename, Renames
from qpf.evolution.references.respell import Edit, UnrespellableError, edited_text, edits
from qpf.evolution.references.template_mentions import template_mentions
from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.fleet import Source
from qpf.model.migration import Change
from qpf.model.path import Path
from qpf.model.span import Span
from qpf.syntax.placed import UnreadableTextError, even

_BOM = "\ufeff"
_TEMPLATES = "templates/"
_CONSTRAINTS = "base/constraints/"
_Said: TypeAlias = tuple[Path, bool, bool]
"""A way to a field, and whether it is unclear, and bound."""


class Followed(Struct, frozen=True):
    """What becomes of the references of one file.

    Attributes:
        path: The file.
        before: Its content.
        after: Its content with every reference rewritten that can be.
        changes: What is done to each of these.
        stale: A finding about each of these.
        refused: A finding about each that is stale and cannot be rewritten.
        doubtful: A finding about each of which nobody knows whether it is stale.
    """

    path: str
    before: bytes
    after: bytes
    changes: tuple[Change, ...] = ()
    stale: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    doubtful: tuple[Diagnostic, ...] = ()


def follow(renames: Renames, sources: Iterable[Source]) -> Iterator[Followed]:
    """Find the references of templates and constraints whose fields are called otherwise by now.

    Args:
        renames: What the steps on the way to the fleet's version do to names.
        sources: All files; others are passed over.
    """
    if not renames.all:
        return
    for source in sources:
        if _speaks(source.path) and any(word in source.content for word in renames.words):
            text = source.content.decode("utf-8", "surrogateescape").removeprefix(_BOM)
            mentions = _mentions(source.path, text)
            if mentions is not None:
                yield _File(source, text, mentions, renames).followed()


def stale(past: History | None, sources: Iterable[Source]) -> Report:
    """A finding about each reference whose field is called otherwise at the fleet's version."""
    if past is None:
        return Report()
    followed = follow(Renames(past.chain.past), sources)
    return Report.of(found for each in followed for found in (*each.stale, *each.refused))


def _speaks(path: str) -> bool:
    """Whether a file is one that speaks of fields, and no document."""
    return path.startswith((_TEMPLATES, _CONSTRAINTS))


def _mentions(path: str, text: str) -> Mentions | None:
    """What a file says of fields; None if it cannot be read, which is said where it is used."""
    try:
        return template_mentions(text) if path.startswith(_TEMPLATES) else constraint_mentions(text)
    except UnreadableTextError:
        return None


def _said(reference: Reference) -> _Said:
    return reference.path, bool(reference.unclear), reference.bound


def _above(said: Iterable[_Said]) -> set[tuple[Path, bool]]:
    """What other ways lead through: a label is part of those below it."""
    return {(path[:depth], unclear) for path, unclear, _ in said for depth in range(len(path))}


class _File(Struct, frozen=True):
    """A file and what it says."""

    source: Source
    text: str
    mentions: Mentions
    renames: Renames

    def followed(self) -> Followed:
        """What becomes of it."""
        outdated = {each: hops for each in self.mentions.references if (hops := self._hops(each))}
        wanted: dict[Reference, set[Edit]] = {}
        why: dict[Reference, str] = {}
        for reference, hops in outdated.items():
            try:
                wanted[reference] = edits(reference.parts, hops, self.text)
            except UnrespellableError as error:
                why[reference] = str(error)
        good = self._sound(wanted)
        why |= {each: "its new name would mean something else there" for each in wanted if each not in good}
        content = self.source.content
        after = self._edited(good) or self.text
        mark = _BOM if content.startswith(_BOM.encode()) else ""
        return Followed(
            self.source.path,
            content,
            (mark + after).encode("utf-8", "surrogateescape"),
            tuple(dict.fromkeys(change for each in good for change in self._changes(each, outdated[each]))),
            tuple(self._stale(each, outdated[each]) for each in good),
            tuple(self._stale(each, outdated[each], reason) for each, reason in why.items()),
            tuple(self._doubtful()),
        )

    def _hops(self, reference: Reference) -> tuple[Hop, ...]:
        return () if reference.unclear else self.renames.hops(reference.path)

    def _edited(self, wanted: Mapping[Reference, set[Edit]]) -> str | None:
        return edited_text(self.text, set().union(*wanted.values()))

    def _sound(self, wanted: dict[Reference, set[Edit]]) -> dict[Reference, set[Edit]]:
        """The edits after which the text says what it should; what is called alike follows as one."""
        if self._says(wanted):
            return wanted
        alike: dict[Path, dict[Reference, set[Edit]]] = {}
        for reference, each in wanted.items():
            name = reference.path[: _depth(reference, self._hops(reference))]
            alike.setdefault(name, {})[reference] = each
        some = {key: each for group in alike.values() if self._says(group) for key, each in group.items()}
        return some if self._says(some) else {}

    def _says(self, wanted: Mapping[Reference, set[Edit]]) -> bool:
        """Whether a text after edits says of fields what it did, but for what they are called."""
        after = self._edited(wanted)
        again = None if after is None else _mentions(self.source.path, after)
        if again is None:
            return False
        above = _above(map(_said, self.mentions.references))
        meant = {
            (self._hops(each)[-1].after, False, each.bound) if each in wanted else _said(each)
            for each in self.mentions.references
            if _said(each)[:2] not in above
        }
        now = set(map(_said, again.references))
        return meant <= now and all(each[:2] in above | _above(meant) for each in now - meant)

    def _stale(self, reference: Reference, hops: tuple[Hop, ...], why: str = "") -> Diagnostic:
        last = hops[-1]
        rest = len(last.before) - last.depth
        old = reference.path[: _depth(reference, hops)]
        new = written(last.after[: len(last.after) - rest]) if last.after else ""
        now = f"is called `{new}` since {last.step.target}" if new else f"is gone since {last.step.target}"
        return Diagnostic(
            STALE_REFERENCE,
            f"`{written(old)}` {now}" + (f"; this reference cannot follow: {why}" if why else ""),
            self._span(reference, len(old)),
            notes=tuple(_note(each.step.title, each.operation.span) for each in hops),
            hint="write what is meant by hand" if why else "`qpf migrate --write` rewrites it",
        )

    def _changes(self, reference: Reference, hops: tuple[Hop, ...]) -> Iterator[Change]:
        depth = _depth(reference, hops)
        rest = len(reference.parts) - depth
        for each in hops:
            before, after = (path[: len(path) - rest] for path in (each.before, each.after))
            yield Change(each.step, each.position, before, after, self._span(reference, depth))

    def _doubtful(self) -> Iterator[Diagnostic]:
        references = self.mentions.references
        for each in references:
            if each.unclear:
                for rename, depth in self.renames.maybe_ending(each.path):
                    yield self._doubt(rename, self._span(each, depth), each.unclear)
                continue
            for rename in self.renames.maybe(each.path):
                why = f"which field of `{written(rename.old[:-1])}` this is, nobody knows beforehand"
                yield self._doubt(rename, self._span(each, len(rename.old)), why)
        looked_into = {each.path[:-1] for each in references if each.path[-1] in {ANY, UNKNOWN}}
        for word in self.mentions.words:
            for rename in self.renames.maybe_called(word.text):
                if rename.old[:-1] in looked_into:
                    why = "this text may be its name"
                    yield self._doubt(rename, self._at(word.start, word.end), why)

    def _doubt(self, rename: Rename, span: Span, why: str) -> Diagnostic:
        operation = rename.operation
        return Diagnostic(
            UNDECIDED_REFERENCE,
            f"this may be about `{operation.old}`, which is called `{operation.new}` since "
            f"{rename.step.target}: {why}",
            span,
            notes=(_note(rename.step.title, operation.span),),
            hint="see whether it is, and write what is meant by hand",
        )

    def _span(self, reference: Reference, depth: int) -> Span:
        """Where the last of so many parts of a reference is written, or else the nearest one."""
        parts = (*reversed(reference.parts[:depth]), *reference.parts[depth:])
        part = next((each for each in parts if each.start >= 0), None)
        if part is None:
            site = next((each.site for each in parts if each.site >= 0), 0)
            return self._at(site, site)
        return self._at(part.start, part.end)

    def _at(self, start: int, end: int) -> Span:
        lines = even(self.text)
        first, last = (lines.count("\n", 0, each) + 1 for each in (start, end))
        columns = (each - lines.rfind("\n", 0, each) for each in (start, end))
        return Span(self.source.path, first, next(columns), last, next(columns))


def _depth(reference: Reference, hops: tuple[Hop, ...]) -> int:
    """How many parts of a reference migrations are about."""
    return len(reference.parts) - min(len(each.before) - each.depth for each in hops)


def _note(title: str, span: Span | None) -> Note:
    return Note(f"{title} says so here" if span else f"{title}, a plugin's, says so", span)
