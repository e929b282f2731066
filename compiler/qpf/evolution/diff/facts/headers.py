"""What schemas say beside their fields: what they are called, composed of, and where they lie."""

from collections.abc import Iterator, Mapping

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.shape import Shape
from qpf.evolution.diff.sides import Contract, Subject
from qpf.model.node import find, locate, to_data
from qpf.model.path import Path
from qpf.model.span import Span

_COMPOSITION: tuple[Path, ...] = (("composition", "base"), ("composition", "subs"), ("parent_base",))
_COMPOSED = frozenset({"base", "sub", "packet"})


def renamed(old: Contract, new: Contract) -> dict[str, str]:
    """What schemas are called now, by the names that they had: they say the same, and nothing else does."""

    def lone(some: Contract, other: Contract) -> Mapping[tuple[str, str], str]:
        found: dict[tuple[str, str], list[str]] = {}
        for name, subject in some.subjects.items():
            if name not in other.subjects and subject.shape.fields and not name.startswith("environments/"):
                found.setdefault((name.partition("/")[0], subject.shape.meaning), []).append(name)
        return {key: names[0] for key, names in found.items() if len(names) == 1}

    gone, come = lone(old, new), lone(new, old)
    return {name: come[key] for key, name in gone.items() if key in come}


def headers(
    before: Subject | None,
    after: Subject | None,
    old: Contract,
    new: Contract,
    called: Mapping[str, str],
) -> Iterator[Fact]:
    """Differences beside the fields.

    Args:
        before: The schema on the earlier side; None: there is no such schema.
        after: The same on the later one.
        old: The earlier side.
        new: The later one.
        called: What schemas are called now, by the names that they had.
    """
    if before is not None and after is not None:
        yield from _called(before, after)
        for path in _COMPOSITION:
            yield from _composed(before, after, path, (old, new), called)
    elif before is not None:
        yield from _gone(before, new)
    elif after is not None:
        yield Fact(kind="document", direction="added", after=after.name, new=_layer(after, old),
                   new_span=after.shape.span)  # fmt: skip


def _called(before: Subject, after: Subject) -> Iterator[Fact]:
    names = [_text(each, "name") or each.name.partition("/")[2] for each in (before, after)]
    spans = {"old_span": _where(before, ("name",)), "new_span": _where(after, ("name",))}
    if names[0] != names[1]:
        yield Fact(kind="header", word="name", before=names[0], after=names[1], **spans)  # type: ignore[arg-type]  # spans
    elif before.name != after.name:
        yield Fact(kind="document", word="name", before=before.path, after=after.path, **spans)  # type: ignore[arg-type]  # spans
    roles = [_text(each, "role") for each in (before, after)]
    if roles[0] != roles[1]:
        yield Fact(
            kind="annotation", path=("role",), word="description", direction="changed", before=roles[0],
            after=roles[1], old=before.shape, new=after.shape, old_span=_where(before, ("role",)),
            new_span=_where(after, ("role",)),
        )  # fmt: skip


def _composed(
    before: Subject,
    after: Subject,
    path: Path,
    sides: tuple[Contract, Contract],
    called: Mapping[str, str],
) -> Iterator[Fact]:
    """Which other schemas one is composed of, or fits; one that is called otherwise is no other one."""
    old, new = sides
    targets = [
        [each.target for each in side.said.get(name, ()) if each.path == path]
        for side, name in ((old, before.name), (new, after.name))
    ]
    names = [sorted(called.get(each, each).partition("/")[2] for each in some) for some in targets]
    if names[0] == names[1]:
        return
    gone, come = set(names[0]) - set(names[1]), set(names[1]) - set(names[0])
    whole = path == ("parent_base",)
    yield Fact(
        kind="reference", path=path, word=str(path[-1]),
        direction="changed" if gone and come else "removed" if gone else "added",
        before=names[0], after=names[1],
        old=None if whole else _layers(before.name, after.shape, old, new),
        new=None if whole else _layers(after.name, after.shape, new, new),
        old_span=_where(before, path), new_span=_where(after, path),
    )  # fmt: skip


def _layers(name: str, own: Shape, side: Contract, new: Contract) -> Shape:
    """All that a schema is composed of and says, the later layers behind.

    What both sides have is as the later one has it: changes of it are told where it is written.
    """
    folders = {"base": 0, "sub": 1}
    targets: dict[str, None] = {}
    left = [name]
    while left:
        at = left.pop(0)
        for each in side.said.get(at, ()):
            if each.path[0] == "composition" and each.target not in targets:
                targets[each.target] = None
                left.append(each.target)
    found = [
        (new.subjects.get(each) or side.subjects[each]).shape
        for each in sorted(targets, key=lambda each: (folders[each.partition("/")[0]], each))
        if each in side.subjects
    ]
    return Shape(own.span, parts=(*found, own), written=True)


def _gone(before: Subject, new: Contract) -> Iterator[Fact]:
    needing = new.meant.get(before.name, ())
    needed = sorted({each.subject for each in needing})
    spans = [each.span for each in needing]
    word = "needed" if needed else "composed" if before.name.partition("/")[0] in _COMPOSED else ""
    yield Fact(
        kind="document", word=word, direction="removed", before=before.name, after=needed or None,
        old=_layer(before, new), old_span=before.shape.span, new_span=spans[0] if spans else None,
    )  # fmt: skip


def _layer(subject: Subject, other: Contract) -> Shape | None:
    """What comes or goes with overrides of an environment, and of an agent, that the other side has, too."""
    folder, _, rest = subject.name.partition("/")
    environment = rest.partition("/")[0]
    there = any((each.kind, each.name) == ("environment", environment) for each in other.documents)
    agent = rest.partition("/agents/")[2]
    there = there and (not agent or f"agents/{agent}" in other.subjects)
    return subject.shape if folder == "environments" and there else None


def _text(subject: Subject, key: str) -> str | None:
    node = find(subject.document.body, (key,)) if _own(subject) and subject.document else None
    value = to_data(node) if node is not None else None
    return value if isinstance(value, str) else None


def _where(subject: Subject, path: Path) -> Span:
    return locate(subject.document.body, path) if _own(subject) and subject.document else subject.shape.span


def _own(subject: Subject) -> bool:
    """Whether a schema is a document, rather than a part of one."""
    return subject.document is not None and subject.document.kind in {"base", "sub", "agent"}
