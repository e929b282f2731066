"""Origins of values, as aligned text and as data."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from qpf.model.explanation import Explanation, Reach, Speaker
from qpf.model.node import Data
from qpf.model.path import Path, format_path
from qpf.model.wording import show
from qpf.render.changes import span_data
from qpf.render.mask import mask, mask_value


def explanation_text(explanation: Explanation) -> str:
    """A value with the layer that won, everyone overridden, and the strategy."""
    name = format_path(explanation.path) or "(whole agent)"
    lines = [f"{name}: {_shown(explanation.path, explanation.value, 72)}"]
    told = [row for speaker in explanation.speakers for row in _moved(speaker)]
    rows = [
        (
            "won" if speaker.won else "spoke" if together else "overridden",
            f"{speaker.layer} {speaker.name}",
            str(speaker.span),
            _shown(explanation.path, speaker.value, 72),
        )
        for together in [not any(speaker.won for speaker in explanation.speakers)]
        for speaker in explanation.speakers
    ]
    lines += _aligned(rows)
    lines += told
    lines.append(f"  strategy  {explanation.strategy}")
    return mask("".join(f"{line}\n" for line in lines))


def _moved(speaker: Speaker) -> Iterator[str]:
    for each in speaker.moved:
        where = f"  {each.span}" if each.span else ""
        yield f"  migrated  from {format_path(each.before)} at {speaker.span} by {each.step}{where}"


def explanations_text(explanations: Iterable[Explanation]) -> str:
    """A whole agent: a line a value, with where it is written and whom it overrides."""
    rows = []
    for each in explanations:
        won = next((speaker for speaker in each.speakers if speaker.won), None)
        first = won or (each.speakers[0] if each.speakers else None)
        lost = [speaker for speaker in each.speakers if speaker is not first]
        over = f"over {', '.join(str(speaker.span) for speaker in lost)}" if lost else ""
        rows.append(
            (
                f"{format_path(each.path)}: {_shown(each.path, each.value, 48)}",
                str(first.span) if first else each.strategy,
                over,
            )
        )
    return mask("".join(f"{line}\n" for line in _aligned(rows, indent="")))


def explanation_data(explanation: Explanation) -> Data:
    """The same for `-o json`."""
    return {
        "path": format_path(explanation.path),
        "value": mask_value(_name(explanation.path), explanation.value),
        "strategy": explanation.strategy,
        "layers": [
            {
                "layer": speaker.layer,
                "name": speaker.name,
                "value": mask_value(_name(explanation.path), speaker.value),
                "won": speaker.won,
                **span_data(speaker.span),
                "migrations": [
                    {"step": each.step, "before": format_path(each.before), **span_data(each.span)}
                    for each in speaker.moved
                ],
            }
            for speaker in explanation.speakers
        ],
    }


def reach_text(reaches: Iterable[Reach]) -> str:
    """What a line reaches: values, and below them the files that all of them reach."""
    lines: list[str] = []
    for (environment, agent, artifacts), group in groupby(reaches, key=_destination):
        for each in group:
            fate = "" if each.won else "  (overridden)"
            place = f"{environment}/{agent}" if agent else environment
            lines.append(f"{place}  {format_path(each.path)}: {_shown(each.path, each.value, 60)}{fate}")
        lines += [f"  environments/{environment}/{path}" for path in artifacts]
    return mask("".join(f"{line}\n" for line in lines))


def _destination(reach: Reach) -> tuple[str, str, tuple[str, ...]]:
    return reach.environment, reach.agent, reach.artifacts


def reach_data(reaches: Iterable[Reach]) -> Data:
    """The same for `-o json`."""
    return [
        {
            "environment": each.environment,
            "agent": each.agent,
            "path": format_path(each.path),
            "value": mask_value(_name(each.path), each.value),
            "won": each.won,
            "artifacts": [f"environments/{each.environment}/{path}" for path in each.artifacts],
        }
        for each in reaches
    ]


def _shown(path: Path, value: Data, width: int) -> str:
    return show(mask_value(_name(path), value), width)


def _name(path: Path) -> str | int:
    return path[-1] if path else ""


def _aligned(rows: Sequence[tuple[str, ...]], indent: str = "  ") -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]
