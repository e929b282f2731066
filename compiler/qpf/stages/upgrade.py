"""Document → Document at the fleet's schema version, by the migrations that lead there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.approvals import read_approvals
from qpf.evolution.codes import DEPRECATED_FIELD, NOT_AUTOMATIC, VERSION_MISMATCH
from qpf.evolution.deprecations import Deprecation
from qpf.evolution.history import History, history_of
from qpf.evolution.places import edited, entry_at, matches
from qpf.evolution.rewrite import rewrite
from qpf.evolution.steps import EVOLUTION, read_steps
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.fleet import Document
from qpf.model.migration import Change, Migration, Trail
from qpf.model.node import Entry, Node, Scalar, find, locate
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, format_path
from qpf.model.span import Span
from qpf.model.version import order
from qpf.stages.parse import Documents

_VERSION = "schema_version"


def history(
    documents: Documents, registered: Iterable[Migration] = (), version: str | None = None
) -> Outcome[History | None]:
    """Read all migrations there are; None if the fleet does not say which version it speaks.

    Args:
        documents: Those of the fleet.
        registered: What plugins contribute.
        version: Where they shall lead; by default to the fleet's version.
    """
    spoken = documents.fleet.version if documents.fleet else None
    version = spoken and (version or spoken)
    if version is None:
        return Outcome(None)
    schemas = (each for each in documents.all if each.kind not in {"migration", "approval"})
    steps = read_steps(documents.migrations.values(), schemas)
    approvals = read_approvals(documents.approvals.values())
    in_order = history_of(version, (*steps.value, *registered), approvals.value)
    return Outcome(in_order.value, steps.report + approvals.report + in_order.report)


def upgrade(documents: Documents, past: History | None, *, deliberate: bool = False) -> Outcome[Documents]:
    """Lift every document to the fleet's version; one that cannot be is left out, and said why.

    Args:
        documents: Those of the fleet.
        past: Its migrations.
        deliberate: Whether a person asked for it, so that steps are taken that compiling may not take.
    """
    if past is None:
        return Outcome(documents)
    lifting = _Lifting(documents.fleet, past, deliberate=deliberate)
    lifted = replace(
        documents,
        fleet=documents.fleet and lifting.plainly(documents.fleet),
        glue=documents.glue and lifting.document(documents.glue),
        environments=lifting.group(documents.environments),
        bases=lifting.group(documents.bases),
        subs=lifting.group(documents.subs),
        agents=lifting.group(documents.agents),
    )
    return Outcome(replace(lifted, unread=documents.unread | lifting.dropped), Report.of(lifting.found))


@dataclass
class _Lifting:
    """The documents of a fleet on their way."""

    fleet: Document | None
    past: History
    deliberate: bool
    found: list[Diagnostic] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)

    def group(self, documents: Mapping[str, Document]) -> dict[str, Document]:
        """Those that could be lifted."""
        lifted = ((name, self.document(document)) for name, document in documents.items())
        return {name: document for name, document in lifted if document is not None}

    def plainly(self, document: Document) -> Document:
        """A document without what it says about migrations, which was read before."""
        if EVOLUTION not in document.body.entries:
            return document
        entries = {key: entry for key, entry in document.body.entries.items() if key != EVOLUTION}
        return replace(document, body=MappingNode(MappingProxyType(entries), document.body.span))

    def document(self, document: Document) -> Document | None:
        """A document at the fleet's version; None if no way leads there."""
        document = self.plainly(document)
        version = document.version
        if version is not None and version != self.past.chain.version:
            steps = self.past.chain.way(version)
            refusal = self._refusal(document, version, steps)
            lifted = None if refusal else self._taken(document, steps or ())
            if lifted is None:
                self.found += [refusal] if refusal else []
                self.dropped.add(f"{document.kind}:{document.name}")
                return None
            document = lifted
        document = replace(document, trail=self._trail(document, version or ""))
        self.found += map(_deprecated, uses_of(document, self.past.deprecations))
        return document

    def _taken(self, document: Document, steps: Iterable[Migration]) -> Document | None:
        """A document after steps; None if one of them could not be taken."""
        body = document.body
        changes: list[Change] = []
        for step in steps:
            for within, sections in bodies(document.kind, body):
                outcome = rewrite(sections, step, within)
                if outcome.found:
                    self.found += outcome.found
                    return None
                if outcome.changes:
                    changes += outcome.changes
                    body = _mapping(edited(body, within, outcome.body))
        span = locate(document.body, (_VERSION,))
        spoken = Entry(body.entries[_VERSION].span, Scalar(self.past.chain.version, span))
        body = MappingNode(MappingProxyType({**body.entries, _VERSION: spoken}), body.span)
        return replace(document, body=body, changes=tuple(changes))

    def _trail(self, document: Document, version: str) -> Trail:
        """What the fleet has to know of a document's past."""
        spoken = "" if version == self.past.chain.version else version
        done = {each.step.name_of(each.position) for each in document.changes}
        parts = [sections for _, sections in bodies(document.kind, document.body)]
        moved = tuple(
            name
            for name, (_, _, now) in self.past.moves.items()
            if name in done or (now and any(any(matches(each, now)) for each in parts))
        )
        return Trail(document.source, spoken, locate(document.body, (_VERSION,)), moved)

    def _refusal(
        self, document: Document, version: str, steps: tuple[Migration, ...] | None
    ) -> Diagnostic | None:
        """Why a document cannot be lifted."""
        chain = self.past.chain
        notes: tuple[Note, ...] = ()
        if self.fleet is not None:
            notes = (Note("the fleet's version is set here", locate(self.fleet.body, (_VERSION,))),)
        span = locate(document.body, (_VERSION,))
        if steps is None:
            later = order(version) > order(chain.version)
            known = () if later or not chain.steps else (Note(f"the steps are {chain.drawn()}"),)
            return Diagnostic(
                VERSION_MISMATCH,
                f"{document.source} speaks schema version {version}, the fleet {chain.version}",
                span,
                (_VERSION,),
                (*notes, *known),
                hint=f"raise the fleet's schema_version to {version}"
                if later
                else f"write a migration from {version}, or rewrite the document for {chain.version}",
            )
        manual = [step for step in steps if not step.automatic and not self.deliberate]
        if not manual:
            return None
        return Diagnostic(
            NOT_AUTOMATIC,
            f"{document.source} speaks schema version {version}, and may not be migrated while compiling",
            span,
            (_VERSION,),
            tuple(
                Note(f"{step.title} may not, as it says here", step.ruled or step.origin) for step in manual
            ),
            hint=f"rewrite it with `qpf migrate --write {document.source}`, and review the difference",
        )


def bodies(kind: str, body: MappingNode) -> Iterator[tuple[Path, MappingNode]]:
    """Where the sections of a document stand, and the sections."""
    if kind in {"base", "sub", "agent"}:
        yield (), body
    elif kind == "environment":
        for within in (("overrides", "all"), *matches(body, "overrides.agents.*")):
            sections = find(body, within)
            if isinstance(sections, MappingNode):
                yield within, sections


class Use(Struct, frozen=True):
    """A deprecated field that a document uses.

    Attributes:
        document: The document, at the fleet's version.
        within: Where the sections stand that the field belongs to.
        place: Where the field stands in them.
        deprecation: What is said about it.
        span: Where it is written.
    """

    document: Document
    within: Path
    place: Path
    deprecation: Deprecation
    span: Span

    @property
    def path(self) -> Path:
        """Where it stands in the document."""
        return (*self.within, *self.place)


def uses_of(document: Document, deprecations: Iterable[Deprecation]) -> Iterator[Use]:
    """Every deprecated field that a document uses."""
    for each in deprecations:
        for within, sections in bodies(document.kind, document.body):
            for place in matches(sections, each.path):
                yield Use(document, within, place, each, entry_at(sections, place).span)


def _deprecated(use: Use) -> Diagnostic:
    about = use.deprecation
    when = f" in {about.removal}" if about.removal else ""
    return Diagnostic(
        DEPRECATED_FIELD,
        f"{format_path(use.place)} will be removed{when}",
        use.span,
        use.path,
        (Note("it is deprecated here", about.span),),
        hint=_instead(about.use),
    )


def _instead(use: str) -> str:
    if not use:
        return "take it away"
    return f"use {use} instead" if len(use.split()) == 1 else use


def _mapping(node: Node) -> MappingNode:
    assert isinstance(node, MappingNode)
    return node
