"""What can be told of a section that has errors: enough for rules that look at nothing else."""

from typing import Any

from pydantic import BaseModel, create_model

from qpf.model.diagnostic import Diagnostic
from qpf.model.doubt import Doubtful, put_in_doubt
from qpf.model.node import Data, Node, freeze, to_data
from qpf.model.path import Path
from qpf.syntax.bind import bind_data
from qpf.syntax.codes import UNKNOWN_KEY


def sound_part(node: Node, model: type[BaseModel], found: tuple[Diagnostic, ...]) -> Doubtful | None:
    """A section without what is wrong in it; None if nothing is known of it.

    Wrong values are in doubt. So are, beside a key that is not known, all that are not written: any of them
    may be what was meant.

    Args:
        node: The section.
        model: Its model.
        found: What is wrong, with paths that begin with the section's name.
    """
    data = to_data(node)
    doubts: dict[str, Data] = {}
    strange: set[Path] = set()
    for each in found:
        path = each.path[1:]
        place = _take_out(data, path)
        if not place:
            return None
        if each.code == UNKNOWN_KEY and place == path:
            strange.add(path[:-1])
        else:
            put_in_doubt(doubts, place)
    bound = _bound(data, model, doubts)
    values = None if bound is None else bound.model_dump(mode="json")
    if not isinstance(values, dict):
        return None
    for path in strange:
        for key in _unwritten(values, data, path):
            put_in_doubt(doubts, (*path, key))
    return Doubtful(freeze(values), doubts)


def _bound(data: Data, model: type[BaseModel], doubts: dict[str, Data]) -> BaseModel | None:
    """The data with its defaults; keys that do not do without what was taken out are in doubt as well."""
    outcome = bind_data(data, _nowhere, model)
    lacking = {str(part) for each in outcome.report.diagnostics for part in each.path[:1]}
    if outcome.value is not None or not lacking <= model.model_fields.keys():
        return outcome.value
    for key in lacking:
        data.pop(key, None)
        put_in_doubt(doubts, (key,))
    loose: dict[str, Any] = dict.fromkeys(lacking, (Any, None))
    return bind_data(data, _nowhere, create_model(model.__name__, __base__=model, **loose)).value


def _nowhere(_path: Path) -> None:
    """Nobody is told where."""


def _take_out(data: Data, path: Path) -> Path:
    """Take a value out of data, with the outermost list that it is in; where it was. Empty if it is all."""
    holder, place = data, 0
    while place < len(path) and isinstance(data, dict):
        holder, data = data, data.get(path[place])
        place += 1
    if place:
        holder.pop(path[place - 1], None)
    return path[:place]


def _unwritten(values: Data, written: Data, path: Path) -> list[str]:
    """Keys of a mapping that have their defaults."""
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
        written = written.get(part) if isinstance(written, dict) else None
    if not isinstance(values, dict):
        return []
    return [key for key in values if not isinstance(written, dict) or key not in written]
