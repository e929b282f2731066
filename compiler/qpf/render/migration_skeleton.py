"""A migration that tells changes of schemas, as far as they tell themselves; the rest is left to a person.

What only a person can decide is marked `todo`: a word that no migration may have, so that compiling
refuses the step until somebody has decided.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from qpf.evolution.places import written
from qpf.model.digest import canonical
from qpf.model.migration import Migration
from qpf.model.node import Data
from qpf.model.schema_change import SchemaChange, Weight
from qpf.model.version import order

_TYPES = ("string", "integer", "number", "boolean")


def skeleton(changes: Iterable[SchemaChange], steps: Sequence[Migration], old: str, new: str) -> str:
    """A file for `migrations/`.

    Args:
        changes: What differs; what a migration tells already is left out.
        steps: The migrations that are there between the two.
        old: The version it leads from; empty if that is not known.
        new: The version it leads to.
    """
    open_ = [each for each in changes if each.declared is None and _needs_telling(each)]
    later = bool(old and new) and order(new) > order(old)
    lines = ["# What this step is for: to be said by whoever takes it."]
    for step in steps if later else ():
        where = f" ({step.origin})" if step.origin else ""
        lines.append(f"# {step.title} is there already{where}: add the operations there, or lead further.")
    lines += [f"from: {old}", f"to: {new}"] if later else ["# todo: versions", "from: todo", "to: todo"]
    operations = [line for each in open_ for line in _entry(each)]
    lines += ["", *(["operations:", *operations] if operations else ["operations: []"])]
    breaking = [each for each in open_ if each.weight >= Weight.BREAKING]
    if breaking:
        lines += ["", "breaking_changes:"]
        lines += [f"  - {_text(f'{_place(each)}: {each.message}')}" for each in breaking]
        lines += ["", "require_manual_review: true"]
    return "\n".join([*lines, ""])


def _needs_telling(change: SchemaChange) -> bool:
    """Whether documents have to be carried over the change: of what is in sections, for no other migrates."""
    within = bool(change.path) and change.code[0] not in "XL" and not change.subject.startswith("packet/")
    return within and (change.cover != "none" or change.backward == "no")


def _entry(change: SchemaChange) -> Iterator[str]:
    yield f"  # {change.code} {change.name}: {_place(change)}: {change.message}".replace("\n", " ")
    told = _operation(change)
    if told is None:
        yield f"  - todo: {_text(change.hint or 'decide what becomes of documents')}"
        return
    operation, sure = told
    yield f"  - {_flow(operation)}" if sure else f"  - todo: {{{_flow(operation)}}}"


def _operation(change: SchemaChange) -> tuple[Mapping[str, Data], bool] | None:
    """The operation that would tell a change, and whether it needs no decision."""
    path = written(change.path)
    before, after = change.before.value, change.after.value
    if change.code in {"E009", "E010"}:
        return {"field_rename": {"from": before, "to": after}}, False
    if change.code == "E011":
        return {"field_move": {"from": before, "to": after}}, False
    if change.code in {"E005", "E006", "E007", "E008"}:
        return {"field_remove": {"path": path, "lossy": True}}, False
    if change.code in {"E003", "E004", "R001", "R002"}:
        known = change.code in {"E004", "R002"} and after is not None
        return {"field_add": {"path": path, "default": after if known else "todo"}}, known
    if change.code[0] == "T" and isinstance(after, list) and len(after) == 1 and after[0] in _TYPES:
        return {"type_change": {"path": path, "to": after[0]}}, False
    if isinstance(before, list) and isinstance(after, list) and change.word == "enum":
        gone = [value for value in before if value not in after and isinstance(value, str)]
        come = [value for value in after if value not in before]
        if gone:
            into = come[0] if len(gone) == len(come) == 1 else "todo"
            return {
                "value_map": {"path": path, "values": dict.fromkeys(gone, into), "otherwise": "keep"}
            }, False
    return None


def _place(change: SchemaChange) -> str:
    path = written(change.path)
    return f"{change.subject} {path}" if change.subject else path


def _flow(operation: Mapping[str, Data]) -> str:
    """An operation on one line of YAML."""
    ((word, said),) = operation.items()
    inner = ", ".join(f"{key}: {_text(value)}" for key, value in said.items())
    return f"{word}: {{{inner}}}"


def _text(value: Data) -> str:
    """A value on one line of YAML, which JSON is."""
    return canonical(value).decode()
