"""The archive: what retention lets go of, as files of JSON lines in a folder or a bucket.

A file is written once, under a name that is told by what is in it: agent, kind of row, first and last
moment, first and last number, digest. Rows are deleted from the database only when their file is safe. A
crash in between does no harm: the next sweep finds the file and finishes what was begun.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import get_ident
from typing import Any, Self, TypeVar

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # it ships no types
from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # as above
from pydantic_core import from_json

from qpf_runtime.database import moment
from qpf_runtime.envelope import Json, canonical
from qpf_runtime.errors import ConfigurationError, Unavailable

T = TypeVar("T")

LONGEST_WAIT = 60.0
"""Seconds after which a file was not written or read."""

_NAME = re.compile(
    r"(?P<kind>[a-z]+)_(?P<since>\d{8}T\d{12}Z)_(?P<until>\d{8}T\d{12}Z)"
    r"_(?P<first>\d+)-(?P<last>\d+)_(?P<digest>[0-9a-f]{16})\.jsonl"
)
_MOMENT = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of the archive, told by its name.

    Attributes:
        kind: Table its rows are of.
        since: Moment of its oldest row.
        until: Moment of its newest row.
        first: Number of its first row.
        last: Number of its last row.
        digest: First 16 hexadecimal digits of the SHA-256 of its content.
    """

    kind: str
    since: datetime
    until: datetime
    first: int
    last: int
    digest: str

    @classmethod
    def of(cls, kind: str, rows: Sequence[dict[str, Any]], content: bytes) -> Self:
        """Tell the name of the file of some rows."""
        moments = [moment(row["at"]).astimezone(UTC) for row in rows]
        mark = sha256(content).hexdigest()[:16]
        return cls(kind, min(moments), max(moments), rows[0]["id"], rows[-1]["id"], mark)

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Read a name; None if it is not one of ours."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        since, until = (
            datetime.strptime(found[end], _MOMENT).replace(tzinfo=UTC) for end in ("since", "until")
        )
        return cls(found["kind"], since, until, int(found["first"]), int(found["last"]), found["digest"])

    @property
    def name(self) -> str:
        """Its name in the folder of the agent."""
        period = f"{self.since.strftime(_MOMENT)}_{self.until.strftime(_MOMENT)}"
        return f"{self.kind}_{period}_{self.first}-{self.last}_{self.digest}.jsonl"


class Archive:
    """The archive of one agent."""

    def __init__(self, url: str, agent: str) -> None:
        """Name a place; nothing is connected or written yet.

        Args:
            url: As fsspec spells it: a folder, `s3://bucket/prefix`, `memory://name` …
            agent: Whose archive; its files go into a folder of this name.

        Raises:
            ConfigurationError: If the address is none, or the package that knows its kind is not installed.
        """
        kind = url.partition("://")[0] if "://" in url else "file"
        try:
            fs, path = url_to_fs(url)
        except ImportError:
            remedy = f"pip install '{_extra(kind)}'"
            msg = f"the archive is at {kind}://…, and what reads it is not installed: {remedy}"
            raise ConfigurationError(msg) from None
        except ValueError:
            msg = f"ARCHIVE_URL begins with {kind}://, which is no kind of place that fsspec knows"
            raise ConfigurationError(msg) from None
        self._fs: AbstractFileSystem = fs
        self._folder = f"{path.rstrip('/')}/{agent}"

    async def keep(self, kind: str, rows: Sequence[dict[str, Any]]) -> int:
        """Keep rows; when this returns, they are safe.

        Args:
            kind: Their table.
            rows: Rows with `id` and `at`, in the order of their ids, not none.

        Returns:
            How many of the first are safe: all, or as many as were written before a crash.

        Raises:
            Unavailable: If the place cannot be written.
        """
        begun = {
            file.last
            for file in await self._files()
            if (file.kind, file.first) == (kind, rows[0]["id"]) and file.last < rows[-1]["id"]
        }
        for last in sorted(begun):
            part = [row for row in rows if row["id"] <= last]
            if ArchivedFile.of(kind, part, _content(part)) in await self._files():
                return len(part)
        content = _content(rows)
        file = ArchivedFile.of(kind, rows, content)
        await self._do(partial(self._write, f"{self._folder}/{file.name}", content))
        return len(rows)

    async def read(
        self, since: datetime, until: datetime, kind: str = "episodes"
    ) -> AsyncIterator[dict[str, Json]]:
        """Give back rows of a period, file by file, oldest files first, each row once.

        Args:
            since: Its beginning.
            until: Its end, not included.
            kind: Table they were of.

        Raises:
            Unavailable: If the place cannot be read, or a file is not what its name says.
        """
        seen: set[tuple[Json, Json]] = set()
        for file in await self._files():
            if file.kind != kind or file.until < since or file.since >= until:
                continue
            path = f"{self._folder}/{file.name}"
            content: bytes = await self._do(partial(self._fs.cat_file, path))
            if sha256(content).hexdigest()[:16] != file.digest:
                msg = f"the archive's file {path} is damaged: its content is not what its name says"
                raise Unavailable(msg)
            for line in content.splitlines():
                row: dict[str, Json] = from_json(line)
                key = (row["id"], row["at"])
                if since <= moment(str(row["at"])) < until and key not in seen:
                    # Replicas that sweep at the same time may have kept a row twice.
                    seen.add(key)
                    yield row

    async def sweep(self, before: datetime) -> int:
        """Delete files whose newest row is older than a moment; tells how many.

        Raises:
            Unavailable: If the place cannot be changed.
        """
        old = [file for file in await self._files() if file.until < before]
        for file in old:
            await self._do(partial(self._delete, f"{self._folder}/{file.name}"))
        return len(old)

    async def clear(self) -> None:
        """Delete all of it."""
        for file in await self._files():
            await self._do(partial(self._delete, f"{self._folder}/{file.name}"))

    async def _files(self) -> list[ArchivedFile]:
        names = await self._do(self._list)
        files = [ArchivedFile.read(str(name).rpartition("/")[2]) for name in names]
        return sorted((file for file in files if file is not None), key=lambda file: (file.since, file.name))

    def _list(self) -> Iterable[str]:
        self._fs.invalidate_cache()
        try:
            names: list[str] = self._fs.ls(self._folder, detail=False)
        except FileNotFoundError:
            return ()
        return names

    def _write(self, path: str, content: bytes) -> None:
        if "file" in _kinds(self._fs):
            _write_safely(Path(path), content)
        else:
            # One request: an object is there whole, or not at all.
            self._fs.pipe_file(path, content)

    def _delete(self, path: str) -> None:
        try:
            self._fs.rm_file(path)
        except FileNotFoundError:
            return

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                return await asyncio.to_thread(work)
        except Exception as error:
            # Each kind of place has its own family of errors.
            reason = str(error).strip().splitlines()
            msg = f"the archive does not answer: {reason[0] if reason else type(error).__name__}"
            raise Unavailable(msg) from error


def _content(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(canonical(row) + b"\n" for row in rows)


def _kinds(fs: AbstractFileSystem) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _extra(kind: str) -> str:
    return "qpf-runtime[s3]" if kind in {"s3", "s3a"} else f"fsspec[{kind}]"


def _write_safely(path: Path, content: bytes) -> None:
    """Write a file such that it is on the disk, whole, before its name is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    with begun.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    begun.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
