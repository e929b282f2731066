"""Documents of earlier schema versions, and references to their fields, rewritten for a later one."""

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from qpf.evolution.codes import UNFAITHFUL_REWRITE
from qpf.evolution.history import History
from qpf.evolution.references.follow import follow
from qpf.evolution.references.renames import Renames
from qpf.evolution.source import SourceText, UnfaithfulError, marked, unmarked
from qpf.evolution.splice import spliced
from qpf.evolution.steps import EVOLUTION
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.fleet import Document, Source
from qpf.model.migration import Change, Migration
from qpf.model.node import Data, Scalar, find, to_data
from qpf.model.span import Span
from qpf.model.version import order
from qpf.stages.parse import Documents
from qpf.stages.upgrade import bodies
from qpf.syntax.reader import read_yaml


class Rewritten(Struct, frozen=True):
    """One document that speaks an earlier version, or a template or constraint with names of one.

    Attributes:
        path: Its file.
        source: The version that it speaks; empty for what says of no version.
        target: The version that it is rewritten for.
        before: Its content.
        after: Its content then.
        changes: What is done to its fields.
    """

    path: str
    source: str
    target: str
    before: bytes
    after: bytes
    changes: tuple[Change, ...]


def rewritten(
    lifted: Documents, sources: Mapping[str, Source], past: History, paths: Collection[str] = ()
) -> Outcome[tuple[Rewritten, ...]]:
    """Rewrite the documents that speak earlier versions, and references to fields that are renamed.

    Args:
        lifted: The documents at the version they are rewritten for.
        sources: The files, by path.
        past: The way there.
        paths: Files and folders to be rewritten; none: all.
    """
    done: list[Rewritten] = []
    found: list[Diagnostic] = []
    for document in lifted.all:
        if document.trail is not None and document.trail.version and _chosen(document.source, paths):
            steps = past.chain.way(document.trail.version) or ()
            try:
                after = _after(document, sources[document.source].content, steps)
            except UnfaithfulError as error:
                found.append(_refused(document, steps, str(error)))
                continue
            done.append(
                Rewritten(
                    document.source,
                    document.trail.version,
                    past.chain.version,
                    sources[document.source].content,
                    after,
                    document.changes,
                )
            )
    if lifted.fleet is not None and _chosen(lifted.fleet.source, paths):
        done += _fleet(lifted.fleet, sources[lifted.fleet.source].content, past)
    for each in follow(Renames(past.chain.past), sources.values()):
        if _chosen(each.path, paths):
            found += (*each.refused, *each.doubtful)
            if each.changes:
                done.append(
                    Rewritten(each.path, "", past.chain.version, each.before, each.after, each.changes)
                )
    return Outcome(tuple(sorted(done, key=lambda each: each.path)), Report.of(found))


def _fleet(fleet: Document, content: bytes, past: History) -> Iterator[Rewritten]:
    """The fleet's own file, if it speaks an earlier version."""
    spoken, wanted = fleet.version, past.chain.version
    if spoken is not None and order(spoken) < order(wanted):
        after = marked(content, _spoken(unmarked(content), wanted, fleet))
        yield Rewritten(fleet.source, spoken, wanted, content, after, ())


def _chosen(path: str, paths: Collection[str]) -> bool:
    return not paths or any(path == each or path.startswith(f"{each}/") for each in paths)


def _after(document: Document, content: bytes, steps: tuple[Migration, ...]) -> bytes:
    """What a document's file holds after some steps.

    Raises:
        UnfaithfulError: If it cannot be spliced without losing something.
    """
    text = unmarked(content)
    for step in steps if document.changes else ():
        for within, _ in bodies(document.kind, _read(document, text).body):
            text = spliced(text, step, within)
    text = _spoken(text, steps[-1].target, document)
    said: Data = to_data(_read(document, text).body)
    said.pop(EVOLUTION, None)
    if said != to_data(document.body):
        message = "it would not say what it is taken for while compiling"
        raise UnfaithfulError(message)
    return marked(content, text)


def _spoken(text: str, version: str, document: Document) -> str:
    """A text that says it speaks a version, wherever it says so, in the quotes it has."""
    for path in ("schema_version",), (EVOLUTION, "version"):
        source = _read(document, text)
        node = find(source.body, path)
        if isinstance(node, Scalar) and node.value:
            start, end = source.range_of(node.span)
            text = text[:start] + text[start:end].replace(str(node.value), version) + text[end:]
    return text


def _read(document: Document, text: str) -> SourceText:
    outcome = read_yaml(document.source, text.encode())
    if outcome.value is None or outcome.report.failed:
        message = "it would be no document any more"
        raise UnfaithfulError(message)
    return SourceText(text, outcome.value)


def _refused(document: Document, steps: tuple[Migration, ...], why: str) -> Diagnostic:
    span: Span | None = document.changes[0].span if document.changes else None
    return Diagnostic(
        UNFAITHFUL_REWRITE,
        f"{document.source} cannot be rewritten for {steps[-1].target}: {why}",
        span,
        hint="write out what is shared, or rewrite the file by hand; compiling migrates it until then",
    )
