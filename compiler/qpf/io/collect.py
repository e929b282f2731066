"""Read a fleet's inputs from any place that answers `Files`, reporting all that is wrong at once.

The rules, which hold for the work tree and for git revisions alike:

- Inputs are `qpf.yaml`, `glue.yaml`, `base|sub|agents/*.yaml`, `environments/*/environment.yaml`,
  every file below `templates/`, every `*.py` below `logic/`, and every `*.cue` below `base/constraints/`.
  A folder of `environments/` without `environment.yaml` is none of our business here: whether it should be
  there, `qpf.yaml` knows.
- A symbolic link inside the root is read under its own name; a folder reached through a link may
  hold no further link to a folder (else a few links could name a file millions of times).
- Anything but a regular file, at a name that is an input, is a finding; it is never opened.
"""

from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import normalize

from qpf.io import codes
from qpf.io import selection as select
from qpf.io.links import LinkError, resolve
from qpf.io.selection import Verdict
from qpf.io.tree import Files, Kind, OversizedError, SpecialFileError, UnreadableError
from qpf.model.diagnostic import Code, Diagnostic, Note, Outcome, Report
from qpf.model.digest import digest
from qpf.model.fleet import Source
from qpf.model.span import start_of


class Place(NamedTuple):
    """One name of the fleet: what we call it, where it really is, and what stands there."""

    path: str
    real: str
    kind: Kind
    linked: bool

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


ROOT = Place("", "", Kind.FOLDER, linked=False)


def collect(files: Files) -> Outcome[tuple[Source, ...]]:
    """Read every input, sorted by path."""
    return _Collection(files).run()


class _Collection:
    """The sources and findings of one reading."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._sources: list[Source] = []
        self._found: list[Diagnostic] = []

    def run(self) -> Outcome[tuple[Source, ...]]:
        top = self._listing(ROOT)
        if not self._found and not any(place.name == "qpf.yaml" for place in top):
            self._no_fleet(top)
            top = []
        for place in top:
            self._top(place)
        self._sources.sort(key=lambda source: source.path)
        self._collisions()
        return Outcome(tuple(self._sources), Report.of(self._found))

    def _no_fleet(self, top: Iterable[Place]) -> None:
        for place in top:
            if select.suggest_top(place.name) == "qpf.yaml":
                self._misnamed(place, "qpf.yaml")
                return
        self._report(
            codes.NO_FLEET,
            "qpf.yaml",
            "this folder is not a fleet: it has no `qpf.yaml`",
            "run `qpf init` to start a fleet here, or name the fleet's folder with `qpf -C DIR`",
        )

    def _top(self, place: Place) -> None:
        name = place.name
        verdict = select.judge_top(name)
        if verdict is Verdict.MISNAMED:
            self._misnamed(place, select.suggest_top(name))
        elif verdict is Verdict.WANTED and name in select.TOP_FILES:
            self._file(place)
        elif verdict is Verdict.WANTED and (folder := self._folder(place)):
            if name in select.SCHEMA_FOLDERS:
                self._schemas(folder)
            elif name == select.ENVIRONMENTS:
                self._environments(folder)
            else:
                self._texts(folder)

    def _schemas(self, folder: Place) -> None:
        for place in self._listing(folder):
            verdict = select.judge_schema(place.name)
            if verdict is Verdict.WANTED:
                self._file(place)
            elif verdict is Verdict.MISNAMED:
                self._misnamed(place, select.suggest_schema(place.name))
            elif place.path == select.CONSTRAINTS and (constraints := self._folder(place)):
                self._texts(constraints)
            elif place.kind is Kind.FOLDER:
                self._nested(place)

    def _nested(self, folder: Place) -> None:
        for place in self._listing(folder):
            if select.judge_schema(place.name) is not Verdict.PASSED_OVER:
                parent = folder.path.rpartition("/")[0]
                self._report(
                    codes.NESTED_SOURCE,
                    place.path,
                    f"this file is not read: schemas lie in `{parent}/` itself, not in folders below it",
                    f"move it to `{parent}/{place.name}`, or out of `{parent}/` if it is no schema",
                )

    def _environments(self, folder: Place) -> None:
        for place in self._listing(folder):
            followed = self._follow(place)
            if followed is None or followed.kind is not Kind.FOLDER:
                continue
            for inner in self._listing(followed):
                verdict = select.judge_environment(inner.name)
                if verdict is Verdict.WANTED:
                    self._file(inner)
                elif verdict is Verdict.MISNAMED:
                    self._misnamed(inner, select.ENVIRONMENT_FILE)

    def _texts(self, top: Place) -> None:
        folders = [top]
        while folders:
            for place in self._listing(folders.pop()):
                wanted = select.judge_text(top.path, place.name) is Verdict.WANTED
                if place.kind is Kind.LINK and not wanted and not self._leads_to_folder(place):
                    continue
                followed = self._follow(place)
                if followed is None:
                    continue
                if followed.kind is Kind.FOLDER:
                    if place.name != select.COMPILED:
                        folders.append(followed)
                elif wanted:
                    self._file(followed)

    def _leads_to_folder(self, link: Place) -> bool:
        """Whether a link to something we do not want by name could hold inputs; broken ones do not matter."""
        try:
            return resolve(self._files, link.real)[1] is Kind.FOLDER
        except (LinkError, UnreadableError):
            return False

    def _listing(self, folder: Place) -> list[Place]:
        """The visible names of a folder, sorted; names that are not portable are findings."""
        try:
            entries = self._files.entries(folder.real)
        except UnreadableError as error:
            self._unreadable(
                folder.path or "qpf.yaml", error, "this folder" if folder.path else "the fleet's folder"
            )
            return []
        places = []
        before = f"{folder.path}/" if folder.path else ""
        real = f"{folder.real}/" if folder.real else ""
        for raw, kind in sorted(entries):
            try:
                name = raw.decode()
            except UnicodeDecodeError:
                name = ""
            if not name or not name.isprintable() or name == "..":
                self._bad_path(before, raw)
            elif not select.is_hidden(name):
                places.append(Place(before + name, real + name, kind, folder.linked))
        return places

    def _bad_path(self, before: str, raw: bytes) -> None:
        if select.is_hidden(raw.decode(errors="replace")) and raw != b"..":
            return
        shown = raw.decode(errors="backslashreplace").encode("unicode_escape").decode()
        self._report(
            codes.BAD_PATH,
            before + shown,
            f"the name `{shown}` is not portable: names are printable UTF-8 text",
            "rename the file",
        )

    def _follow(self, place: Place) -> Place | None:
        """The same name with what its link leads to; None, with a finding, if that is nowhere."""
        if place.kind is not Kind.LINK:
            return place
        try:
            real, kind = resolve(self._files, place.real)
        except LinkError as error:
            message = str(error)
        except UnreadableError as error:
            message = f"cannot be followed: {error}"
        else:
            if kind is not Kind.FOLDER or not place.linked:
                return Place(place.path, real, kind, linked=place.linked or kind is Kind.FOLDER)
            message = "leads to a folder from inside a folder that is itself reached through a link"
        self._report(
            codes.BAD_SYMLINK,
            place.path,
            f"this symbolic link {message}",
            "replace it by the file itself, or by a relative link to a file inside the fleet's folder",
        )
        return None

    def _folder(self, place: Place) -> Place | None:
        followed = self._follow(place)
        if followed is None or followed.kind is Kind.FOLDER:
            return followed
        self._report(
            codes.SPECIAL_FILE,
            place.path,
            f"`{place.name}` is a {followed.kind.value} where a folder belongs",
            "move it away",
        )
        return None

    def _file(self, place: Place) -> None:
        followed = self._follow(place)
        if followed is None:
            return
        if followed.kind is not Kind.FILE:
            self._special(place.path, followed.kind.value)
            return
        try:
            content = self._files.read(followed.real)
        except SpecialFileError as error:
            self._special(place.path, str(error))
        except OversizedError as error:
            self._report(
                codes.OVERSIZED_SOURCE,
                place.path,
                f"this file has {error}; inputs have at most 4 MiB",
                "split it, or keep data that is no schema outside the fleet's input folders",
            )
        except UnreadableError as error:
            self._unreadable(place.path, error, "this file")
        else:
            self._sources.append(Source(place.path, content, digest(content)))

    def _special(self, path: str, kind: str) -> None:
        self._report(
            codes.SPECIAL_FILE,
            path,
            f"this is a {kind} where a regular file belongs",
            "replace it by a regular file",
        )

    def _unreadable(self, path: str, error: UnreadableError, what: str) -> None:
        self._report(codes.UNREADABLE_SOURCE, path, f"{what} cannot be read: {error}", error.hint)

    def _misnamed(self, place: Place, suggestion: str) -> None:
        self._report(
            codes.MISNAMED_SOURCE,
            place.path,
            f"`{place.name}` is not read: its name is nearly `{suggestion}`, but not quite",
            f"rename it to `{suggestion}`",
        )

    def _collisions(self) -> None:
        seen: dict[str, str] = {}
        for path in _with_folders(source.path for source in self._sources):
            other = seen.setdefault(_fold(path), path)
            if other != path:
                self._report(
                    codes.NAME_COLLISION,
                    path,
                    f"`{path}` and `{other}` are the same name on systems that do not tell letter case"
                    " or Unicode forms apart",
                    "rename one of them",
                    (Note("the other one is here", start_of(other)),),
                )

    def _report(self, code: Code, path: str, message: str, hint: str, notes: tuple[Note, ...] = ()) -> None:
        self._found.append(Diagnostic(code, message, start_of(path), hint=hint, notes=notes))


def _with_folders(paths: Iterable[str]) -> Iterable[str]:
    """Every path, sorted, and before it the folders it lies in, each once."""
    seen: set[str] = set()
    for path in paths:
        end = path.find("/")
        while end >= 0:
            folder = path[:end]
            if folder not in seen:
                seen.add(folder)
                yield folder
            end = path.find("/", end + 1)
        yield path


def _fold(path: str) -> str:
    if path.isascii():
        return path.lower()
    return normalize("NFC", normalize("NFC", path).casefold())
