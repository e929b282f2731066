"""A place with texts laid over it that are not saved yet: what editors hold counts as what is there."""

from collections.abc import Mapping

from qpf.io.collect import collect
from qpf.io.tree import LIMIT, Entry, Files, Kind, OversizedError, VanishedError
from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Source


class Overlay:
    """A fleet's files as they will be once everything is saved.

    A text takes the place of whatever has its name; if nothing has, it is there nevertheless, and so are the
    folders above it.
    """

    def __init__(self, below: Files, texts: Mapping[str, bytes]) -> None:
        self._below = below
        self._texts = dict(texts)
        self._folders = {
            "/".join(parts[:depth])
            for parts in (path.split("/") for path in texts)
            for depth in range(len(parts))
        }

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """Read every input, sorted by path; everything wrong with the tree is in one report."""
        return collect(self)

    def entries(self, folder: str) -> list[Entry]:
        """The names in a folder, those of texts among them."""
        prefix = f"{folder}/" if folder else ""
        mine = {
            path.removeprefix(prefix).split("/")[0].encode(): path
            for path in self._texts
            if path.startswith(prefix)
        }
        try:
            there = {entry.name: entry.kind for entry in self._below.entries(folder)}
        except VanishedError:
            if folder not in self._folders:
                raise
            there = {}
        for name, path in mine.items():
            if path == prefix + name.decode():
                there[name] = Kind.FILE
            else:
                there.setdefault(name, Kind.FOLDER)
        return [Entry(name, kind) for name, kind in there.items()]

    def kind(self, path: str) -> Kind | None:
        """What stands at a path, the last link not followed; None for nothing."""
        if path in self._texts:
            return Kind.FILE
        return self._below.kind(path) or (Kind.FOLDER if path in self._folders else None)

    def target(self, link: str) -> str:
        """Where a symbolic link points, as written."""
        return self._below.target(link)

    def read(self, path: str) -> bytes:
        """The text laid over a path, else the content of the file there."""
        text = self._texts.get(path)
        if text is None:
            return self._below.read(path)
        if len(text) > LIMIT:
            message = f"{len(text)} bytes"
            raise OversizedError(message)
        return text
