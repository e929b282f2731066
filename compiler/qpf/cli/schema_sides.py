"""The two sides of `qpf schema diff` as a person names them: files, files in git, fleets, revisions."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from qpf.cli.session import Session
from qpf.evolution.diff.shapes.written import Merging
from qpf.evolution.diff.sides import Contract
from qpf.gitops.schemas import of_file, of_fleet, steps_in, strategy_at
from qpf.host.registry import Registry
from qpf.io.codes import BAD_REVISION
from qpf.io.models import models
from qpf.io.revision import Revision
from qpf.io.selection import CONSTRAINTS
from qpf.io.tree import LIMIT
from qpf.io.worktree import WorkTree
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest
from qpf.model.fleet import Source
from qpf.model.migration import Migration
from qpf.pipeline import registered
from qpf.stages.parse import Known, parse
from qpf.stages.schema import Schema

_IN_GIT = re.compile(r"(?P<rev>[^:]+):(?P<path>[^:]+)\Z")


def prefix(session: Session, text: str, *, revisions: bool) -> str:
    """What stands before the names of a side's files.

    Args:
        session: Where the fleet is.
        text: What a person named.
        revisions: Whether a git revision is named; a line of the later side is a line of the work tree to
            whoever annotates a pull request.
    """
    place = on_disk(session, text)
    if place is not None:
        here = place.is_file() or place.resolve() == session.root.resolve()
        return "" if here else f"{text.rstrip('/')}/"
    return f"{text}:" if text and revisions and not _IN_GIT.match(text) else ""


def on_disk(session: Session, text: str) -> Path | None:
    """The file or the fleet that a side is, given relative to the current folder or to the fleet."""
    for base in (Path.cwd(), session.root):
        place = base / text
        if text and (place.is_file() or (place / "qpf.yaml").is_file()):
            return place
    return None


class Opening(Struct, frozen=True, dict=True):
    """Sides being opened.

    Attributes:
        places: Files and folders of migrations that a person named.
        environ: What of the environment the code of a revision is run with.
        models: Whether what plugins accept is compared, and not what documents say.
        contents: What was read, by name, for excerpts.
        fleets: Those that were read, and what their files say: sides have most in common.
    """

    session: Session
    registry: Registry
    places: tuple[Path, ...]
    environ: Mapping[str, str]
    models: bool
    contents: dict[str, bytes] = {}
    fleets: list[tuple[Known, Contract]] = []

    @property
    def report(self) -> Report:
        """What is wrong with the migrations that were named."""
        return self._named.report

    def side(self, text: str) -> Outcome[Contract | None]:
        """What one side says."""
        place = on_disk(self.session, text)
        in_git = _IN_GIT.match(text)
        if self.models:
            return self._file("models", models(self.session.root, text, self._packages, self.environ))
        if place is not None and place.is_file():
            return self._file(text, Outcome(_read(place)))
        if place is None and in_git is not None:
            return self._file(text, Revision(self.session.root, in_git["rev"]).content(in_git["path"]))
        if place is not None or not text:
            return self._fleet(WorkTree(place or self.session.root).sources())
        side = self.revision(text)
        if any(found.code is BAD_REVISION for found in side.report.diagnostics):
            message = f"there is no file, no fleet and no git revision `{text}`"
            raise click.BadParameter(message)
        return side

    def revision(self, rev: str) -> Outcome[Contract | None]:
        """What the fleet said in a revision; None, with the reason, if it cannot be read."""
        return self._fleet(Revision(self.session.root, rev).sources())

    def _file(self, name: str, read: Outcome[bytes | None]) -> Outcome[Contract | None]:
        if read.value is None or read.report.failed:
            return Outcome(None, read.report)
        self.contents[name] = read.value
        one = of_file(name, read.value, self._merging, self._steps)
        if one.value is None or one.value.documents or self._around is None:
            return one
        return Outcome(replace(one.value, users=self._around.users), one.report)

    def _fleet(self, read: Outcome[tuple[Source, ...]]) -> Outcome[Contract | None]:
        earlier = self.fleets[-1] if self.fleets else None
        documents = parse(read.value, earlier[0] if earlier else {})
        report = read.report + documents.report
        if report.failed:
            self.contents.update({source.path: source.content for source in read.value})
            return Outcome(None, report)
        steps = (*registered(self.registry), *self._named.value)
        contract = of_fleet(
            documents.value, self._merging, self._schema, steps, earlier[1] if earlier else None
        )
        digests = {source.path: source.digest for source in read.value}
        known: Known = {(each.source, digests[each.source]): Outcome(each) for each in documents.value.all}
        self.fleets.append((known, contract.value))
        constraints = {
            source.path: source.content.decode("utf-8", "replace")
            for source in read.value
            if source.path.startswith(f"{CONSTRAINTS}/")
        }
        return Outcome(replace(contract.value, constraints=constraints), report + contract.report)

    @cached_property
    def _merging(self) -> Merging:
        return strategy_at(self._schema.rules)

    @cached_property
    def _schema(self) -> Schema:
        return Schema.of(entry.value for entry in self.registry.sections)

    @property
    def _packages(self) -> tuple[str, ...]:
        """Import packages that make up what is accepted."""
        return tuple(sorted({"qpf", *(plugin.package.partition(".")[0] for plugin in self.registry.plugins)}))

    @cached_property
    def _named(self) -> Outcome[tuple[Migration, ...]]:
        files = [file for place in self.places for file in _files(self.session, place)]
        return steps_in([Source(name, content := _read(file), digest(content)) for name, file in files])

    @cached_property
    def _steps(self) -> tuple[Migration, ...]:
        """Migrations beside those that a file brings along: named ones, the fleet's, plugins'."""
        known: list[Migration] = []
        around = self._around.steps if self._around else ()
        for step in (*self._named.value, *around, *registered(self.registry)):
            if step not in known:
                known.append(step)
        return tuple(known)

    @cached_property
    def _around(self) -> Contract | None:
        """The fleet, if there is one."""
        if not (self.session.root / "qpf.yaml").is_file():
            return None
        documents = parse(WorkTree(self.session.root).sources().value)
        return of_fleet(documents.value, self._merging, self._schema).value


def _files(session: Session, named: Path) -> Iterator[tuple[str, Path]]:
    """The file of a migration or those of a folder, with their names as a person would say them.

    Raises:
        click.BadParameter: If there is no such file or folder.
    """
    place = next((base / named for base in (Path.cwd(), session.root) if (base / named).exists()), None)
    if place is None:
        message = f"{named} is neither in the current folder nor in the fleet"
        raise click.BadParameter(message, param_hint="'--migrations'")
    if place.is_dir():
        yield from ((str(named / file.name), file) for file in sorted(place.glob("*.yaml")))
    else:
        yield str(named), place


def _read(place: Path) -> bytes:
    """A file that a person named.

    Raises:
        click.BadParameter: If it cannot be read, or is larger than any schema.
    """
    try:
        with place.open("rb") as handle:
            content = handle.read(LIMIT + 1)
    except OSError as error:
        message = f"{place} cannot be read: {error.strerror}"
        raise click.BadParameter(message) from error
    if len(content) > LIMIT:
        message = f"{place} has more than {LIMIT} bytes"
        raise click.BadParameter(message)
    return content
