"""What people have to do about changes of schemas: a page derived from changes and migrations alone."""

from collections.abc import Callable, Iterator, Sequence

from qpf.evolution.diff.judging.rule import summaries
from qpf.evolution.said import say
from qpf.model.migration import Migration
from qpf.model.schema_change import SchemaChange, Side, Weight
from qpf.model.wording import show
from qpf.render.schema_changes import place, summary, verdict

_MOST = 20
_SECTIONS: tuple[tuple[str, str, Callable[[SchemaChange], bool]], ...] = (
    (
        "Loosened governance",
        "Documents stay valid, and agents are governed less. Somebody who answers for them has to agree.",
        lambda each: each.weight is Weight.CRITICAL,
    ),
    (
        "Breaks documents",
        "No migration carries documents over these changes. Decide on each, before merging.",
        lambda each: each.weight is Weight.BREAKING and not each.covered,
    ),
    (
        "May change what agents do",
        "The schemas alone cannot tell whether these changes matter. Look at the documents that are named.",
        lambda each: each.weight is Weight.DANGEROUS and not each.covered,
    ),
)


def guide(changes: Sequence[SchemaChange], steps: Sequence[Migration], old: str, new: str) -> str:
    """The page, as Markdown.

    Args:
        changes: What differs, the heaviest first.
        steps: The migrations between the two, in order.
        old: The version it leads from; empty if that is not known.
        new: The version it leads to.
    """
    said = verdict(changes)
    axes = f"Backward compatible: {said['backward']}; forward compatible: {said['forward']}"
    lines = [
        f"# Migration guide: {old} → {new}" if old and new and old != new else "# Migration guide",
        "",
        f"{summary(changes)}. {axes}; policy: {said['policy']}.",
        "",
        *_carried(changes, steps, new),
    ]
    for title, what, belongs in _SECTIONS:
        chosen = [each for each in changes if belongs(each)]
        if chosen:
            lines += [f"## {title}", "", what, ""]
            for change in chosen:
                lines += _task(change)
    rest = [each for each in changes if each.weight <= Weight.SAFE and not each.covered]
    if rest:
        lines += [
            "## For information",
            "",
            *(f"- `{place(each)}` {each.message} ({each.code})" for each in rest),
            "",
        ]
    lines += ["## Check", "", "```sh", "qpf validate", "qpf compile --check", "```", ""]
    return "\n".join(lines)


def _carried(changes: Sequence[SchemaChange], steps: Sequence[Migration], new: str) -> Iterator[str]:
    """What migrations do, and what their authors say."""
    seen = {
        (each.declared.step, each.declared.position): each for each in changes if each.declared is not None
    }
    steps = [step for step in steps if new or any(title == step.title for title, _ in seen)]
    if not steps:
        return
    automatic = all(step.automatic for step in steps)
    yield "## Carried over by migrations"
    yield ""
    yield (
        "Compiling takes these steps in memory; "
        if automatic
        else "Compiling may not take all of these steps; "
    ) + "to rewrite the sources, comments and order kept:"
    yield ""
    yield "```sh"
    target = f" --to {new}" if new else ""
    yield f"qpf migrate{target}          # shows the difference"
    yield f"qpf migrate{target} --write"
    yield "```"
    yield ""
    seen = {
        (each.declared.step, each.declared.position): each for each in changes if each.declared is not None
    }
    for step in steps:
        yield f"### {step.title}"
        yield ""
        for position, operation in enumerate(step.operations):
            change = seen.get((step.title, position))
            code = f" ({change.code})" if change else ""
            yield f"- {say(operation)}{code}"
        yield from (f"- **Breaking:** {text}" for text in step.breaking)
        yield from (f"- {text}" for text in step.warnings)
        if step.reviewed and step.breaking:
            yield f"- Needs an approval in `approvals/` that names {step.title}."
        yield ""


def _task(change: SchemaChange) -> Iterator[str]:
    """One change, as something to be done."""
    yield f"### `{place(change)}` {change.message}"
    yield ""
    codes = f"{change.code} {change.name}" + (f", {change.policy}" if change.policy else "")
    yield f"{codes}: {summaries().get(change.code, '')}".rstrip(": ")
    yield ""
    yield "| | value | where |"
    yield "|---|---|---|"
    yield f"| before | {_value(change.before)} | {_where(change.before)} |"
    yield f"| after | {_value(change.after)} | {_where(change.after)} |"
    yield ""
    if change.affected:
        yield f"Used at {len(change.affected)} place{'' if len(change.affected) == 1 else 's'}:"
        yield ""
        yield from (f"- `{span}`" for span in change.affected[:_MOST])
        if len(change.affected) > _MOST:
            yield f"- and {len(change.affected) - _MOST} more"
        yield ""
    if change.also:
        yield f"The same is true of {', '.join(f'`{each}`' for each in change.also)}."
        yield ""
    yield f"- [ ] {_sentence(change.hint or 'decide whether this is meant, and say so in the review')}"
    yield ""


def _value(side: Side) -> str:
    return "" if side.value is None else f"`{show(side.value).replace('|', chr(92) + '|')}`"


def _where(side: Side) -> str:
    return "" if side.span is None else f"`{side.span}`"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
