"""Source → Document: every schema file read, whatever is wrong with the others."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from qpf.model.diagnostic import Outcome, Report
from qpf.model.fleet import Document, Source
from qpf.model.migration import Trail
from qpf.syntax.reader import read_yaml


class Documents(Struct, frozen=True):
    """The parsed files of a fleet, by kind and name.

    Attributes:
        migrations: The files of `migrations/`.
        approvals: Those of `approvals/`.
        templates: Texts of `templates/`, by path below it.
        unread: Whether some file could not be read, so that "is missing" may not be true.
    """

    fleet: Document | None = None
    glue: Document | None = None
    environments: Mapping[str, Document] = {}
    bases: Mapping[str, Document] = {}
    subs: Mapping[str, Document] = {}
    agents: Mapping[str, Document] = {}
    migrations: Mapping[str, Document] = {}
    approvals: Mapping[str, Document] = {}
    templates: Mapping[str, str] = {}
    unread: frozenset[str] = frozenset()

    def of(self, source: str) -> Document | None:
        """The document of a file."""
        return next((each for each in self.all if each.source == source), None)

    def of_environment(self, name: str) -> tuple[Document, ...]:
        """The document of an environment, if it could be read."""
        return (self.environments[name],) if name in self.environments else ()

    @property
    def all(self) -> tuple[Document, ...]:
        """Every document."""
        groups = (
            self.environments, self.bases, self.subs, self.agents, self.migrations, self.approvals,
        )  # fmt: skip
        single = (self.fleet, self.glue)
        return (*(each for each in single if each), *(each for group in groups for each in group.values()))

    @property
    def trails(self) -> list[Trail]:
        """What is known of the past of documents, as far as it was looked into."""
        return [each.trail for each in self.all if each.trail is not None]

    def replacing(self, document: Document) -> "Documents":
        """The same documents with another one in the place of its namesake."""
        field_of = {
            "environment": "environments", "base": "bases", "sub": "subs", "agent": "agents",
            "migration": "migrations", "approval": "approvals",
        }  # fmt: skip
        if document.kind in field_of:
            group: Mapping[str, Document] = getattr(self, field_of[document.kind])
            changed = {field_of[document.kind]: {**group, document.name: document}}
            return replace(self, **changed)
        return replace(self, fleet=document) if document.kind == "fleet" else replace(self, glue=document)

    def known(self, kind: str) -> frozenset[str]:
        """Names of a kind that exist as files, readable or not."""
        groups = {
            "base": self.bases,
            "sub": self.subs,
            "agent": self.agents,
            "environment": self.environments,
        }
        hidden = (name.removeprefix(f"{kind}:") for name in self.unread if name.startswith(f"{kind}:"))
        return frozenset((*groups[kind], *hidden))


FOLDERS = {
    "base": "base",
    "sub": "sub",
    "agents": "agent",
    "migrations": "migration",
    "approvals": "approval",
}


Known: TypeAlias = Mapping[tuple[str, str], Outcome[Document | None]]
"""What files said when they were read before, by path and digest."""


def parse(sources: Iterable[Source], known: Known = MappingProxyType({})) -> Outcome[Documents]:
    """Read every source; a file with an error yields its findings and no document.

    Args:
        sources: The files.
        known: What need not be read again.
    """
    report: list[Report] = []
    by_kind: dict[str, dict[str, Document]] = {
        kind: {} for kind in ("fleet", "glue", "environment", *FOLDERS.values())
    }
    templates: dict[str, str] = {}
    unread: set[str] = set()
    for source in sources:
        folder, _, rest = source.path.partition("/")
        if folder == "templates":
            templates[rest] = source.content.decode("utf-8", errors="replace")
            continue
        kind, name = kind_of(source.path)
        if not kind:
            continue
        outcome = known.get((source.path, source.digest)) or parse_one(source)
        if outcome.report.diagnostics:
            report.append(outcome.report)
        if outcome.value is None:
            unread.add(f"{kind}:{name}")
        else:
            by_kind[kind][name] = outcome.value
    documents = Documents(
        fleet=by_kind["fleet"].get("qpf"),
        glue=by_kind["glue"].get("glue"),
        environments=by_kind["environment"],
        bases=by_kind["base"],
        subs=by_kind["sub"],
        agents=by_kind["agent"],
        migrations=by_kind["migration"],
        approvals=by_kind["approval"],
        templates=templates,
        unread=frozenset(unread),
    )
    return Outcome(documents, Report.join(report))


def parse_one(source: Source) -> Outcome[Document | None]:
    """Read one source; None if it has an error, or is no document."""
    kind, name = kind_of(source.path)
    if not kind:
        return Outcome(None)
    outcome = read_yaml(source.path, source.content)
    if outcome.value is None or outcome.report.failed:
        return Outcome(None, outcome.report)
    return Outcome(Document(kind, name, source.path, outcome.value), outcome.report)


def agent_of(path: str) -> str:
    """The agent whose own file this is; empty for any other source."""
    kind, name = kind_of(path)
    return name if kind == "agent" else ""


def kind_of(path: str) -> tuple[str, str]:
    """The kind of document that a file holds, and its name; empty if it is no document."""
    folder, _, rest = path.partition("/")
    stem = rest.removesuffix(".yaml")
    if path == "qpf.yaml":
        return "fleet", "qpf"
    if path == "glue.yaml":
        return "glue", "glue"
    if folder == "environments" and rest.endswith("/environment.yaml"):
        return "environment", rest.removesuffix("/environment.yaml")
    if folder in FOLDERS and stem != rest and "/" not in stem:
        return FOLDERS[folder], stem
    return "", ""
