"""A place whose files say something else in memory: what would be there, had somebody edited it."""

from collections.abc import Mapping

from msgspec import Struct

from qpf.io.tree import SourceTree
from qpf.model.diagnostic import Outcome
from qpf.model.digest import digest
from qpf.model.fleet import Source


class Edited(Struct, frozen=True):
    """A place, and the contents of those of its files that differ, by path."""

    place: SourceTree
    contents: Mapping[str, bytes]

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """See `SourceTree`."""
        found = self.place.sources()
        return Outcome(edited(found.value, self.contents), found.report)


def edited(sources: tuple[Source, ...], contents: Mapping[str, bytes]) -> tuple[Source, ...]:
    """Files, some with other contents."""
    return tuple(
        Source(each.path, contents[each.path], digest(contents[each.path])) if each.path in contents else each
        for each in sources
    )
