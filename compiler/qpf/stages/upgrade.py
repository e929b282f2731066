"""Document → Document at the fleet's schema version."""

from collections.abc import Mapping

from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.fleet import Document
from qpf.model.node import Scalar, find, locate
from qpf.stages import codes
from qpf.stages.parse import Documents


def upgrade(documents: Documents) -> Outcome[Documents]:
    """Keep the documents that speak the fleet's version; say which do not.

    No migrations are registered yet, so another version is a finding, never a guess.
    """
    fleet = documents.fleet
    wanted = find(fleet.body, ("schema_version",)) if fleet else None
    if fleet is None or not isinstance(wanted, Scalar) or not isinstance(wanted.value, str):
        return Outcome(documents)
    found: list[Diagnostic] = []

    def same_version(document: Document) -> bool:
        version = find(document.body, ("schema_version",))
        if (
            not isinstance(version, Scalar)
            or not isinstance(version.value, str)
            or version.value == wanted.value
        ):
            return True
        found.append(
            Diagnostic(
                codes.VERSION_MISMATCH,
                f"{document.source} speaks schema version {version.value}, the fleet {wanted.value}",
                locate(document.body, ("schema_version",)),
                ("schema_version",),
                (Note("the fleet's version is set here", wanted.span),),
                hint="rewrite the document for the fleet's version and raise its schema_version",
            )
        )
        return False

    def keep(group: Mapping[str, Document]) -> dict[str, Document]:
        kept = {name: document for name, document in group.items() if same_version(document)}
        dropped.update(f"{document.kind}:{name}" for name, document in group.items() if name not in kept)
        return kept

    dropped: set[str] = set()
    lifted = Documents(
        fleet=fleet,
        glue=documents.glue if documents.glue and same_version(documents.glue) else None,
        environments=keep(documents.environments),
        bases=keep(documents.bases),
        subs=keep(documents.subs),
        agents=keep(documents.agents),
        templates=documents.templates,
        unread=documents.unread | dropped,
    )
    return Outcome(lifted, Report.of(found))
